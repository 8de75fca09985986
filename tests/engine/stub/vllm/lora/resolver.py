class _LoRAResolverRegistry:
    def __init__(self):
        self.resolvers = {}

    def register_resolver(self, resolver_name, resolver):
        self.resolvers[resolver_name] = resolver


LoRAResolverRegistry = _LoRAResolverRegistry()
