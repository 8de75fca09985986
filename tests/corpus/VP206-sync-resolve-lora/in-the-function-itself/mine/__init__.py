def register():
    from vllm.lora import resolver

    class Mine(resolver.LoRAResolver):
        def resolve_lora(self, base_model_name, lora_name):
            return None

    resolver.LoRAResolverRegistry.register_resolver("mine", Mine())
