"""What the recorder writes, and how calls are watched; see sitecustomize.py beside it."""

from __future__ import annotations

import faulthandler
import functools
import inspect
import json
import os
import sys
import time
import traceback
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

HERE = os.path.dirname(os.path.abspath(__file__))
#: The longest traceback that is kept, in characters; the end of one tells most.
TRACEBACK_LIMIT = 6_000
#: As they are before plugin code comes in: what this needs, and every process started from here.
_OURS = {name: value for name, value in os.environ.items() if name.startswith("VPLUG_")}
_SITE = [HERE, *filter(None, _OURS.get("VPLUG_SITE", "").split(os.pathsep))]
#: The subjects (``group:name``) that are being called, innermost last.
calling: list[str] = []


def tell(event: str, **fields: Any) -> None:
    """Append one event to this process's file; never raises."""
    folder = _OURS.get("VPLUG_RECORD")
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


def keep_on() -> None:
    """Put back what a plugin took out of the environment and processes started from here need.

    A plugin that is installed is found without PYTHONPATH; under test it stands on it.
    """
    with suppress(Exception):
        for name, value in _OURS.items():
            if os.environ.get(name) != value:
                os.environ[name] = value
        there = [path for path in os.environ.get("PYTHONPATH", "").split(os.pathsep) if path]
        lost = [path for path in _SITE if path not in there]
        if lost:
            os.environ["PYTHONPATH"] = os.pathsep.join([*lost, *there])


def trace() -> str:
    """Return the traceback of the exception at hand, without the recorder's frames above it."""
    _, error, frames = sys.exc_info()
    while frames is not None and os.path.dirname(frames.tb_frame.f_code.co_filename) == HERE:
        frames = frames.tb_next
    told = traceback.TracebackException(type(error), error, frames)
    part = told
    while part is not None:
        # Python leaves the import system's own frames out of what it prints; so do we.
        own = [frame for frame in part.stack if not frame.filename.startswith("<frozen importlib")]
        part.stack = traceback.StackSummary.from_list(own)
        part = part.__cause__ or part.__context__
    text = "".join(told.format())
    if len(text) <= TRACEBACK_LIMIT:
        return text
    # In whole lines: half a path is nobody's.
    end = text[-TRACEBACK_LIMIT:]
    return "...\n" + (end.partition("\n")[2] or end)


@contextmanager
def begun_step(what: str, subject: str) -> Any:
    """Tell that loading or calling a plugin begins; write stacks should it not end in time.

    When the process is to be ended stands in ``VPLUG_ENDS_AT``; what is found in the file of stacks
    says where a plugin hangs. A plugin that uses ``faulthandler``'s timer itself puts this one out.
    """
    tell("begins", what=what, subject=subject)
    outermost = not calling
    calling.append(subject)
    stacks = _stacks_in_time() if outermost else None
    try:
        yield
    finally:
        calling.pop()
        if _OURS:
            keep_on()
        if stacks is not None:
            faulthandler.cancel_dump_traceback_later()
            stacks.close()


def _stacks_in_time() -> Any:
    """Start the timer that writes this process's stacks; return its open file, ``None`` without one."""
    with suppress(Exception):
        left = float(_OURS["VPLUG_ENDS_AT"]) - time.time()
        margin = min(1.0, left / 10)
        if left > 0:
            stacks = Path(_OURS["VPLUG_RECORD"], f"{os.getpid()}.stacks").open("w")
            faulthandler.dump_traceback_later(left - margin, file=stacks)
            return stacks
    return None


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
