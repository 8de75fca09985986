def register():
    from vllm.model_executor.layers.quantization import register_quantization_config

    from .quant import Mine

    register_quantization_config("mine")(Mine)
