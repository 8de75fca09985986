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
import inspect
import json
import os
import sys
import time
import traceback
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

#: The longest traceback that is kept, in characters; the end of one tells most.
TRACEBACK_LIMIT = 6_000
#: Logits of at most this many numbers are compared before and after: a tiny model's are 1,024.
COMPARE_LIMIT = 4_000_000

#: The subjects (``group:name``) that are being called, innermost last.
calling: list[str] = []


def tell(event: str, **fields: Any) -> None:
    """Append one event to this process's file; never raises."""
    folder = os.environ.get("VPLUG_RECORD")
    if not folder:
        return
    with suppress(Exception):
        multi = sys.modules.get("multiprocessing.process")
        name = multi.current_process().name if multi is not None else "MainProcess"
        pid = os.getpid()
        told = {"event": event, "pid": pid, "name": name, "at": time.time(), **fields}
        line = (json.dumps(told, default=repr) + "\n").encode()
        place = str(Path(folder, f"{pid}.jsonl"))
        handle = os.open(place, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        try:
            os.write(handle, line)
        finally:
            os.close(handle)


def trace() -> str:
    """Return the traceback of the exception at hand without the recorder's own frames."""
    _, error, frames = sys.exc_info()
    while frames is not None and frames.tb_frame.f_code.co_filename == __file__:
        frames = frames.tb_next
    text = "".join(traceback.format_exception(type(error), error, frames))
    return text[-TRACEBACK_LIMIT:]


@contextmanager
def watched_step(event: str, **fields: Any) -> Any:
    """Tell of the block once it ended: seconds, and the traceback if it raised."""
    outcome: dict[str, Any] = {}
    started = time.perf_counter()
    try:
        yield outcome
    except BaseException as error:
        spent = time.perf_counter() - started
        what = {"ok": False, "error": f"{type(error).__name__}: {error}", "traceback": trace()}
        tell(event, seconds=spent, **fields, **what, **outcome)
        raise
    tell(event, seconds=time.perf_counter() - started, ok=True, **fields, **outcome)


# -- entry points ----------------------------------------------------------------------------------


def patch_entry_points() -> None:
    """Have every load of a ``vllm.*`` entry point, and what it gave, watched."""
    from importlib import metadata

    original = metadata.EntryPoint.load
    if hasattr(original, "vplug"):
        return

    @functools.wraps(original)
    def load(self: Any) -> Any:
        if not self.group.startswith("vllm."):
            return original(self)
        subject = f"{self.group}:{self.name}"
        dist = getattr(self, "dist", None)
        owner = {"value": self.value, "distribution": getattr(dist, "name", None)}
        calling.append(subject)
        try:
            with watched_step("load", subject=subject, **owner):
                value = original(self)
        finally:
            calling.pop()
        with suppress(Exception):
            return watched(value, self.group, subject)
        return value

    load.vplug = True  # type: ignore[attr-defined]
    metadata.EntryPoint.load = load  # type: ignore[method-assign]


def watched(value: Any, group: str, subject: str) -> Any:
    """Return what an entry point gave, so that its use is told of: a class stays that class."""
    if inspect.isclass(value):
        if group == "vllm.logits_processors":
            watch_logits_processor(value, subject)
        elif group == "vllm.stat_logger_plugins":
            watch_stat_logger(value, subject)
        elif group == "vllm.endpoint_plugins":
            watch_endpoint(value, subject)
            watch_endpoint_class(value, subject)
        return value
    if not callable(value):
        return value

    @functools.wraps(value)
    def call(*args: Any, **kwargs: Any) -> Any:
        calling.append(subject)
        try:
            with watched_step("call", subject=subject) as outcome:
                result = value(*args, **kwargs)
                outcome["returned"] = result if isinstance(result, str) else repr(result)[:200]
        finally:
            calling.pop()
        if group == "vllm.endpoint_plugins":
            with suppress(Exception):
                tell_tasks(result, subject)
                watch_endpoint(type(result), subject)
        return result

    return call


class Counter:
    """Counts calls of one kind and tells of the first, of any news, and at powers of two."""

    def __init__(self, event: str, **fields: Any) -> None:
        self.event, self.fields = event, fields
        self.count = 0
        self.news: dict[str, Any] = {}
        self.pid = 0

    def seen(self, **news: Any) -> None:
        """Count one call; ``news`` are facts that are told when they turn true."""
        if self.pid != os.getpid():  # forked: the parent's calls are not this process's
            self.pid, self.count, self.news = os.getpid(), 0, {}
        self.count += 1
        fresh = {key for key, value in news.items() if value and not self.news.get(key)}
        self.news.update(dict.fromkeys(fresh, True))
        if fresh or self.count & (self.count - 1) == 0:
            tell(self.event, count=self.count, **self.fields, **self.news)


def wrap_method(cls: type, name: str, make: Any) -> None:
    """Replace a method of ``cls`` by what ``make`` makes of it, once."""
    original = inspect.getattr_static(cls, name, None)
    if not inspect.isfunction(original) or hasattr(original, "vplug"):
        return
    wrapper = functools.wraps(original)(make(original))
    wrapper.vplug = True
    setattr(cls, name, wrapper)


def telling_method(cls: type, name: str, subject: str) -> None:
    """Have each call of a method told of with its seconds; meant for those called once."""

    def make(original: Any) -> Any:
        if inspect.iscoroutinefunction(original):

            async def later(*args: Any, **kwargs: Any) -> Any:
                with watched_step("method", subject=subject, method=name):
                    return await original(*args, **kwargs)

            return later

        def method(*args: Any, **kwargs: Any) -> Any:
            with watched_step("method", subject=subject, method=name):
                return original(*args, **kwargs)

        return method

    wrap_method(cls, name, make)


def watch_logits_processor(cls: type, subject: str) -> None:
    """Have a logits processor's calls counted, and what they change: logits, and the best token."""
    telling_method(cls, "__init__", subject)
    counter = Counter("apply", subject=subject)
    failures = Counter("apply-failed", subject=subject)

    def make(original: Any) -> Any:
        def apply(self: Any, logits: Any, *args: Any, **kwargs: Any) -> Any:
            before = None
            with suppress(Exception):
                if logits.numel() <= COMPARE_LIMIT:
                    before = logits.clone()
            try:
                result = original(self, logits, *args, **kwargs)
            except Exception as error:
                failures.fields.update(error=f"{type(error).__name__}: {error}", traceback=trace())
                failures.seen()
                raise
            news: dict[str, Any] = {}
            with suppress(Exception):
                after = logits if result is None else result
                if before is not None:
                    news["changed"] = not bool((before == after).all())
                    best = before.argmax(-1) != after.argmax(-1)
                    news["changed_best"] = bool(best.any())
            counter.seen(**news)
            return result

        return apply

    wrap_method(cls, "apply", make)


def watch_stat_logger(cls: type, subject: str) -> None:
    """Have a stat logger's records counted."""
    telling_method(cls, "__init__", subject)
    for name in ("record", "log"):
        counter = Counter("stat", subject=subject, method=name)

        def make(original: Any, counter: Counter = counter, name: str = name) -> Any:
            def method(*args: Any, **kwargs: Any) -> Any:
                try:
                    result = original(*args, **kwargs)
                except Exception as error:
                    what = f"{type(error).__name__}: {error}"
                    tell("stat-failed", subject=subject, method=name, error=what, traceback=trace())
                    raise
                # vLLM hands iteration statistics only where a step made or took tokens.
                counter.seen(iteration=len(args) > 2 and args[2] is not None)
                return result

            return method

        wrap_method(cls, name, make)


def tell_tasks(plugin: Any, subject: str) -> None:
    """Tell of which tasks an endpoint plugin asks one."""
    tasks = getattr(plugin, "required_tasks", None)
    named = None if tasks is None else [str(task) for task in tasks]
    tell("method", subject=subject, method="made", ok=True, required_tasks=named)


def watch_endpoint_class(cls: type, subject: str) -> None:
    """Have it told when an endpoint plugin's class is called; it may have no ``__init__`` of its own."""
    original = cls.__init__

    def __init__(self: Any, *args: Any, **kwargs: Any) -> None:  # noqa: N807
        with watched_step("method", subject=subject, method="__init__"):
            original(self, *args, **kwargs)
        with suppress(Exception):
            tell_tasks(self, subject)

    if not hasattr(original, "vplug"):
        __init__.vplug = True  # type: ignore[attr-defined]
        cls.__init__ = functools.wraps(original)(__init__)  # type: ignore[misc]


def watch_endpoint(cls: type, subject: str) -> None:
    """Have an endpoint plugin's two calls told of, with the routes that it added."""
    telling_method(cls, "init_state", subject)

    def make(original: Any) -> Any:
        def attach_router(self: Any, app: Any, *args: Any, **kwargs: Any) -> Any:
            before = {id(route) for route in app.routes}
            with watched_step("method", subject=subject, method="attach_router") as outcome:
                result = original(self, app, *args, **kwargs)
                outcome["routes"] = [
                    {"path": route.path, "methods": sorted(getattr(route, "methods", None) or ())}
                    for route in app.routes
                    if id(route) not in before and hasattr(route, "path")
                ]
                outcome["required_tasks"] = getattr(self, "required_tasks", None)
            return result

        return attach_router

    wrap_method(cls, "attach_router", make)


# -- vLLM's own modules ----------------------------------------------------------------------------


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


def watch_resolver(cls: type, resolver: str, by: str | None) -> None:
    """Have each answer of a LoRA resolver told of."""

    def make(original: Any) -> Any:
        async def resolve_lora(self: Any, *args: Any, **kwargs: Any) -> Any:
            given = [*args, *kwargs.values()]
            what = {"resolver": resolver, "by": by, "asked": [str(part) for part in given[:2]]}
            with watched_step("resolved", **what) as outcome:
                result = await original(self, *args, **kwargs)
                outcome["found"] = result is not None
                outcome["path"] = getattr(result, "lora_path", None)
            return result

        return resolve_lora

    wrap_method(cls, "resolve_lora", make)


def on_attention_registry(module: Any) -> None:
    """Tell of each attention backend that is registered, and by whom."""
    original = getattr(module, "register_backend", None)
    if original is None:
        return

    @functools.wraps(original)
    def register_backend(*args: Any, **kwargs: Any) -> Any:
        by = calling[-1] if calling else None
        given = [str(getattr(part, "name", part)) for part in (*args, *kwargs.values())]
        tell("registered", what="attention-backend", name=given[0], value=given[-1], by=by, ok=True)
        return original(*args, **kwargs)

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
