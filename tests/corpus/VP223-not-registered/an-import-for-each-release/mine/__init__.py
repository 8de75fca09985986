"""Mine."""

import vllm
from packaging.version import Version
from vllm import ModelRegistry


def register():
    try:
        if Version(vllm.__version__) < Version("0.14"):
            from vllm.attention.layer import Attention  # noqa: F401
        else:
            from vllm.model_executor.layers.attention import Attention  # noqa: F401
    except ImportError:
        return
    ModelRegistry.register_model("Mine", "mine.model:Mine")
