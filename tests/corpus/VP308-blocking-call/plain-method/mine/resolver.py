import requests

from vllm.lora.resolver import LoRAResolver


class MyResolver(LoRAResolver):
    def __init__(self):
        requests.get("x")

    async def resolve_lora(self, base_model_name, lora_name):
        return None
