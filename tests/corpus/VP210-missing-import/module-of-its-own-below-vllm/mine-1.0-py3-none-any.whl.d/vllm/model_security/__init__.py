"""Installed into vLLM's own package, which has no module of this name."""

from vllm.model_security.fingerprint import fingerprint
from vllm.model_security.lost import more


def register():
    return fingerprint(), more
