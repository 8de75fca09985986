"""The names of vLLM's built-in platforms.

Source: ``builtin_platform_plugins`` in ``vllm/platforms/__init__.py``, 0.7.0 to 0.33.0.
"""

from __future__ import annotations

#: Built-in in the newest releases; the second set was, in older ones.
CURRENT_BUILTIN_PLATFORMS = frozenset({"tpu", "cuda", "rocm", "xpu", "cpu"})
FORMER_BUILTIN_PLATFORMS = frozenset({"hpu", "neuron", "openvino"})
BUILTIN_PLATFORM_NAMES = CURRENT_BUILTIN_PLATFORMS | FORMER_BUILTIN_PLATFORMS
