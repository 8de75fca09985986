def register():
    from vllm.model_executor.models.registry import ModelRegistry

    if "Mine" not in ModelRegistry.get_supported_archs():
        ModelRegistry.register_model("Mine", "mine.model.Mine")
