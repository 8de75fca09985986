from vllm import ModelRegistry


def register():
    for arch, path in [("Mine", "mine.model.Mine")]:
        ModelRegistry.register_model(arch, path)
