import vllm
from packaging.version import Version
from vllm import ModelRegistry


def register():
    if Version(vllm.__version__) < Version("0.5"):
        ModelRegistry.register_model("Mine", "mine.model:Mine", force=True)
    else:
        ModelRegistry.register_model("Mine", "mine.model:Mine")
