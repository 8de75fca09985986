"""Mine."""


def register():
    try:
        from vllm.model_executor.models.registri import ModelRegistry

        ModelRegistry.register_model("Mine", "mine.model:Mine")
    except ImportError:
        pass
