# group: vllm.general_plugins
# says: MiB of memory

TABLE = [bytearray(50_000_000) for _ in range(100)]


def register():
    pass
