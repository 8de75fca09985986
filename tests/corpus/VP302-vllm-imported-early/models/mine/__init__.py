from vllm.model_executor.models.registry import ModelRegistry

def register():
    return "mine.platform.MinePlatform"
