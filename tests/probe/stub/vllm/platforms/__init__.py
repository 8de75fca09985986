"""As in vLLM: resolved on first touch; what a plugin raises meanwhile is swallowed."""

import importlib

from vllm.plugins import load_plugins_by_group

from .interface import Platform, UnspecifiedPlatform

_current_platform = None


def _resolve():
    chosen = []
    for name, function in load_plugins_by_group("vllm.platform_plugins").items():
        try:
            assert callable(function)
            if function() is not None:
                chosen.append(function)
        except Exception:
            pass
    if len(chosen) > 1:
        raise RuntimeError("Only one platform plugin can be activated")
    return chosen[0]() if chosen else "vllm.platforms.interface.UnspecifiedPlatform"


def __getattr__(name):
    global _current_platform
    if name == "current_platform":
        if _current_platform is None:
            module, cls = _resolve().rsplit(".", 1)
            _current_platform = getattr(importlib.import_module(module), cls)()
        return _current_platform
    raise AttributeError(f"No attribute named {name!r} exists in {__name__}.")
