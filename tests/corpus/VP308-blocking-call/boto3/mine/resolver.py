import boto3

from vllm.lora.resolver import LoRAResolver


class MyResolver(LoRAResolver):
    async def resolve_lora(self, base_model_name, lora_name):
        client = boto3.client("s3")
        client.download_file("b", lora_name, "/tmp/x")
