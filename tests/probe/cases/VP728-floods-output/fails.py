# group: vllm.general_plugins
# says: MB

def register():
    print('x' * 2_000_000)
