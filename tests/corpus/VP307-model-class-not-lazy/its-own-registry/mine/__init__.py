class ModelRegistry:
    @staticmethod
    def register_model(name, cls):
        pass


def register():
    from .model import Mine

    ModelRegistry.register_model("Mine", Mine)
