# group: vllm.general_plugins

def register():
    print('x' * 2_000)
