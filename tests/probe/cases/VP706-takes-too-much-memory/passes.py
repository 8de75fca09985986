# group: vllm.general_plugins

TABLE = bytearray(1_000_000)


def register():
    pass
