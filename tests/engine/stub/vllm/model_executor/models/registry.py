class _ModelRegistry:
    def __init__(self):
        self.models = {}

    def register_model(self, model_arch, model_cls):
        self.models[model_arch] = model_cls


ModelRegistry = _ModelRegistry()
