class ModelRegistry:
    @staticmethod
    def register_model(name, path):
        return None


def register():
    ModelRegistry.register_model("Mine", "mine.model.Mine")
