from vllm.model_executor.models import ModelRegistry


def register():
    ModelRegistry.register_model("Mine", "mine.model:Mine", force=True)
