import vllm

if vllm.__version__ > "0.12":
    from vllm.v1.sample.logits_processor import LogitsProcessor as Base
else:
    from vllm.v1.sample.logits_processor.interface import LogitsProcessor as Base


class register(Base):
    pass
