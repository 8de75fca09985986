"""As in vLLM: a model is registered by name, and its module imported when it is used."""

import importlib
from dataclasses import dataclass, field


@dataclass
class _LazyRegisteredModel:
    module_name: str
    class_name: str

    def load_model_cls(self):
        return getattr(importlib.import_module(self.module_name), self.class_name)


@dataclass
class _RegisteredModel:
    model_cls: type

    def load_model_cls(self):
        return self.model_cls


@dataclass
class _ModelRegistry:
    models: dict = field(default_factory=lambda: {"Llama": _LazyRegisteredModel("vllm", "Llama")})

    def register_model(self, arch, name):
        if isinstance(name, type):
            self.models[arch] = _RegisteredModel(name)
        else:
            self.models[arch] = _LazyRegisteredModel(*name.split(":"))


ModelRegistry = _ModelRegistry()
