# group: vllm.platform_plugins
# says: ValueError: no device

def register():
    raise ValueError('no device')
