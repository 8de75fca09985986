from huggingface_hub import snapshot_download

from vllm.lora.resolver import LoRAResolver


class MyResolver(LoRAResolver):
    async def resolve_lora(self, base_model_name, lora_name):
        path = snapshot_download(lora_name)
