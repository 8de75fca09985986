from vllm.lora.resolver import LoRAResolver, LoRAResolverRegistry


class Base(LoRAResolver):
    pass


class MyResolver(Base):
    def resolve_lora(self, base_model_name, lora_name):
        return None
