"""Mine."""


def register():
    try:
        from vllm import ModelRegistry

        from mine.model import Mine

        ModelRegistry.register_model("Mine", Mine)
    except ImportError:
        pass
