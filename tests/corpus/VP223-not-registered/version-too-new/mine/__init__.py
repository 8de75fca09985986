"""Mine."""

import vllm
from packaging.version import Version


def register():
    if Version(vllm.__version__) >= Version("0.20"):
        return
    from vllm import ModelRegistry

    ModelRegistry.register_model("Mine", "mine.model:Mine")
