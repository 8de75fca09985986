"""Children that run plugin code in another interpreter: started, watched, ended with all they left.

As in pyproject-hooks, a script that needs the standard library alone reads a request file and writes
a reply file; what plugin code prints goes elsewhere and is kept within bounds. Between vplug and the
child stands ``scripts/supervisor.py``, which see for why.
"""

from __future__ import annotations

import json
import os
import secrets
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Any

from vplug.errors import VplugError
from vplug.probe.room import interrupts_wait, rooms, throwaway

if TYPE_CHECKING:
    from collections.abc import Iterator

SCRIPTS = Path(__file__).parent / "scripts"
#: Bears a token by which whatever came of a child can be found again.
TOKEN = "VPLUG_CHILD"  # noqa: S105 - not a password
_LOOK_EVERY = 0.05
_SUPERVISOR_SECONDS = 15.0
_KILLED_SECONDS = 5.0


class Ending(StrEnum):
    """How a child ended."""

    REPLIED = "replied"
    """It gave its reply."""
    EXITED = "exited"
    """It left by itself without a reply: ``sys.exit``, ``os._exit``, an error in the script."""
    KILLED = "killed"
    """A signal that vplug did not send ended it, or the processes that watch it."""
    TIMED_OUT = "timed-out"
    """It was ended because its time was up."""
    OUT_OF_MEMORY = "out-of-memory"
    """It was ended because it held more memory than it may."""
    STOPPED = "stopped"
    """It was ended because vplug asked for that."""
    NOT_STARTED = "not-started"
    """It could not be started; ``stderr`` says why."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What a child may take.

    Attributes:
        seconds: wall-clock time until it is ended; ``None`` for no end.
        memory_bytes: resident memory of it and its descendants together, pages that they share
            counted once; ``None`` for no limit. It is watched ten times a second, not enforced by
            an address-space limit: torch and CUDA reserve far more than they use.
        output_bytes: how much of stdout, and of stderr, is kept: the beginning and the end.
    """

    seconds: float | None
    memory_bytes: int | None = None
    output_bytes: int = 1_000_000


@dataclass(frozen=True, slots=True)
class ChildRun:
    """What became of a child.

    Attributes:
        ending: how it ended.
        reply: its reply, or the last it noted before it ended otherwise; ``None`` if neither.
        returncode: its exit status, or ``None`` where it did not leave by itself.
        signal: the signal that killed it, such as ``SIGSEGV``; ``None`` if none, or vplug's own.
        seconds: from its start to its end, wall clock.
        peak_rss_bytes: the most resident memory that was seen, descendants included.
        stdout: what it and its descendants printed, shortened in the middle.
        stderr: likewise.
        left: command lines of processes that it left behind when it ended by itself; they were
            killed.
        parent_signal: the signal that killed its parent process, which it has no business with.
        printed_bytes: how much it and its descendants printed in all.
    """

    ending: Ending
    reply: Mapping[str, Any] | None
    returncode: int | None
    signal: str | None
    seconds: float
    peak_rss_bytes: int | None
    stdout: str
    stderr: str
    left: tuple[str, ...] = ()
    parent_signal: str | None = None
    printed_bytes: int = 0


class RunningChild:
    """A child that was started and not yet waited for; see :func:`start_script`."""

    def __init__(self, process: subprocess.Popen[bytes], folder: Path, token: str) -> None:
        self._process = process
        self._folder = folder
        self._token = token
        self._run: ChildRun | None = None

    @property
    def reply(self) -> Mapping[str, Any] | None:
        """What the script replied or noted last, while it runs too; ``None`` for nothing yet."""
        return _read_reply(self._folder)[1]

    def poll(self) -> ChildRun | None:
        """Return what became of it, or ``None`` while it runs."""
        if self._run is None and self._process.poll() is not None:
            self._run = self._collect()
        return self._run

    def wait(self, seconds: float | None = None) -> ChildRun | None:
        """Wait for its end, at most ``seconds``; return as :meth:`poll` does."""
        deadline = None if seconds is None else time.monotonic() + seconds
        while (run := self.poll()) is None:
            left = _LOOK_EVERY if deadline is None else deadline - time.monotonic()
            if left <= 0:
                return None
            with suppress(subprocess.TimeoutExpired):
                self._process.wait(min(left, _LOOK_EVERY))
        return run

    def stop(self, grace: float = 0.0) -> ChildRun:
        """End it and all its descendants.

        Args:
            grace: seconds it has to leave by itself: it gets SIGINT, after two thirds SIGTERM, and
                then it is killed. 0 kills at once.
        """
        if (run := self.poll()) is not None:
            return run
        assert self._process.stdin is not None  # noqa: S101 - it was asked for
        with suppress(OSError):
            self._process.stdin.write(f"stop {grace}\n".encode())
            self._process.stdin.flush()
        run = self.wait(grace + _SUPERVISOR_SECONDS)
        return run if run is not None else self._give_up()

    def _give_up(self) -> ChildRun:
        self._kill()
        self._run = self._collect()
        return self._run

    def _kill(self) -> None:
        self._process.kill()
        # Not for ever: an interrupt inside of Popen.wait may leave its lock taken.
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(_KILLED_SECONDS)

    def _end(self) -> None:
        """Let go: the supervisor's lifeline closes, and it ends everything."""
        if self._process.stdin is not None:
            with suppress(OSError):
                self._process.stdin.close()
        try:
            self._process.wait(_SUPERVISOR_SECONDS)
        except subprocess.TimeoutExpired:
            self._kill()
        if self._run is None and not (self._folder / "result.json").exists():
            end_marked(self._token)

    def _collect(self) -> ChildRun:
        final, reply = _read_reply(self._folder)
        try:
            told = json.loads((self._folder / "result.json").read_text(encoding="utf-8"))
        except (OSError, ValueError):
            # Something ended the supervisor itself, the child's last ancestor but vplug.
            end_marked(self._token)
            name = _signal_name(-(self._process.returncode or 0))
            said = _read_text(self._folder / "supervisor.log")
            return ChildRun(
                Ending.KILLED, reply, None, None, 0.0, None, "", said, parent_signal=name
            )
        if told["error"] is not None:
            return ChildRun(Ending.NOT_STARTED, None, None, None, 0.0, None, "", told["error"])
        run = ChildRun(
            Ending.EXITED,
            reply,
            told["returncode"],
            _signal_name(told["signal"]),
            told["seconds"],
            told["peak_rss_bytes"],
            told["stdout"],
            told["stderr"],
            tuple(told["left"]),
            _signal_name(told["parent_signal"]),
            told["printed_bytes"],
        )
        if told["why"] in (Ending.TIMED_OUT, Ending.OUT_OF_MEMORY):
            return replace(run, ending=Ending(told["why"]), signal=None)
        if final:
            return replace(run, ending=Ending.REPLIED)
        if told["stopped"]:
            return replace(run, ending=Ending.STOPPED)
        return replace(run, ending=Ending.KILLED) if run.signal is not None else run


def run_script(
    python: Path,
    script: Path,
    request: Mapping[str, Any],
    *,
    limits: Limits,
    env: Mapping[str, str] | None = None,
    cwd: Path | None = None,
    path: Sequence[Path] = (),
    stop: threading.Event | None = None,
) -> ChildRun:
    """Run a script of :data:`SCRIPTS` in another interpreter and return what became of it.

    When this returns or raises, no process that came of the child is left.

    Args:
        python: the interpreter.
        script: reads its request and writes its reply by ``_vplug_channel``.
        request: JSON.
        limits: what it may take.
        env: its environment; :func:`child_environment` when ``None``.
        cwd: its working folder; an empty throw-away one when ``None``.
        path: folders in front of the interpreter's own packages, as ``PYTHONPATH``; in the child
            itself behind the standard library, where what is installed stands, and with ``.pth``
            files read as in a site folder.
        stop: when set by another thread, the child is ended.

    Raises:
        VplugError: this system has no sessions and signals to run it under.
    """
    with start_script(python, script, request, limits=limits, env=env, cwd=cwd, path=path) as child:
        while True:
            run = child.wait(_LOOK_EVERY * 4)
            if run is not None:
                return run
            if stop is not None and stop.is_set():
                return child.stop()


@contextmanager
def start_script(
    python: Path,
    script: Path,
    request: Mapping[str, Any],
    *,
    limits: Limits,
    env: Mapping[str, str] | None = None,
    cwd: Path | None = None,
    path: Sequence[Path] = (),
    log: Path | None = None,
) -> Iterator[RunningChild]:
    """Start a script as :func:`run_script` does and yield it while it runs, a server for instance.

    When the block is left, it and all that came of it are ended. Parameters are those of
    :func:`run_script`, and ``log``: a file to which stdout and stderr are added as they come, each up to
    ``limits.output_bytes``.
    """
    with _started(
        lambda folder: [
            str(python),
            str(script),
            str(folder / "request.json"),
            str(folder / "reply.json"),
        ],
        {"request": dict(request), "site_folders": [str(item) for item in path]},
        limits=limits,
        env=env,
        cwd=cwd,
        path=path,
        log=log,
    ) as child:
        yield child


@contextmanager
def start_command(
    argv: Sequence[str | Path],
    *,
    limits: Limits,
    env: Mapping[str, str] | None = None,
    cwd: Path | None = None,
    path: Sequence[Path] = (),
    log: Path | None = None,
) -> Iterator[RunningChild]:
    """Start any command as :func:`start_script` starts a script; it never replies.

    ``argv`` is the program, as a path, and its arguments; the rest is as there.
    """
    with _started(
        lambda _folder: [str(word) for word in argv],
        {},
        limits=limits,
        env=env,
        cwd=cwd,
        path=path,
        log=log,
    ) as child:
        yield child


@contextmanager
def _started(
    argv: Any,
    envelope: Mapping[str, Any],
    *,
    limits: Limits,
    env: Mapping[str, str] | None,
    cwd: Path | None,
    path: Sequence[Path],
    log: Path | None,
) -> Iterator[RunningChild]:
    if os.name != "posix":
        raise VplugError(
            "plugin code can be run under watch on Linux and macOS alone",
            "vLLM itself runs there; on Windows use WSL",
        )
    import psutil

    with ExitStack() as stack:
        folder = stack.enter_context(throwaway("vplug-run-"))
        for name in ("cwd", "tmp"):
            (folder / name).mkdir()
        token = secrets.token_hex(16)
        given = dict(child_environment() if env is None else env)
        if path:
            given["PYTHONPATH"] = os.pathsep.join(
                [*map(str, path), *filter(None, [given.get("PYTHONPATH")])]
            )
        given |= {TOKEN: token, "TMPDIR": str(folder / "tmp")}
        spec = {
            "argv": argv(folder),
            "env": given,
            "cwd": str(cwd or folder / "cwd"),
            "seconds": limits.seconds,
            "memory_bytes": limits.memory_bytes,
            "output_bytes": limits.output_bytes,
            "log": str(log) if log is not None else None,
            "result": str(folder / "result.json"),
            "libraries": [str(Path(psutil.__file__).parent.parent)],
            "remove": [str(room) for room in rooms()],
        }
        (folder / "request.json").write_text(json.dumps(envelope), encoding="utf-8")
        (folder / "spec.json").write_text(json.dumps(spec), encoding="utf-8")
        with (folder / "supervisor.log").open("wb") as said:
            # An interrupt right here is no harm: the pipe's end closes with the object that is
            # lost, and the supervisor ends by that.
            process = subprocess.Popen(
                [sys.executable, "-I", str(SCRIPTS / "supervisor.py"), str(folder / "spec.json")],
                stdin=subprocess.PIPE,
                stdout=said,
                stderr=said,
                start_new_session=True,
            )
        child = RunningChild(process, folder, token)
        try:
            yield child
        finally:
            with interrupts_wait():
                child._end()


def child_environment(extra: Mapping[str, str] | None = None) -> dict[str, str]:
    """Return the environment for a child: this one, less what speaks to another interpreter.

    Left out are ``PYTHON*`` and ``VPLUG_*``. Nothing is compiled to disk, so the interpreter's
    environment stays as it is; ``extra`` goes before all.
    """
    kept = {
        key: value
        for key, value in os.environ.items()
        if not key.startswith(("PYTHON", "VPLUG_", "__PYVENV"))
    }
    return {**kept, "PYTHONDONTWRITEBYTECODE": "1", "PYTHONUNBUFFERED": "1", **(extra or {})}


def kept_python_path() -> dict[str, str]:
    """Return ``PYTHONPATH`` as a variable for a child, its folders absolute; empty where it is not set.

    The environment was read with it, and a child has a working folder of its own.
    """
    folders = [f for f in os.environ.get("PYTHONPATH", "").split(os.pathsep) if f]
    return {"PYTHONPATH": os.pathsep.join(map(os.path.abspath, folders))} if folders else {}


def end_marked(token: str) -> None:
    """Kill every process that bears ``token``: what a supervisor that was killed could not end."""
    import psutil

    for _ in range(20):
        found = False
        for process in psutil.process_iter():
            with suppress(psutil.Error, OSError):
                if process.environ().get(TOKEN) == token:
                    process.kill()
                    found = True
        if not found:
            return
        time.sleep(0.05)


def _read_reply(folder: Path) -> tuple[bool, Mapping[str, Any] | None]:
    try:
        data = json.loads((folder / "reply.json").read_text(encoding="utf-8"))
        value = data["value"]
        return bool(data["final"]), value if isinstance(value, dict) else {"value": value}
    except (OSError, ValueError, KeyError, TypeError):
        return False, None


def _read_text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""


def _signal_name(number: int | None) -> str | None:
    if number is None or number <= 0:
        return None
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"
