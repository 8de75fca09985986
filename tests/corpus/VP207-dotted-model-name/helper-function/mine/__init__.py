from vllm import ModelRegistry


def _add(arch, path):
    ModelRegistry.register_model(arch, path)


def register():
    _add("Mine", "mine.model.Mine")
