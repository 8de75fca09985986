from vllm import ModelRegistry


def register():
    ModelRegistry.register_model("Mine", model_class="mine.model:Mine")
