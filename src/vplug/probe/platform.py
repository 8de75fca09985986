"""Asking a real vLLM for its platform, and the machine's drivers for their devices, in children."""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from vplug.errors import Unreadable
from vplug.model import DriverDevice, DriverReport
from vplug.probe.child import (
    SCRIPTS,
    ChildRun,
    Ending,
    Limits,
    child_environment,
    kept_python_path,
    run_script,
)
from vplug.probe.room import throwaway

#: How long one question to a platform or to torch may take.
CALL_SECONDS = 20.0
#: How long one driver may take: NVML needs some ten seconds on a machine of eight devices at rest.
DRIVER_SECONDS = 15.0
#: How long the child itself may take to start and end.
_START_SECONDS = 10.0
_SOURCES = ("nvml", "amdsmi", "xpu")


@dataclass(frozen=True, slots=True)
class AskedPlatform:
    """What came of asking.

    Attributes:
        events: the lines that the child wrote down, as text.
        lost: how the child ended where it did not come to its end; ``None`` where it did.
        output: the end of what it printed to stderr, for a person.
        drivers: what the drivers said.
        seconds: wall-clock time of the child.
    """

    events: str
    lost: str | None
    output: str
    drivers: tuple[DriverReport, ...]
    seconds: float


def ask_platform(
    python: Path,
    *,
    seconds: float = 120.0,
    attention: bool = False,
    env: Mapping[str, str] | None = None,
) -> AskedPlatform:
    """Let the vLLM of ``python`` choose its platform, and ask platform, torch and drivers.

    Platform plugins run: in that interpreter, in a child process with a time limit.

    Args:
        python: the interpreter of the environment.
        seconds: how long the child may take.
        attention: whether to ask for the attention backend too, which imports much more of vLLM.
        env: variables for the child besides its own.

    Raises:
        VplugError: this system cannot watch children.
    """
    extra = {**(env or {}), **kept_python_path()}
    stop = threading.Event()
    with throwaway("vplug-doctor-") as folder, ThreadPoolExecutor(1) as pool, _set_at_end(stop):
        drivers = pool.submit(ask_drivers, min(DRIVER_SECONDS, seconds), stop=stop)
        events = folder / "events.jsonl"
        run = run_script(
            python,
            SCRIPTS / "platform_events.py",
            {
                "events": str(events),
                "call_seconds": min(CALL_SECONDS, seconds / 2),
                "attention": attention,
            },
            limits=Limits(seconds),
            env=child_environment(extra),
        )
        try:
            text = events.read_text(encoding="utf-8", errors="replace")
        except FileNotFoundError:
            text = ""
        except OSError as error:
            raise Unreadable(f"{events} cannot be read: {error.strerror}") from error
        told = drivers.result()
        return AskedPlatform(text, ending(run), run.stderr[-4_000:], told, run.seconds)


@contextmanager
def _set_at_end(event: threading.Event) -> Iterator[None]:
    """An interrupt must not wait for the drivers' time limit."""
    try:
        yield
    finally:
        event.set()


def ending(run: ChildRun) -> str | None:
    """Return how a child ended, in a clause; ``None`` where it gave its reply."""
    match run.ending:
        case Ending.REPLIED:
            return None
        case Ending.EXITED:
            return f"the process left with status {run.returncode}"
        case Ending.KILLED:
            return f"the process was killed by {run.signal or 'a signal'}"
        case Ending.TIMED_OUT:
            return f"the process gave no answer in {run.seconds:.0f} s"
        case Ending.OUT_OF_MEMORY:
            return "the process took more memory than it may"
        case Ending.STOPPED:
            return "the process was stopped"
        case Ending.NOT_STARTED:
            return f"the process could not be started: {run.stderr.strip()}"


def ask_drivers(
    seconds: float = DRIVER_SECONDS, stop: threading.Event | None = None
) -> tuple[DriverReport, ...]:
    """Return what the machine's drivers report, by NVML, amdsmi and xpu-smi; empty without any.

    They are asked by a child of vplug's own interpreter: a driver's call may hang or crash. One that
    does is told as its error, and the others are asked all the same.

    Args:
        seconds: how long each of them may take.
        stop: when set by another thread, the child is ended.

    Raises:
        VplugError: this system cannot watch children.
    """
    reports: list[DriverReport] = []
    left = list(_SOURCES)
    while left and not (stop is not None and stop.is_set()):
        run = run_script(
            Path(sys.executable),
            SCRIPTS / "driver_events.py",
            {
                "libraries": [path for path in sys.path if path],
                "sources": left,
                "seconds": seconds,
            },
            limits=Limits(seconds * len(left) + _START_SECONDS),
            stop=stop,
        )
        reply = run.reply or {}
        reports += [driver_report(item) for item in reply.get("drivers", ())]
        lost = ending(run)
        if lost is None:
            break
        source = str(reply.get("asking", left[0]))
        reports.append(DriverReport(source, error=lost))
        left = left[left.index(source) + 1 :]
    return tuple(reports)


def driver_report(found: Mapping[str, Any]) -> DriverReport:
    """Return one driver's answer as nouns."""
    source = found["source"]
    devices = tuple(
        DriverDevice(
            source,
            item["index"],
            item.get("name"),
            item.get("uuid"),
            item.get("total_memory"),
            item.get("used_memory"),
            item.get("capability"),
            item.get("pci"),
        )
        for item in found.get("devices", ())
    )
    return DriverReport(
        source, found.get("version"), found.get("runtime"), devices, found.get("error")
    )
