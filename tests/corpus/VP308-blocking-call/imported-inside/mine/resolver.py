from vllm.lora.resolver import LoRAResolver


class MyResolver(LoRAResolver):
    async def resolve_lora(self, base_model_name, lora_name):
        import requests

        reply = requests.get(lora_name)
