"""A picture of the process: what plugins change in it, so that two pictures tell what one did."""

from __future__ import annotations

import builtins
import ctypes
import enum
import logging
import os
import signal
import sys
import threading
import types
import warnings

import _vplug_code as code

_SIGNALS = ("SIGINT", "SIGTERM", "SIGHUP", "SIGCHLD", "SIGUSR1", "SIGUSR2", "SIGALRM", "SIGPIPE")
_CONTAINERS = (dict, set, list)
_MISSING = object()
_open = open  # a plugin may replace it

#: Registries outside vLLM that plugins write to: module, attribute path.
_OTHERS = (("transformers.models.auto.configuration_auto", "CONFIG_MAPPING._extra_content"),)

#: What vLLM's own loading changes as it goes along, whoever asks for it.
_OWN_BOOKKEEPING = frozenset({"vllm.plugins.plugins_loaded"})


def short(value, most=120):
    """Return a value in one short line, whatever its ``repr`` does."""
    try:
        if isinstance(value, type):
            return "%s.%s" % (value.__module__, value.__qualname__)
        if isinstance(value, (types.FunctionType, types.BuiltinFunctionType)):
            return "%s.%s" % (value.__module__, value.__qualname__)
        text = value if isinstance(value, str) else repr(value)
    except BaseException as error:
        text = "<%s>" % type(error).__name__
    text = " ".join(text.split())
    return text if len(text) <= most else text[: most - 1] + "…"


def within(name, tops):
    """Whether a module of this dotted name is, or lies in, one of ``tops``."""
    return any(name == top or name.startswith(top + ".") for top in tops)


def belongs(value, tops):
    """Whether a registered value is of one of the packages ``tops``: a class, a name, a loader."""
    try:
        return _belongs(value, tops, 0)
    except Exception:  # vLLM's placeholders for absent libraries raise at any attribute
        return False


def _belongs(value, tops, depth):
    if isinstance(value, str):
        return within(value.replace(":", "."), tops)
    module = getattr(value, "__module__", None) if not isinstance(value, types.ModuleType) else None
    if isinstance(module, str) and within(module, tops):
        return True
    if within(type(value).__module__, tops):
        return True
    named = getattr(value, "module_name", None)  # a lazily registered model, to whatever it leads
    if isinstance(named, str) and (named.partition(".")[0] != "vllm" or within(named, tops)):
        return True
    if depth >= 2:
        return False
    if isinstance(value, (tuple, list)):
        return any(_belongs(item, tops, depth + 1) for item in value[:10])
    held = _closed_over(value)
    if any(_belongs(item, tops, depth + 1) for item in held):
        return True
    names = [item for item in held if isinstance(item, str)]
    if names and str(module).startswith("vllm"):
        # A factory's loader: the module's name is all there is, and it may lead nowhere.
        return not any(name.partition(".")[0] == "vllm" for name in names)
    if isinstance(value, (type, types.FunctionType)):
        return False
    inner = getattr(value, "__dict__", None)
    if isinstance(inner, dict):
        return any(_belongs(item, tops, depth + 1) for item in list(inner.values())[:20])
    return False


def _closed_over(value):
    found = []
    for cell in getattr(value, "__closure__", None) or ():
        try:
            found.append(cell.cell_contents)
        except ValueError:  # empty
            continue
    return found


class Picture:
    """The process as it is now."""

    def __init__(self):
        self.environ = dict(os.environ)
        self.path = list(sys.path)
        self.meta_path = list(sys.meta_path)
        self.cwd = _cwd()
        self.builtins = dict(vars(builtins))
        self.threads = set(threading.enumerate())
        self.signals = {name: signal.getsignal(getattr(signal, name)) for name in _SIGNALS}
        self.filters = list(warnings.filters)
        self.hooks = {
            "sys.excepthook": sys.excepthook,
            "sys.displayhook": sys.displayhook,
            "threading.excepthook": threading.excepthook,
            "sys.unraisablehook": sys.unraisablehook,
            "sys.recursionlimit": sys.getrecursionlimit(),
            "multiprocessing start method": _start_method(),
            **_torch_defaults(),
        }
        self.streams = {"sys.stdout": sys.stdout, "sys.stderr": sys.stderr}
        self.loggers = {name: _logger(name) for name in ("root", "vllm")}
        self.containers, self.attributes = _vllm_state()

    def changes_to(self, later, tops):
        """Return what is other in ``later``, each as kind, name, before, after."""
        found = []

        def note(kind, name, before, after, place=None):
            found.append(
                {
                    "kind": kind,
                    "name": name,
                    "before": None if before is _MISSING else short(before),
                    "after": None if after is _MISSING else short(after),
                    "place": place,
                }
            )

        for kind, old, new in (
            ("environment", self.environ, later.environ),
            ("builtins", self.builtins, later.builtins),
            ("signal-handler", self.signals, later.signals),
            ("hook", self.hooks, later.hooks),
            ("stream", self.streams, later.streams),
        ):
            for name in {**old, **new}:
                before, after = old.get(name, _MISSING), new.get(name, _MISSING)
                same = before is after or (type(before) is type(after) is str and before == after)
                if not same and not (type(before) is type(after) is int and before == after):
                    if kind == "hook" and before is _MISSING:
                        continue  # torch was not imported before
                    note(kind, name, before, after)
        for position, name in enumerate(later.path):
            if name not in self.path and not self._is_a_librarys(name):
                where = "first" if position == 0 else "place %d" % (position + 1)
                note("sys-path", name, _MISSING, where)
        for name in self.path:
            if name not in later.path:
                note("sys-path", name, "there", _MISSING)
        if self.cwd != later.cwd:
            note("working-folder", "working folder", self.cwd, later.cwd)
        for item in later.filters:
            if item not in self.filters and _is_blanket(item):
                note("warnings", "filter", _MISSING, "%s everything" % item[0])
        for thread in later.threads - self.threads:
            note("thread", thread.name, _MISSING, "daemon" if thread.daemon else "not a daemon")
        for name in self.loggers:
            for what in self.loggers[name]:
                before, after = self.loggers[name][what], later.loggers[name][what]
                if before != after:
                    note("logging", "%s %s" % (name, what), before, after)
        self._vllm_changes(later, tops, note)
        return found

    def _is_a_librarys(self, name):
        """Whether a new folder lies in one searched before: setuptools adds its ``_vendor`` so."""
        sites = [path for path in self.path if path.endswith(("site-packages", "dist-packages"))]
        return any(name.startswith(site + os.sep) for site in sites)

    def _vllm_changes(self, later, tops, note):
        for name, (holder, old) in self.containers.items():
            new = later.containers.get(name, (None, None))[1]
            if new is None or later.containers[name][0] is not holder:
                continue
            for key in new:
                if key not in old:
                    if belongs(new[key], tops) or belongs(key, tops):
                        note("registry", _entry(name, key, new), _MISSING, new[key])
                elif new[key] is not old[key] and belongs(new[key], tops):
                    note("registry", _entry(name, key, new), old[key], new[key])
            for key in old:
                if key not in new and name.endswith(("registry", "models", "resolvers")):
                    note("registry", _entry(name, key, old), old[key], _MISSING)
        for name, (_, new) in later.containers.items():
            if name in self.containers or within(name, tops):
                continue
            for key, value in new.items():  # of a module that came with the plugin
                if belongs(value, tops):
                    note("registry", _entry(name, key, new), _MISSING, value)
        for name, value in later.attributes.items():
            before = self.attributes.get(name, _MISSING)
            if name in _OWN_BOOKKEEPING or before is value or within(name, tops):
                continue  # the last: a module of the plugin's own that lies in vLLM's package
            module = _module_of(value)
            own = within(code.home_of(value) or "", tops)
            if before is _MISSING:
                # A module that came with the plugin, or an attribute set on one that was there.
                own = own or within(module, tops)
                if not own or name.rsplit(".", 1)[-1] == "__class__":
                    continue
                if name.rpartition(".")[0] not in self.attributes and code.in_source(name):
                    before = name
                else:
                    before = code.inherited(later.attributes.get(name.rpartition(".")[0]), name)
                    before = _MISSING if before is None else before
            elif module.startswith("vllm") and not own:
                continue
            told = code.name_of(value) if own else None
            note(
                "vllm-attribute", name, before, told or value, code.place_of(value) if own else None
            )
        for name, value in self.attributes.items():
            if name not in later.attributes and name.split("@")[0] in later.attributes:
                note("vllm-attribute", name, value, _MISSING)


def _entry(name, key, held):
    """How an entry of a container is called: by its key, or in a list by what it is."""
    named = held[key] if isinstance(key, int) and id(held[key]) == key else key
    if isinstance(named, enum.Enum):  # its repr holds the value too
        named = named.name
    return "%s[%s]" % (name, short(named, 60))


def _cwd():
    try:
        return os.getcwd()
    except OSError:
        return "(gone)"


def _start_method():
    module = sys.modules.get("multiprocessing")
    return module.get_start_method(allow_none=True) if module else None


def _torch_defaults():
    torch = sys.modules.get("torch")
    if torch is None or not hasattr(torch, "get_default_dtype"):
        return {}
    found = {}
    for name in ("get_default_dtype", "is_grad_enabled", "get_num_threads"):
        try:
            found["torch." + name] = str(getattr(torch, name)())
        except Exception:
            continue
    return found


def _logger(name):
    logger = logging.getLogger() if name == "root" else logging.getLogger(name)
    return {
        "level": logging.getLevelName(logger.level),
        "handlers": ", ".join(type(item).__name__ for item in logger.handlers) or "none",
        "propagate": logger.propagate,
        "disabled": logger.disabled,
        "filters": len(logger.filters),
    }


def _is_blanket(item):
    """Whether a warnings filter silences everything: no message, category, module or line named."""
    action, message, category, module, line = item
    return action == "ignore" and not message and category is Warning and not module and not line


def _module_of(value):
    try:
        return _module_name_of(value)
    except Exception:  # as in belongs
        return type(value).__module__


def _module_name_of(value):
    for part in (value, getattr(value, "fget", None), getattr(value, "__func__", None)):
        module = getattr(part, "__module__", None)
        if isinstance(module, str):
            return module
    return type(value).__module__


def _keyed(value):
    if isinstance(value, dict):
        return dict(value)
    items = list(value)[:2000]
    # Only what is cheap to name is named: the repr of a tensor or a configuration is not.
    return {item if isinstance(item, (str, int, type)) else id(item): item for item in items}


def _vllm_state():
    """Return vLLM's containers by name, and its functions, classes and methods by name."""
    containers, attributes = {}, {}

    known = {}

    def hold(name, value, defined_here=False):
        """Keep a container under one name: where it is defined, else where it was met first."""
        if id(value) in known:
            if not defined_here:
                return
            del containers[known[id(value)]]
        try:
            containers[name] = (value, _keyed(value))
            known[id(value)] = name
        except Exception:  # changed by a thread while it was read
            known.pop(id(value), None)

    for module_name, module in list(sys.modules.items()):
        if not isinstance(module, types.ModuleType):
            continue
        if module_name != "vllm" and not module_name.startswith("vllm."):
            continue
        for name, value in list(vars(module).items()):
            if not name.startswith("__"):
                try:
                    _look_into(module_name, name, value, hold, attributes)
                except Exception:  # a placeholder for an absent library raises at any attribute
                    continue
    for module_name, path in _OTHERS:
        held = sys.modules.get(module_name)
        for part in path.split("."):
            held = getattr(held, part, None)
        if isinstance(held, _CONTAINERS):
            hold("%s.%s" % (module_name, path), held)
    return containers, attributes


def _look_into(module_name, name, value, hold, attributes):
    full = "%s.%s" % (module_name, name)
    if isinstance(value, type) and value.__module__ == module_name:
        attributes[full] = value
        for member, held in list(vars(value).items()):
            special = member.startswith("__")
            if isinstance(held, _CONTAINERS) and not special:
                hold("%s.%s" % (full, member), held, True)
            elif _is_code(held) and (not special or member in _SPECIAL):
                attributes["%s.%s" % (full, member)] = held
    elif isinstance(value, _CONTAINERS):
        hold(full, value)
    elif isinstance(value, types.ModuleType):
        return
    elif _is_code(value):
        attributes[full] = value
    elif type(value).__module__.startswith("vllm"):
        for member, held in list(getattr(value, "__dict__", {}).items()):
            if isinstance(held, _CONTAINERS):
                defined_here = type(value).__module__ == module_name
                hold("%s.%s" % (full, member), held, defined_here)


_SPECIAL = ("__init__", "__new__", "__call__")


def _is_code(value):
    return callable(value) or isinstance(value, (property, staticmethod, classmethod))


def accelerators():
    """Return the accelerators that this process has initialised, by name."""
    found = []
    torch = sys.modules.get("torch")
    for name in ("cuda", "xpu", "npu", "hpu", "musa", "mlu", "gcu", "mtia"):
        device = getattr(torch, name, None) if torch is not None else None
        try:
            if device is not None and device.is_initialized():
                found.append("torch.%s" % name)
        except Exception:
            continue
    if _cuda_driver_is_initialised():
        found.append("CUDA driver")
    return found


def _cuda_driver_is_initialised():
    """Whether anybody called ``cuInit``: no torch is needed for it, and a fork is spoilt by it.

    Open device files do not tell: NVML, which is harmless, opens ``/dev/nvidia-uvm`` too (seen on an
    H200). The driver is asked only where it is loaded already; asking initialises nothing.
    """
    try:
        with _open("/proc/self/maps") as file:
            if "libcuda.so" not in file.read():
                return False
        driver = ctypes.CDLL("libcuda.so.1", mode=ctypes.DEFAULT_MODE | os.RTLD_NOLOAD)
        return driver.cuDeviceGetCount(ctypes.byref(ctypes.c_int())) != _CUDA_NOT_INITIALISED
    except (OSError, AttributeError):
        return False


_CUDA_NOT_INITIALISED = 3  # CUDA_ERROR_NOT_INITIALIZED in cuda.h


def resident():
    """Return this process's resident memory in bytes, or ``None`` where that cannot be read."""
    try:
        with _open("/proc/self/statm") as file:
            return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except (OSError, ValueError, IndexError):
        return None
