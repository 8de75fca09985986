"""Starting one engine, asking it what its plan says, and telling what became of it."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from vplug.model.live import EngineRun, Role
from vplug.probe.child import (
    SCRIPTS,
    ChildRun,
    Ending,
    Limits,
    RunningChild,
    child_environment,
    kept_python_path,
    start_command,
    start_script,
)
from vplug.probe.engine_events import cells, processes, read_events
from vplug.probe.engine_http import LOOPBACK, Answer, ask, free_port, message_of
from vplug.probe.engine_log import is_second_hand, last_error, telling_lines
from vplug.probe.engine_plan import SERVED_NAME, EnginePlan, serve_words
from vplug.probe.room import throwaway

RECORDER = SCRIPTS / "engine_recorder"
_LOOK_EVERY = 0.3
_LOG_BYTES = 20_000_000
_GRACE = 12.0
_HEALTH_SECONDS = 30.0
#: What a request raises in the front end once the engine core is gone (vllm/v1/engine/exceptions.py).
_DEAD = "EngineDeadError"
_SOCKET_NAME = 103


@dataclass(frozen=True, slots=True)
class Surroundings:
    """Where and how engines are started.

    Attributes:
        python: the interpreter that has vLLM.
        path: folders in front of its packages: the plugin under test.
        env: environment variables beyond the caller's own.
        room: a throw-away folder.
        start_seconds: how long an engine may take to come up.
        use_seconds: how long one use may take.
        memory_bytes: how much memory an engine may hold; ``None`` for no limit.
        logs: a folder in which every log is kept; ``None`` keeps those of failures alone.
        on_step: called with one line as each step begins.
    """

    python: Path
    path: tuple[Path, ...]
    env: Mapping[str, str]
    room: Path
    start_seconds: float = 300.0
    use_seconds: float = 120.0
    memory_bytes: int | None = None
    logs: Path | None = None
    on_step: Callable[[str], None] = lambda _line: None

    def environment(self, record: Path) -> dict[str, str]:
        """Return a child's environment; the recorder writes to ``record``."""
        extra = {
            # No download is ever needed, and no statistics are sent from a test.
            "HF_HUB_OFFLINE": "1",
            "VLLM_NO_USAGE_STATS": "1",
            "VPLUG_RECORD": str(record),
            "VPLUG_SITE": os.pathsep.join(map(str, self.path)),
        }
        if "VLLM_HOST_IP" not in os.environ:
            # The engine's processes speak to each other on this machine alone.
            extra["VLLM_HOST_IP"] = LOOPBACK
        return child_environment(kept_python_path() | extra | dict(self.env))

    @property
    def import_path(self) -> tuple[Path, ...]:
        """The recorder, then the plugin under test."""
        return (RECORDER, *self.path)


@dataclass(frozen=True, slots=True)
class Ran:
    """One engine with all that it gave.

    Attributes:
        plan: what was planned.
        run: what became of it.
        events: what the recorder wrote.
        answers: use → what was answered: ``ok``, and ``tokens``, ``answer`` or ``error``.
        error: ``Type: message`` of what ended it, or ``None``.
        heard: the length of its log when it was ended before its time, in bytes; what came later is of
            our doing. ``None`` where it ended otherwise.
    """

    plan: EnginePlan
    run: EngineRun
    events: tuple[Mapping[str, Any], ...] = ()
    answers: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    error: str | None = None
    heard: int | None = None


class Server:
    """A ``vllm serve`` that answers."""

    def __init__(self, port: int, child: RunningChild, record: Path, seconds: float) -> None:
        self.port, self.child, self.record, self.seconds = port, child, record, seconds

    def ask(self, method: str, path: str, body: Any = None) -> Answer:
        """Send a request; never raises."""
        return ask(self.port, method, path, body, self.seconds)

    def events(self) -> list[dict[str, Any]]:
        """Return what the recorder has written so far."""
        return read_events(self.record)

    def complete(self, use: Mapping[str, Any], model: str = SERVED_NAME) -> dict[str, Any]:
        """Ask for completions as a ``generate`` use describes them."""
        params = dict(use["params"])
        extra = params.pop("extra_args", None)
        body = {"model": model, "prompt": use["prompts"], "return_token_ids": True, **params}
        if extra is not None:
            body["vllm_xargs"] = extra
        answer = self.ask("POST", "/v1/completions", body)
        if answer.status != 200:
            return _refusal(answer)
        choices = sorted((answer.json or {}).get("choices", ()), key=lambda item: item["index"])
        return {"ok": True, "tokens": [item.get("token_ids") or item["text"] for item in choices]}

    def pool(self, use: Mapping[str, Any]) -> dict[str, Any]:
        """Ask ``/pooling`` as an ``encode`` use describes it."""
        body = {"model": SERVED_NAME, "task": "plugin", "data": use["data"]}
        answer = self.ask("POST", "/pooling", body)
        if answer.status != 200:
            return _refusal(answer)
        return {"ok": True, "answer": answer.text[:2000], "type": "JSON"}


def _refusal(answer: Answer) -> dict[str, Any]:
    return {
        "ok": False,
        "status": answer.status,
        "error": f"{answer.status or 'no answer'}: {message_of(answer.text)[:1000]}",
    }


def run_engine(
    plan: EnginePlan,
    where: Surroundings,
    subjects: Sequence[str],
    why_skipped: Mapping[str, str],
    more: Callable[[Server], Mapping[str, Mapping[str, Any]]] | None = None,
) -> Ran:
    """Start the engine of ``plan``, do its uses, end it, and return what was seen.

    Args:
        plan: what to start and to ask.
        where: interpreter, environment, limits.
        subjects: the plugins to watch for.
        why_skipped: subject → why a process that asks for its group does not load it.
        more: further uses of a server that came up: its answers are added to the others.
    """
    name = f"engine-{sum(1 for _ in where.room.glob('engine-*.log')) + 1}"
    record = where.room / f"{name}-record"
    record.mkdir()
    log = where.room / f"{name}.log"
    log.touch()
    began = time.monotonic()
    where.on_step(f"starting {'vllm serve' if plan.served else 'vllm.LLM'}: {plan.title}")
    with socket_folder(where.room) as sockets:
        ends_at = str(time.time() + where.start_seconds)
        env = {
            **where.environment(record),
            "VLLM_RPC_BASE_PATH": str(sockets),
            "VPLUG_ENDS_AT": ends_at,
        }
        ran = (
            _serve(plan, where, env, (record, log), more)
            if plan.served
            else _offline(plan, where, env, log)
        )
    events = read_events(record)
    seen = processes(events, Role.API_SERVER if plan.served else Role.FRONT_END)
    run = replace(
        ran.run,
        start_seconds=ran.run.start_seconds or time.monotonic() - began,
        plugins_variable=where.env.get("VLLM_PLUGINS", os.environ.get("VLLM_PLUGINS")),
        processes=seen,
        cells=cells(events, seen, subjects, why_skipped),
    )
    error = ran.error
    text = log.read_bytes()[: ran.heard].decode("utf-8", "replace")
    if run.ending is not None:
        run = replace(run, telling=telling_lines(text, hung=ran.heard is not None))
        # A traceback in the log of an engine that hung may be of something that went on.
        error = last_error(text) or error if ran.heard is None else None
        if error is not None and ran.error is not None and is_second_hand(ran.error):
            # What the front end raised only points at it.
            run = replace(run, ending=(run.ending or "").replace(ran.error, error))
    if run.ending is not None or where.logs is not None:
        run = replace(run, log=str(_keep(log, where)))
    return Ran(plan, run, tuple(events), ran.answers, error)


@contextmanager
def socket_folder(room: Path) -> Iterator[Path]:
    """Yield a folder for the sockets of an engine's processes: ``room`` if its path is short enough.

    The name of a socket may have 104 characters on macOS and 108 on Linux, and vLLM adds a slash and
    a UUID (``get_open_zmq_ipc_path`` in ``vllm/utils/network_utils.py``, 0.28 to 0.33).
    """
    if len(str(room)) + 1 + 36 <= _SOCKET_NAME:
        yield room
        return
    with throwaway("v-", Path("/tmp")) as short:  # noqa: S108 - a folder of its own in it
        yield short


def _keep(log: Path, where: Surroundings) -> Path:
    """Copy a log to where its reader finds it after the throw-away folder is gone."""
    folder = where.logs or where.room.parent
    folder.mkdir(parents=True, exist_ok=True)
    place = folder / f"{where.room.name}-{log.name}"
    shutil.copyfile(log, place)
    return place


def _died(run: ChildRun, while_: str) -> str:
    """Say in one clause how a child that should have gone on ended."""
    match run.ending:
        case Ending.TIMED_OUT:
            return f"was ended: its time was up while {while_}"
        case Ending.OUT_OF_MEMORY:
            return f"was ended: it held more memory than it may while {while_}"
        case Ending.KILLED:
            return f"was killed by {run.signal or 'a signal'} while {while_}"
        case Ending.NOT_STARTED:
            return f"could not be started: {run.stderr.strip()}"
        case _:
            return f"left with status {run.returncode} while {while_}"


def _offline(plan: EnginePlan, where: Surroundings, env: Mapping[str, str], log: Path) -> Ran:
    request = {"engine": dict(plan.engine), "uses": [dict(use) for use in plan.uses]}
    limits = Limits(None, where.memory_bytes, _LOG_BYTES)
    began = time.monotonic()
    came_up = 0.0
    late: str | None = None
    heard: int | None = None
    with start_script(
        where.python,
        SCRIPTS / "engine_offline.py",
        request,
        limits=limits,
        env=env,
        path=where.import_path,
        log=log,
    ) as child:
        deadline = began + where.start_seconds
        while (run := child.wait(_LOOK_EVERY)) is None:
            reply = child.reply or {}
            if not came_up and reply.get("stage") in ("up", "done"):
                came_up = time.monotonic()
                deadline = came_up + where.use_seconds * max(1, len(plan.uses))
            if time.monotonic() > deadline:
                stage = reply.get("stage", "starting")
                late = (
                    f"did not finish its requests in {deadline - came_up:.0f} s"
                    if came_up
                    else f"did not come up in {where.start_seconds:.0f} s (it was {stage})"
                )
                heard = log.stat().st_size
                run = child.stop()
                break
    reply = run.reply or {}
    stage = str(reply.get("stage", "starting the interpreter"))
    up = stage in ("up", "done")
    uses = dict(reply.get("uses", {}))
    ending = late
    if ending is None and any(_DEAD in answer.get("error_kinds", ()) for answer in uses.values()):
        ending = "died while answering requests"
    if ending is None and stage != "done":
        if run.ending is Ending.REPLIED:
            ending = f"raised while {stage}: {reply.get('error')}"
        else:
            ending = _died(run, "answering requests" if up else stage)
    seen = EngineRun(
        plan.title,
        served=False,
        settings=plan.engine,
        guess=plan.guess,
        came_up=up,
        ending=ending,
        start_seconds=float(reply.get("start_seconds", 0.0)),
        peak_bytes=run.peak_rss_bytes,
    )
    return Ran(plan, seen, (), uses, reply.get("error"), heard)


def _timed(server: Server, use: Mapping[str, Any]) -> Mapping[str, Any]:
    """Do a use as often as it asks for; its last answer, or the first that was none."""
    act = server.pool if use["kind"] == "encode" else server.complete
    seconds: list[float] = []
    answer: Mapping[str, Any] = {}
    for _ in range(use.get("repeat", 1)):
        began = time.perf_counter()
        answer = act(use)
        seconds.append(time.perf_counter() - began)
        if not answer.get("ok"):
            break
    return {**answer, "seconds": seconds}


def _serve(
    plan: EnginePlan,
    where: Surroundings,
    env: Mapping[str, str],
    places: tuple[Path, Path],
    more: Callable[[Server], Mapping[str, Mapping[str, Any]]] | None,
) -> Ran:
    port = free_port()
    argv: list[str | Path] = [
        where.python,
        *("-m", "vllm.entrypoints.cli.main", "serve", str(plan.engine["model"])),
        *("--served-model-name", SERVED_NAME, "--host", LOOPBACK, "--port", str(port)),
        *serve_words(plan.engine),
    ]
    record, log = places
    if plan.lora:
        env = {**env, "VLLM_ALLOW_RUNTIME_LORA_UPDATING": "1"}
    answers: dict[str, Mapping[str, Any]] = {}
    began = time.monotonic()
    start_seconds = 0.0
    ending: str | None = None
    heard: int | None = None
    limits = Limits(None, where.memory_bytes, _LOG_BYTES)
    with start_command(argv, limits=limits, env=env, path=where.import_path, log=log) as child:
        server = Server(port, child, record, where.use_seconds)
        while (run := child.wait(_LOOK_EVERY)) is None:
            if ask(port, "GET", "/health", seconds=5).status == 200:
                start_seconds = time.monotonic() - began
                break
            if time.monotonic() - began > where.start_seconds:
                ending = f"did not come up in {where.start_seconds:.0f} s"
                heard = log.stat().st_size
                break
        if start_seconds:
            for use in plan.uses:
                answers[str(use["id"])] = _timed(server, use)
            if more is not None:
                answers |= more(server)
            run = child.poll()
            if run is not None:
                ending = _died(run, "answering requests")
            elif ask(port, "GET", "/health", seconds=_HEALTH_SECONDS).status != 200:
                # Its front end outlives an engine core by some seconds.
                ending = "was no longer healthy after the requests"
                heard = log.stat().st_size
        elif run is not None:
            ending = _died(run, "starting")
        if run is None:
            run = child.stop(_GRACE if start_seconds else 0.0)
    seen = EngineRun(
        plan.title,
        served=True,
        settings=plan.engine,
        guess=plan.guess,
        came_up=bool(start_seconds),
        ending=ending,
        start_seconds=start_seconds,
        peak_bytes=run.peak_rss_bytes,
    )
    return Ran(plan, seen, (), answers, heard=heard)
