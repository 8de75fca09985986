import requests

from vllm.lora.resolver import LoRAResolver


class MyResolver(LoRAResolver):
    async def resolve_lora(self, base_model_name, lora_name):
        return self._fetch(lora_name)

    def _fetch(self, name):
        return requests.get(name)
