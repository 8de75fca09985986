def register():
    from vllm.model_executor.custom_op import CustomOp

    from .ops import MineNorm

    CustomOp.register_oot(MineNorm, name="RMSNorm")
