# group: vllm.general_plugins
# says: is already registered

def register():
    from vllm.worker import register

    register('acme', register)
