"""Writes down what plugins do in every process of a vLLM engine; runs there, not in vplug.

Python imports a module of this name in each process that it starts, the spawned ones included; a
forked one inherits what was set up. Only processes that import vLLM write, each to a file of its own
in the folder that ``VPLUG_RECORD`` names, one JSON object a line. Nothing on disk is changed, and a
failure in here is never seen by vLLM.

What it holds on to is in vLLM 0.28 to 0.33: ``importlib.metadata.EntryPoint.load`` is how every
loader loads (``vllm/plugins/__init__.py``, ``vllm/v1/sample/logits_processor/__init__.py`` and its
second form under ``vllm/v1/worker/gpu/sample/``); names that a release lacks are left out.

Standard library alone, Python 3.10 and newer.
"""

from __future__ import annotations

import functools
import importlib.machinery
import importlib.util
import os
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any

from _vplug_tell import calling, tell, watched_step, wrap_method
from _vplug_watch import patch_entry_points, watch_resolver


def on_vllm(module: Any) -> None:
    """The process is one of vLLM's: say so, and watch entry points from here on."""
    del module
    told = list(getattr(sys, "orig_argv", sys.argv))
    tell("process", parent=os.getppid(), argv=told[:8], python=sys.version.split()[0])
    patch_entry_points()
    os.register_at_fork(after_in_child=lambda: tell("process", parent=os.getppid(), forked=True))


def on_plugins(module: Any) -> None:
    """Tell of each group that is asked for, and with which allow-list."""
    for name in ("load_plugins_by_group", "load_endpoint_plugins"):
        original = getattr(module, name, None)
        if original is None:
            continue

        @functools.wraps(original)
        def asked(*args: Any, original: Any = original, name: str = name, **kwargs: Any) -> Any:
            group = (
                "vllm.endpoint_plugins"
                if name == "load_endpoint_plugins"
                else str((*args, *kwargs.values())[0])
            )
            tell("asked", group=group, allowed=os.environ.get("VLLM_PLUGINS"))
            return original(*args, **kwargs)

        setattr(module, name, asked)


def on_platforms(module: Any) -> None:
    """Tell which platform the process settled on."""
    original = getattr(module, "resolve_current_platform_cls_qualname", None)
    if original is None:
        return

    @functools.wraps(original)
    def resolve() -> Any:
        with watched_step("platform") as outcome:
            chosen = original()
            outcome["platform"] = chosen
        return chosen

    module.resolve_current_platform_cls_qualname = resolve


def role_of(role: str, module_class: str, method: str) -> Any:
    """Return a hook that tells the role of a process when ``method`` runs in it."""

    def hook(module: Any) -> None:
        cls = getattr(module, module_class, None)
        if cls is None:
            return

        def make(original: Any) -> Any:
            def wrapper(self: Any, *args: Any, **kwargs: Any) -> Any:
                rank = getattr(self, "global_rank", None)
                if rank is None:
                    rank = getattr(self, "rpc_rank", None)
                tell("role", role=role, rank=rank)
                return original(self, *args, **kwargs)

            return wrapper

        wrap_method(cls, method, make)

    return hook


def on_model_registry(module: Any) -> None:
    """Tell of each architecture that is registered, and by whom."""

    def make(original: Any) -> Any:
        def register_model(self: Any, *args: Any, **kwargs: Any) -> Any:
            given = [*args, *kwargs.values()]
            by = calling[-1] if calling else None
            what = {"what": "model", "name": str(given[0]), "value": str(given[-1]), "by": by}
            with watched_step("registered", **what):
                return original(self, *args, **kwargs)

        return register_model

    registry = getattr(module, "ModelRegistry", None)
    if registry is not None:
        wrap_method(type(registry), "register_model", make)


def on_lora_resolver(module: Any) -> None:
    """Tell of each LoRA resolver that is registered, and of what it resolves."""

    def make(original: Any) -> Any:
        def register_resolver(self: Any, *args: Any, **kwargs: Any) -> Any:
            given = [*args, *kwargs.values()]
            by = calling[-1] if calling else None
            cls = type(given[-1])
            value = f"{cls.__module__}.{cls.__qualname__}"
            what = {"what": "lora-resolver", "name": str(given[0]), "value": value, "by": by}
            with watched_step("registered", **what):
                result = original(self, *args, **kwargs)
            watch_resolver(cls, str(given[0]), by)
            return result

        return register_resolver

    registry = getattr(module, "LoRAResolverRegistry", None)
    if registry is not None:
        wrap_method(type(registry), "register_resolver", make)


def on_attention_registry(module: Any) -> None:
    """Tell of each attention backend that is registered, and by whom."""
    original = getattr(module, "register_backend", None)
    if original is None:
        return

    @functools.wraps(original)
    def register_backend(*args: Any, **kwargs: Any) -> Any:
        by = calling[-1] if calling else None
        given = [*args, *kwargs.values()]
        what = {"what": "attention-backend", "name": given[0].name, "by": by, "ok": True}
        paths = [part for part in given if isinstance(part, str)]
        result = original(*args, **kwargs)
        if paths:
            tell("registered", value=paths[0], **what)
            return result

        def decorator(cls: type) -> Any:  # used as @register_backend(...)
            tell("registered", value=f"{cls.__module__}.{cls.__qualname__}", **what)
            return result(cls)

        return decorator

    module.register_backend = register_backend


def on_attention_selector(module: Any) -> None:
    """Tell which attention backend a layer got, once for each."""
    original = getattr(module, "get_attn_backend", None)
    if original is None:
        return
    told: set[tuple[int, str]] = set()

    @functools.wraps(original)
    def get_attn_backend(*args: Any, **kwargs: Any) -> Any:
        chosen = original(*args, **kwargs)
        name = f"{chosen.__module__}.{chosen.__qualname__}"
        if (os.getpid(), name) not in told:
            told.add((os.getpid(), name))
            tell("attention", backend=name)
        return chosen

    module.get_attn_backend = get_attn_backend


#: Module → what is done once it was imported.
HOOKS = {
    "vllm": on_vllm,
    "vllm.plugins": on_plugins,
    "vllm.platforms": on_platforms,
    "vllm.v1.engine.llm_engine": role_of("front end", "LLMEngine", "__init__"),
    "vllm.v1.engine.async_llm": role_of("API server", "AsyncLLM", "__init__"),
    "vllm.v1.engine.core": role_of("engine core", "EngineCore", "__init__"),
    "vllm.v1.worker.worker_base": role_of("worker", "WorkerWrapperBase", "init_worker"),
    "vllm.model_executor.models.registry": on_model_registry,
    "vllm.lora.resolver": on_lora_resolver,
    "vllm.v1.attention.backends.registry": on_attention_registry,
    "vllm.v1.attention.selector": on_attention_selector,
}


class Loader:
    """A module's loader, with the hook run after it; everything else is the loader's own."""

    def __init__(self, inner: Any, hook: Any) -> None:
        self.inner, self.hook = inner, hook

    def create_module(self, spec: Any) -> Any:
        """Create the module as the loader would."""
        return self.inner.create_module(spec)

    def exec_module(self, module: Any) -> None:
        """Run the module; then put its own loader back and run the hook."""
        module.__loader__ = self.inner
        if module.__spec__ is not None:
            module.__spec__.loader = self.inner
        if module.__name__ == "vllm":
            # Before its first line: importing vLLM may already load platform plugins.
            self.hook(module)
            self.inner.exec_module(module)
            return
        self.inner.exec_module(module)
        with suppress(Exception):
            self.hook(module)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.inner, name)


class Finder:
    """Finds the modules of HOOKS as the other finders do, and puts the hook behind them."""

    def find_spec(self, name: str, path: Any = None, target: Any = None) -> Any:
        """Return the module's spec with a watching loader; ``None`` for any other module."""
        if name not in HOOKS:
            return None
        for finder in sys.meta_path:
            if finder is self or not hasattr(finder, "find_spec"):
                continue
            spec = finder.find_spec(name, path, target)
            if spec is not None:
                if spec.loader is not None and hasattr(spec.loader, "exec_module"):
                    spec.loader = Loader(spec.loader, HOOKS[name])  # type: ignore[assignment]
                return spec
        return None


def next_sitecustomize() -> None:
    """Run the ``sitecustomize`` that this one stands in front of, as the environment would."""
    here = str(Path(__file__).parent)
    rest = [entry for entry in sys.path if str(Path(entry or ".").resolve()) != here]
    spec = importlib.machinery.PathFinder.find_spec("sitecustomize", rest)
    if spec is not None and spec.loader is not None:
        module = importlib.util.module_from_spec(spec)
        sys.modules["sitecustomize"] = module
        spec.loader.exec_module(module)


def read_path_files() -> None:
    """Read the ``.pth`` files of the folders that stand for site folders: PYTHONPATH's are not read."""
    import site

    for folder in filter(None, os.environ.get("VPLUG_SITE", "").split(os.pathsep)):
        if any(Path(folder).glob("*.pth")):
            before = list(sys.path)
            site.addsitedir(folder)
            sys.path[:] = before + [path for path in sys.path if path not in before]


if os.environ.get("VPLUG_RECORD"):
    sys.meta_path.insert(0, Finder())  # type: ignore[arg-type]
next_sitecustomize()
read_path_files()
