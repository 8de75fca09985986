def register():
    from vllm.lora.resolver import LoRAResolverRegistry

    from .resolver import Mine

    resolver = Mine
    LoRAResolverRegistry.register_resolver("mine", resolver)
