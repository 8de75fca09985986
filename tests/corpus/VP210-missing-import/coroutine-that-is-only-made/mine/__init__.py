def register():
    _later()


async def _later():
    from vllm.attention.layer import Attention
