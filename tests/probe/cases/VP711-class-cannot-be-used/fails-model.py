# group: vllm.general_plugins
# says: Acme → probed:AcmeModell cannot be imported

class AcmeModel:
    pass


def register():
    from vllm.model_executor.models.registry import ModelRegistry

    ModelRegistry.register_model('Acme', 'probed:AcmeModell')
