"""Watching entry points and what they give; see sitecustomize.py beside it."""

from __future__ import annotations

import functools
import inspect
from contextlib import suppress
from typing import Any

from _vplug_tell import (
    Counter,
    begun_step,
    tell,
    telling_method,
    trace,
    watched_step,
    wrap_method,
)

#: Logits of at most this many numbers are compared before and after: a tiny model's are 1,024.
COMPARE_LIMIT = 4_000_000


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
        with begun_step("load", subject), watched_step("load", subject=subject, **owner):
            value = original(self)
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
        with begun_step("call", subject), watched_step("call", subject=subject) as outcome:
            result = value(*args, **kwargs)
            outcome["returned"] = result if isinstance(result, str) else repr(result)[:200]
        if group == "vllm.endpoint_plugins":
            with suppress(Exception):
                tell_tasks(result, subject)
                watch_endpoint(type(result), subject)
        return result

    return call


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
                statistics = args[2] if len(args) > 2 else kwargs.get("iteration_stats")
                counter.seen(iteration=statistics is not None)
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
