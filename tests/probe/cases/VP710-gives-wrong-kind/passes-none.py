# group: vllm.platform_plugins

def register():
    return None
