import urllib.request

from vllm.lora.resolver import LoRAResolver


class MyResolver(LoRAResolver):
    async def resolve_lora(self, base_model_name, lora_name):
        with urllib.request.urlopen(lora_name) as reply:
            pass
