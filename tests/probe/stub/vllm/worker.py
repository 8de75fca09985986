"""Something of vLLM's that a plugin may want to replace."""

import importlib

REGISTRY = {}


def _loader(module, name):
    """As KVConnectorFactory keeps what is registered by name."""
    return lambda: getattr(importlib.import_module(module), name)


FACTORY = {"Own": _loader("vllm.worker", "Worker")}


def register_lazily(key, module, name):
    FACTORY[key] = _loader(module, name)


def execute():
    return "vllm"


class Worker:
    def load(self):
        return "vllm"


def register(name, value):
    if name in REGISTRY:
        raise ValueError(f"{name} is already registered")
    REGISTRY[name] = value


class Placeholder:
    """As vLLM's PlaceholderModule: raises at any attribute, ``__class__`` and the like too."""

    def __getattribute__(self, name):
        raise ModuleNotFoundError("No module named 'absent'")


class PlaceholderAttribute:
    """As vLLM's ``_PlaceholderModuleAttr``: can be called, and raises at attributes that it lacks."""

    def __getattr__(self, name):
        raise ModuleNotFoundError("No module named 'absent'")

    def __call__(self):
        raise ModuleNotFoundError("No module named 'absent'")


absent = Placeholder()
absent_attribute = PlaceholderAttribute()
ABSENT = {"absent": absent}
