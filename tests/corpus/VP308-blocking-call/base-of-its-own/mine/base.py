from vllm.lora.resolver import LoRAResolver


class Base(LoRAResolver):
    pass
