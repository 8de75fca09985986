"""The classes that vLLM would use: resolved, looked at, and made where that is cheap."""

from __future__ import annotations

import importlib
import inspect
import sys

#: What stands in the way of making the others: they take a model's whole configuration.
NEEDS_MODEL = "vLLM makes it from a model's configuration, which a probe has none of: see --live"


def look(group, value, bases, describe):
    """Return what there is to say of the class of an entry point.

    Args:
        group: the group's short name.
        value: what the call returned, or the class itself.
        bases: qualified names of the base class over vLLM's releases.
        describe: turns an exception into JSON.
    """
    if isinstance(value, str):
        return _named(group, value, bases, describe)
    return _class(group, value, _name(value), bases, describe)


def registered(describe, own):
    """Return what the plugin's lazily registered models lead to; ``own`` says which are its."""
    module = sys.modules.get("vllm.model_executor.models.registry")
    registry = getattr(module, "ModelRegistry", None)
    found = []
    for name, entry in list(getattr(registry, "models", {}).items()):
        if not own(entry) or not hasattr(entry, "load_model_cls"):
            continue
        cls = getattr(entry, "model_cls", None)  # registered as a class, not by name
        label = "%s → %s:%s" % (
            name,
            getattr(entry, "module_name", None) or getattr(cls, "__module__", "?"),
            getattr(entry, "class_name", None) or getattr(cls, "__qualname__", "?"),
        )
        seen = {"name": label}
        try:
            loaded = entry.load_model_cls()
            seen["is_class"] = isinstance(loaded, type)
            seen["reason"] = NEEDS_MODEL
        except BaseException as error:
            seen["raised"] = describe(error)
        found.append(seen)
    return found


def _named(group, text, bases, describe):
    # As resolve_obj_by_qualname in vllm/utils (0.7 to 0.33): split at the last dot, getattr.
    seen = {"name": text}
    try:
        module_name, name = text.rsplit(".", 1)
        value = getattr(importlib.import_module(module_name), name)
    except BaseException as error:
        seen["raised"] = describe(error)
        return seen
    return _class(group, value, text, bases, describe)


def _name(value):
    return "%s.%s" % (getattr(value, "__module__", "?"), getattr(value, "__qualname__", "?"))


def _class(group, value, name, bases, describe):
    seen = {"name": name, "is_class": isinstance(value, type)}
    if not seen["is_class"]:
        return seen
    base, base_name = _base(bases)
    if base is not None:
        seen["base"] = base_name
        seen["derives"] = issubclass(value, base)
    seen["abstract"] = sorted(getattr(value, "__abstractmethods__", ()))
    if seen["abstract"]:
        return seen
    if group == "platform":
        # vllm/platforms/__init__.py: resolve_obj_by_qualname(...)()
        try:
            value()
            seen["instantiated"] = True
        except BaseException as error:
            seen["instantiated"] = False
            seen["failure"] = describe(error)
        return seen
    return _binds(seen, value, base)


def _binds(seen, value, base):
    """Whether the constructor takes the call that the installed vLLM makes."""
    seen["reason"] = NEEDS_MODEL
    if base is None:
        return seen
    places, names = _call(value, base)
    if not places and not names:
        return seen
    try:
        inspect.signature(value).bind(*[None] * len(places), **dict.fromkeys(names))
    except TypeError as error:
        written = ", ".join([*places, *(name + "=…" for name in names)])
        seen["instantiated"] = False
        seen["reason"] = None
        seen["failure"] = {
            "type": "TypeError",
            "message": "vLLM makes it with (%s): %s" % (written, error),
        }
    except ValueError:  # no signature
        pass
    return seen


def _call(value, base):
    """Return what vLLM passes a constructor by position and by keyword, by name.

    By keyword it makes loggers for all engines (StatLoggerManager in vllm/v1/metrics/loggers.py,
    0.11.1 to 0.33.0); the others by position, with as many arguments as their base class takes.
    """
    module = sys.modules.get(getattr(base, "__module__", ""))
    aggregate = getattr(module, "AggregateStatLoggerBase", None)
    if aggregate is not None and issubclass(value, aggregate):
        return [], ["vllm_config", "engine_indexes"]
    try:
        parameters = list(inspect.signature(base.__init__).parameters.values())[1:]
    except (TypeError, ValueError):
        return [], []
    places = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
    return [item.name for item in parameters if item.kind in places], []


def _base(bases):
    for name in bases:
        module_name, _, attr = name.rpartition(".")
        try:
            return getattr(importlib.import_module(module_name), attr), name
        except Exception:
            continue
    return None, None


def endpoint(instance):
    """Return what an endpoint plugin lacks that vLLM's ``load_endpoint_plugins`` and server use."""
    wanted = ("required_tasks", "attach_router", "init_state")
    return [name for name in wanted if not hasattr(instance, name)]
