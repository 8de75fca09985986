import requests

from vllm.lora.resolver import LoRAResolver


class Other:
    async def resolve_lora(self, base_model_name, lora_name):
        return requests.get(lora_name)


class MyResolver(LoRAResolver):
    async def resolve_lora(self, base_model_name, lora_name):
        return None
