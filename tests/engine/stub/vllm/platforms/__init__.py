from vllm.plugins import load_plugins_by_group


class CpuPlatform:
    device_type = "cpu"


def resolve_current_platform_cls_qualname():
    names = []
    for function in load_plugins_by_group("vllm.platform_plugins").values():
        try:
            names.append(function())
        except Exception:  # swallowed, as vLLM does
            names.append(None)
    chosen = [name for name in names if name is not None]
    return chosen[0] if chosen else "vllm.platforms.CpuPlatform"


_current = None


def __getattr__(name):
    global _current
    if name != "current_platform":
        raise AttributeError(name)
    if _current is None:
        import importlib

        module, _, attr = resolve_current_platform_cls_qualname().rpartition(".")
        _current = getattr(importlib.import_module(module), attr)()
    return _current
