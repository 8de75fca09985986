from vllm.lora.resolver import LoRAResolver, LoRAResolverRegistry


class MyResolver(LoRAResolver):
    def resolve_lora(self, base_model_name, lora_name):
        return self._load(lora_name)

    async def _load(self, name):
        return None
