"""The thread that writes: vLLM's event loop must not wait for a disk.

vLLM calls a stat logger on the event loop that serves the requests, and an exception there ends the
engine. So recording only adds numbers up, and whatever goes wrong with the file stays in here.
"""

import atexit
import json
import logging
import multiprocessing
import os
import threading
from collections import deque
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, Protocol

from .environment import Settings
from .rotation import RotatingFile

# vLLM gives handlers to the logger "vllm", so that a child of it is heard, without importing vLLM.
logger = logging.getLogger(f"vllm.{__name__}")

# What is kept for a file that cannot be written; the oldest lines go first.
BACKLOG = 1000


class Lines(Protocol):
    """Where lines go."""

    def append(self, lines: list[str]) -> None:
        """Write all of `lines` or raise."""


class Writer:
    """Writes a line for each source that has something to say, every `interval` seconds."""

    def __init__(self, lines: Lines, interval: float) -> None:
        self._lines = lines
        self._interval = interval
        self._sources: list[tuple[dict[str, Any], Callable[[], dict[str, Any] | None]]] = []
        self._waiting: deque[str] = deque(maxlen=BACKLOG)
        self._lost = 0
        self._failing = False
        # Two locks: whoever has something to say must not wait while the other is held for a disk.
        self._lock = threading.Lock()
        self._writing = threading.Lock()
        self._stop = threading.Event()
        self._pid = os.getpid()
        self._thread = threading.Thread(target=self._run, name=__name__, daemon=True)

    def start(self) -> None:
        """Begin to write, and write what is left when the process ends."""
        atexit.register(self.close)
        self._thread.start()

    def add_source(self, labels: dict[str, Any], take: Callable[[], dict[str, Any] | None]) -> None:
        """Ask `take` in each interval; what it returns becomes a line, with `labels`."""
        with self._lock:
            self._sources.append((labels, take))

    def event(self, name: str, **details: Any) -> None:
        """Have a line written that says when something happened."""
        with self._lock:
            self._queue([_line({"event": name, **details})])

    def flush(self) -> None:
        """Write what there is now. Never raises: what cannot be written waits for the next time."""
        with self._writing:
            try:
                self._gather()
                self._write()
            except Exception:
                logger.exception("Statistics could not be written.")

    def close(self) -> None:
        """End the thread and write what is left; in a forked child, do nothing."""
        if os.getpid() == self._pid and not self._stop.is_set():
            self._stop.set()
            self.flush()

    def _run(self) -> None:
        while not self._stop.wait(self._interval):
            self.flush()

    def _gather(self) -> None:
        with self._lock:
            for labels, take in self._sources:
                if (taken := take()) is not None:
                    self._queue([_line({**labels, **taken})])

    def _write(self) -> None:
        with self._lock:
            batch = list(self._waiting)
            self._waiting.clear()
        if not batch:
            return
        try:
            self._lines.append(batch)
        except OSError as error:
            with self._lock:
                newer = list(self._waiting)
                self._waiting.clear()
                self._queue([*batch, *newer])
            if not self._failing:
                # Once, not every interval.
                logger.error("Statistics cannot be written; they wait. %s", error)
            self._failing = True
            return
        if self._failing:
            logger.warning("Statistics are written again; %d lines were lost.", self._lost)
            self._failing = False
            self._lost = 0

    def _queue(self, lines: list[str]) -> None:
        self._lost += max(0, len(self._waiting) + len(lines) - BACKLOG)
        self._waiting.extend(lines)


def _line(fields: dict[str, Any]) -> str:
    labels = {
        "time": datetime.now(UTC).isoformat(timespec="milliseconds"),
        "process": multiprocessing.current_process().name,
        "pid": os.getpid(),
    }
    return json.dumps({**labels, **fields}, allow_nan=False, default=str)


_writers: dict[tuple[int, Settings], Writer] = {}
_writers_lock = threading.Lock()


def writer_for(settings: Settings) -> Writer:
    """Return this process's writer to that file, the same one for each of its engines."""
    with _writers_lock:
        # By process: a forked child has the table, but not the thread.
        key = (os.getpid(), settings)
        if key not in _writers:
            file = RotatingFile(settings.file, settings.max_bytes, settings.backups)
            _writers[key] = Writer(file, settings.interval)
            _writers[key].start()
        return _writers[key]
