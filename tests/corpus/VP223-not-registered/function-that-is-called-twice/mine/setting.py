def again():
    setup()


def setup():
    from vllm import ModelRegistry

    ModelRegistry.register_model("Mine", "mine.model:Mine")
