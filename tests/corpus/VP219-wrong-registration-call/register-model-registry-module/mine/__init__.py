from vllm.model_executor.models.registry import ModelRegistry


def register():
    ModelRegistry.register_model("Mine", "mine.model:Mine", force=True)
