"""As ``vllm/platforms/__init__.py`` chooses a platform (0.28.0), with the CPU as the only built-in."""

import importlib
import os
from importlib.metadata import version
from itertools import chain

from vllm.plugins import load_plugins_by_group


def cpu_platform_plugin():
    return "vllm.platforms.cpu.CpuPlatform" if "cpu" in version("vllm") else None


builtin_platform_plugins = {"cpu": cpu_platform_plugin}


def resolve_current_platform_cls_qualname():
    if os.environ.get("VLLM_TARGET_DEVICE", "").lower() == "cpu":
        return cpu_platform_plugin()
    plugins = load_plugins_by_group("vllm.platform_plugins")
    activated = []
    for name, function in chain(builtin_platform_plugins.items(), plugins.items()):
        try:
            assert callable(function)
            if function() is not None:
                activated.append(name)
        except Exception:  # so does vLLM
            continue
    ours = list(set(activated) & set(plugins))
    theirs = list(set(activated) & set(builtin_platform_plugins))
    if len(ours) >= 2:
        raise RuntimeError(f"Only one platform plugin can be activated, but got: {ours}")
    if ours:
        return plugins[ours[0]]()
    if theirs:
        return builtin_platform_plugins[theirs[0]]()
    return "vllm.platforms.interface.UnspecifiedPlatform"


_current_platform = None


def __getattr__(name):
    global _current_platform  # noqa: PLW0603 - as vLLM has it
    if name != "current_platform":
        raise AttributeError(name)
    if _current_platform is None:
        module, attr = resolve_current_platform_cls_qualname().rsplit(".", 1)
        _current_platform = getattr(importlib.import_module(module), attr)()
    return _current_platform
