def register():
    from vllm import ModelRegistry

    ModelRegistry.register_model("Mine", "mine.model:Mine")
