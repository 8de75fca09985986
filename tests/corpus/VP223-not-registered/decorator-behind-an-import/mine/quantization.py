from vllm.model_executor.layers.quantization import register_quantization_config
from vllm.model_executor.layers.quantization.base_config import QuantizationConfig
from vllm.utils import direct_register_custom_op


@register_quantization_config("mine")
class Mine(QuantizationConfig):
    pass
