import asyncio
import functools

import requests

from vllm.lora.resolver import LoRAResolver


class MyResolver(LoRAResolver):
    async def resolve_lora(self, base_model_name, lora_name):
        loop = asyncio.get_running_loop()
        reply = await loop.run_in_executor(None, functools.partial(requests.get, lora_name))
