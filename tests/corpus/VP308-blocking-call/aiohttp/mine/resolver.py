import aiohttp

from vllm.lora.resolver import LoRAResolver


class MyResolver(LoRAResolver):
    async def resolve_lora(self, base_model_name, lora_name):
        async with aiohttp.ClientSession() as session:
            reply = await session.get(lora_name)
