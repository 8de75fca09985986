"""What is held: modules with another platform object than vLLM's, and values as text.

``from vllm.platforms import current_platform`` binds the object of that moment. Where loading a platform
plugin imports vLLM, its modules ask for the platform before the plugin can answer, and keep what they got.
"""

from __future__ import annotations

import sys
from typing import Any


def strays(platform: Any) -> dict[str, list[str]]:
    """Modules by the class of the other platform object that they hold."""
    found: dict[str, list[str]] = {}
    for name, module in list(sys.modules.items()):
        try:
            held = vars(module).get("current_platform")
        except Exception:  # what stands in for a module may be anything
            continue
        kind = type(held)
        if held is None or held is platform or not hasattr(held, "device_type"):
            continue
        found.setdefault("{}.{}".format(kind.__module__, kind.__qualname__), []).append(name)
    return {kind: sorted(names) for kind, names in found.items()}


def shown(value: Any) -> str:
    """A value as Python writes it, short; its class where that fails."""
    try:
        return repr(value)[:200]
    except Exception:
        return "an instance of {}".format(type(value).__name__)
