def register():
    from .resolver import MyResolver
    from vllm.lora.resolver import LoRAResolverRegistry

    LoRAResolverRegistry.register_resolver("mine", MyResolver())
