"""Modules that are no Python file in a release's sources, with the reason each.

The build compiles, generates or copies them in, and which ones depends on the device it is built for:
that one of them is absent can't be proved. Read from ``setup.py`` of the releases (the
``CMakeExtension`` and ``RustExtension`` names, the files taken from precompiled wheels, the folders
copied from the build folder) and from installed wheels.
"""

from __future__ import annotations

import re

#: (pattern over the full module name, reason).
GENERATED: tuple[tuple[str, str], ...] = (
    (r"vllm\._(\w+_)?C(_\w+)?", "compiled: CUDA, ROCm, CPU and other kernels"),
    (r"vllm\.\w+_C", "compiled: extension modules named after their kernels"),
    (r"vllm\._rust_\w+", "compiled: Rust extension modules"),
    (r"vllm\.cumem_allocator", "compiled: the CUDA memory allocator"),
    (r"vllm\.spinloop", "compiled: a waiting loop for the CPU"),
    (r"vllm\.triton_kernels", "an extension that only copies vllm.third_party.triton_kernels in"),
    (r"vllm\._version", "generated: setuptools-scm writes the version into it"),
    (r"vllm\.commit_id", "generated: written by the build of old releases"),
    (r"vllm\.vllm_flash_attn", "copied in by the build: the flash-attention package"),
    (r"vllm\.third_party\.\w+", "copied in by the build: packages of others"),
    (r"vllm\.grpc\.\w+_pb2(_grpc)?", "generated from .proto files"),
    (r"vllm\.(\w+\.)*\w+_pb2(_grpc)?", "generated from .proto files"),
)
_ANY = re.compile("|".join(f"(?:{pattern})" for pattern, _ in GENERATED))


def generated_root(module: str) -> str | None:
    """Return the part of ``module`` that the build makes: itself or a package above it, or ``None``."""
    if not module.startswith("vllm."):
        return None
    parts = module.split(".")
    for end in range(2, len(parts) + 1):
        prefix = ".".join(parts[:end])
        if _ANY.fullmatch(prefix):
            return prefix
    return None


#: Present in the sources, but the build replaces what they hold.
REPLACED = frozenset({"vllm._version", "vllm.vllm_flash_attn"})
