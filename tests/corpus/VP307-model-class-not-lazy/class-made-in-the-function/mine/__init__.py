def register():
    from vllm import ModelRegistry

    class Mine:
        pass

    ModelRegistry.register_model("Mine", Mine)
