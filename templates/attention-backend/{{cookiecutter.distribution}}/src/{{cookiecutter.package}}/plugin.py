"""The entry point of the group `{{ cookiecutter.group }}`.

vLLM loads this module in each of its processes, so it imports nothing of vLLM and nothing heavy at
its top.
"""

import logging

from .environment import REPLACES, replaced

# vLLM gives handlers to the logger "vllm", so that a child of it is heard, without importing vLLM.
logger = logging.getLogger(f"vllm.{__name__}")

BACKEND = "{{ cookiecutter.package }}.backend.SdpaAttentionBackend"


def register() -> None:
    """Register the backend as CUSTOM, and in place of those that the environment names.

    It may be called again: the registry overwrites. The backend is named, not imported: vLLM does
    so when a model's layer first asks for it, with the platform chosen by then.

    Raises:
        ValueError: the environment names a backend that this vLLM has not. vLLM does not catch it,
            and the process ends.
    """
    names = replaced()
    from vllm.v1.attention.backends.registry import AttentionBackendEnum, register_backend

    if unknown := [name for name in names if name not in AttentionBackendEnum.__members__]:
        raise ValueError(
            f"{REPLACES}: this vLLM has no attention backend {', '.join(unknown)}; it has "
            f"{', '.join(AttentionBackendEnum.__members__)}"
        )
    for name in ("CUSTOM", *names):
        backend = AttentionBackendEnum[name]
        if backend.is_overridden() and backend.get_path() != BACKEND:
            logger.warning("%s was registered as %s before.", name, backend.get_path())
        register_backend(backend, BACKEND)
    if names:
        logger.info("%s is used where vLLM would take %s.", BACKEND, ", ".join(names))
