# group: vllm.general_plugins

def register():
    from vllm.worker import REGISTRY, register

    if 'acme' not in REGISTRY:
        register('acme', register)
