import asyncio

import requests

from vllm.lora.resolver import LoRAResolver


def fetch(name):
    return requests.get(name)


class MyResolver(LoRAResolver):
    async def resolve_lora(self, base_model_name, lora_name):
        reply = await asyncio.to_thread(fetch, lora_name)
