from importlib.metadata import version

from packaging.version import Version

VLLM_VERSION = Version(version("vllm"))
VLLM_GE_0_16 = VLLM_VERSION >= Version("0.16")


def vllm_ge(v: str) -> bool:
    return VLLM_VERSION >= Version(v)
