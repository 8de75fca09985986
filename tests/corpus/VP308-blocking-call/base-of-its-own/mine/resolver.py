import requests

from .base import Base


class MyResolver(Base):
    async def resolve_lora(self, base_model_name, lora_name):
        return requests.get(lora_name)
