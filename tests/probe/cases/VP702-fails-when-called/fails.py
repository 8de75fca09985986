# group: vllm.general_plugins
# says: no attribute 'register'

def register():
    from vllm.model_executor.models.registry import ModelRegistry

    ModelRegistry.register('Acme', None)
