def register():
    from vllm import ModelRegistry as Models

    from .model import Mine as Model

    Models.register_model("Mine", Model)
