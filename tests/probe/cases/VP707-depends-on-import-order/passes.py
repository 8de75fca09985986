# group: vllm.general_plugins

def register():
    from vllm.platforms import current_platform

    return current_platform
