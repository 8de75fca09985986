def register():
    from .resolver import LoRAResolverRegistry, MyResolver

    LoRAResolverRegistry.register_resolver("mine", MyResolver())
