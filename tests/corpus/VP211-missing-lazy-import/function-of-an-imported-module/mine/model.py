class Model:
    def build(self):
        from vllm.utils import FlexibleArgumentParser
