"""Watches how vLLM chooses its platform: wraps what it calls for that, and tells each step.

vLLM is not changed on disk; its functions are wrapped in this process.
"""

from __future__ import annotations

import importlib
import importlib.abc
import importlib.metadata
import importlib.util
import os
import sys
import time
import traceback
from collections.abc import Callable
from typing import Any, Protocol

from _vplug_heard import last_lines, listening
from _vplug_held import shown

GROUP = "vllm.platform_plugins"


class Writer(Protocol):
    """What events are told to."""

    def write(self, event: str, **fields: Any) -> None: ...


def named(error: BaseException) -> str:
    if isinstance(error, SyntaxError) and error.filename:
        place = "{}:{}".format(
            error.filename, error.lineno
        )  # Python tells the file's last name alone
        return "{}: {} ({})".format(type(error).__name__, error.msg, place)
    return "{}: {}".format(type(error).__name__, error)


def with_causes(error: BaseException) -> str:
    """The exception and those that it was raised from, as a traceback shows them."""
    told = [named(error)]
    seen = [error]
    while len(told) < 5:
        cause = error.__cause__
        if cause is None and not error.__suppress_context__:
            cause = error.__context__
        if cause is None or cause in seen:
            break
        told.append("caused by {}".format(named(cause)))
        seen.append(cause)
        error = cause
    return "; ".join(told)


def chain(error: BaseException) -> str:
    """The traceback with its causes; without the frames of these scripts and of the import system."""
    found = traceback.TracebackException(type(error), error, error.__traceback__)
    waiting = [found]
    while waiting:
        part = waiting.pop()
        kept = [frame for frame in part.stack if not frame.filename.startswith(_SCAFFOLD)]
        if kept:
            part.stack[:] = kept
        waiting += [item for item in (part.__cause__, part.__context__) if item is not None]
    return "".join(found.format())


_SCAFFOLD = (
    os.path.dirname(__file__) + os.sep,
    "<frozen importlib",
    os.path.dirname(importlib.__file__) + os.sep,
)


#: How Python words a name that ``from … import`` does not find.
_LOST = "cannot import name 'current_platform' from 'vllm.platforms'"


class Watch:
    """Wraps what vLLM calls to find its platform, and tells each step."""

    def __init__(self, events: Writer) -> None:
        self.events = events
        self._failed: BaseException | None = None
        self._touches = 0

    def install(self) -> None:
        self._wrap_loading()
        sys.meta_path.insert(0, _AfterImport("vllm.platforms", self._wrap_platforms))

    def _tell(self, event: str, **fields: Any) -> None:
        """Write an event of the choice, and whether it is of one asked for within another.

        What a plugin imports of vLLM may ask for the platform while the plugin is loaded or asked.
        """
        self.events.write(event, **fields, within=self._touches > 1)

    def chose_in_vain(self, error: BaseException) -> bool:
        """Whether this error, in which vLLM ended, is that of choosing its platform."""
        failed = self._failed
        if failed is None:
            return False
        self._give_cause(error)
        seen: list[BaseException] = []
        cause: BaseException | None = error
        while cause is not None and cause not in seen:
            if cause is failed:
                return True
            seen.append(cause)
            cause = cause.__cause__ or cause.__context__
        return False

    def _wrap_loading(self) -> None:
        load = importlib.metadata.EntryPoint.load

        def loading(entry_point: Any) -> Any:
            if entry_point.group != GROUP:
                return load(entry_point)
            dist = getattr(entry_point, "dist", None)
            fields = {
                "name": entry_point.name,
                "value": entry_point.value,
                "distribution": dist.metadata["Name"] if dist is not None else None,
            }
            begun = time.perf_counter()
            try:
                target = load(entry_point)
            except BaseException as error:
                seconds = time.perf_counter() - begun
                self._tell(
                    "load",
                    **fields,
                    seconds=seconds,
                    error=with_causes(error),
                    traceback=chain(error),
                    ends=not isinstance(error, Exception),
                )
                raise
            fields["seconds"] = time.perf_counter() - begun
            self._tell("load", **fields, callable=callable(target))
            return self.wrapped(target, entry_point.name, False) if callable(target) else target

        importlib.metadata.EntryPoint.load = loading

    def _give_cause(self, error: BaseException) -> None:
        """Give an ImportError the AttributeError that ``from … import`` made it of, without a cause.

        Such as of a platform class that is not there.
        """
        lost = isinstance(error, ImportError) and _LOST in str(error)
        if lost and error.__cause__ is None and isinstance(self._failed, AttributeError):
            error.__cause__ = self._failed

    def _wrap_platforms(self, module: Any) -> None:
        self._wrap_making(module)
        table = getattr(module, "builtin_platform_plugins", None)
        if isinstance(table, dict):
            for name, function in list(table.items()):
                table[name] = self.wrapped(function, name, True)

    def _wrap_making(self, module: Any) -> None:
        """Keep what the first touch of ``current_platform`` raises: chosen or made, it is the platform's."""
        lazy = getattr(module, "__getattr__", None)
        if lazy is None:
            return

        def touched(name: str) -> Any:
            if name != "current_platform":
                return lazy(name)
            self._touches += 1
            try:
                return lazy(name)
            except BaseException as error:  # a plugin may end the process
                self._give_cause(error)  # where the choice was asked for within the choice
                self._failed = error
                raise
            finally:
                self._touches -= 1

        module.__getattr__ = touched

    def wrapped(self, function: Callable[[], Any], name: str, built_in: bool) -> Callable[[], Any]:

        def asked(*args: Any, **kwargs: Any) -> Any:
            fields: dict[str, Any] = {"name": name, "built_in": built_in}
            self._tell("asking", **fields)
            begun = time.perf_counter()
            with listening() as said:
                try:
                    answer = function(*args, **kwargs)
                except BaseException as error:
                    fields |= {"seconds": time.perf_counter() - begun, "said": last_lines(said)}
                    told = {"error": with_causes(error), "traceback": chain(error)}
                    self._tell("answer", **fields, **told, ends=not isinstance(error, Exception))
                    raise
            fields |= {"seconds": time.perf_counter() - begun, "said": last_lines(said)}
            text = answer if isinstance(answer, str) else None
            odd = None if answer is None or text is not None else shown(answer)
            self._tell("answer", **fields, value=text, odd=odd)
            return answer

        return asked


class _AfterImport(importlib.abc.MetaPathFinder):
    """Calls a function with a module as soon as its body has run."""

    def __init__(self, name: str, then: Callable[[Any], None]) -> None:
        self._name = name
        self._then = then
        self._busy = False

    def find_spec(self, fullname: str, path: Any = None, target: Any = None) -> Any:
        del path, target
        if fullname != self._name or self._busy:
            return None
        self._busy = True
        try:
            spec = importlib.util.find_spec(fullname)
        finally:
            self._busy = False
        if spec is None or spec.loader is None or not hasattr(spec.loader, "exec_module"):
            return None
        execute = spec.loader.exec_module
        then = self._then

        def executing(module: Any) -> None:
            execute(module)
            then(module)

        spec.loader.exec_module = executing
        return spec
