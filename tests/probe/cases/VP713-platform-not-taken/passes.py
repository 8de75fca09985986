# group: vllm.platform_plugins

def register():
    return 'acme_platform.Acme'
