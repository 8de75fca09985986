"""Something of vLLM's that a plugin may want to replace."""

REGISTRY = {}


def execute():
    return "vllm"


class Worker:
    def load(self):
        return "vllm"


def register(name, value):
    if name in REGISTRY:
        raise ValueError(f"{name} is already registered")
    REGISTRY[name] = value
