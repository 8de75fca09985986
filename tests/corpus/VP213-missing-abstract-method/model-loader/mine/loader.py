from vllm.model_executor.model_loader import register_model_loader
from vllm.model_executor.model_loader.base_loader import BaseModelLoader


@register_model_loader("mine")
class Mine(BaseModelLoader):
    def load_weights(self, model, model_config): ...
