def register():
    from vllm.model_executor.layers.layernorm import RMSNorm

    @RMSNorm.register_oot
    class MineNorm(RMSNorm):
        pass
