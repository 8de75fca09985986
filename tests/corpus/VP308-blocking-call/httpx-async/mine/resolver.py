import httpx

from vllm.lora.resolver import LoRAResolver


class MyResolver(LoRAResolver):
    async def resolve_lora(self, base_model_name, lora_name):
        async with httpx.AsyncClient() as client:
            reply = await client.get(lora_name)
