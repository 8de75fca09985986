from requests import get as fetch

from vllm.lora.resolver import LoRAResolver


class MyResolver(LoRAResolver):
    async def resolve_lora(self, base_model_name, lora_name):
        reply = fetch(lora_name)
