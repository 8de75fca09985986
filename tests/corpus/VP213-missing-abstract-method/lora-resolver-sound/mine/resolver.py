from vllm.lora.resolver import LoRAResolver


class Mine(LoRAResolver):
    def __init__(self, folder):
        self.folder = folder

    async def resolve_lora(self, base_model_name, lora_name): ...
