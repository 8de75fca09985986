class Model:
    def build(self):
        from vllm.utils import FlexibleArgumentParser

    @staticmethod
    async def make():
        from vllm.attention.layer import Attention


def register():
    pass
