"""From the recorder's files to processes and cells: pure, so that captured files test it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from vplug.model.live import Cell, CellKind, EngineProcess, Role
from vplug.probe.stacks import frames_within

Event = Mapping[str, Any]
#: Roles from the lowest: the engine core may have its worker, and the front end both, in one process.
_RANKING = (Role.WORKER, Role.ENGINE_CORE, Role.FRONT_END, Role.API_SERVER)
_RECORDER = "/probe/scripts/engine_recorder/"
_INSPECTION = "vllm.model_executor.models.registry"


def read_events(folder: Path) -> list[dict[str, Any]]:
    """Return all events of a recorder's folder, in order of time; half-written lines left out."""
    events = []
    for path in sorted(folder.glob("*.jsonl")):
        for line in path.read_text(encoding="utf-8", errors="replace").splitlines():
            try:
                event = json.loads(line)
            except ValueError:
                continue
            if isinstance(event, dict) and "event" in event and "pid" in event:
                events.append(event)
    for path in folder.glob("*.stacks"):
        text = path.read_text(encoding="utf-8", errors="replace")
        frames = [
            f'  File "{file}", line {line}, in {name}'
            for file, line, name in frames_within(text, _RECORDER)
        ]
        if frames:
            told = {"event": "stuck", "pid": int(path.stem), "frames": frames}
            events.append(told | {"at": path.stat().st_mtime})
    return sorted(events, key=lambda event: float(event.get("at", 0)))


def processes(events: Sequence[Event], root_role: Role) -> tuple[EngineProcess, ...]:
    """Return the processes that imported vLLM, in order of start.

    Args:
        events: what the recorder wrote.
        root_role: the role of the first process, should it have died before it said so.
    """
    by_pid: dict[int, list[Event]] = {}
    for event in events:
        by_pid.setdefault(int(event["pid"]), []).append(event)
    # Forked processes that never do anything of vLLM's are helpers, and not worth a column.
    kept = {
        pid: own
        for pid, own in by_pid.items()
        if any(event["event"] != "process" for event in own)
        or any(not event.get("forked") for event in own)
    }
    found = []
    for number, (pid, own) in enumerate(kept.items()):
        starts = [event for event in own if event["event"] == "process"]
        start = starts[-1] if starts else {}
        role, rank = _role(own, start)
        if role is Role.OTHER and number == 0:
            role = root_role
        platform = [event["platform"] for event in own if event.get("platform")]
        attention = [event["backend"] for event in own if event["event"] == "attention"]
        found.append(
            EngineProcess(
                pid=pid,
                role=role,
                rank=rank,
                name=str(own[0].get("name", "")),
                parent=start.get("parent"),
                forked=bool(start.get("forked")),
                platform=platform[-1] if platform else None,
                attention=tuple(dict.fromkeys(attention)),
            )
        )
    return tuple(found)


def _role(own: Sequence[Event], start: Event) -> tuple[Role, int | None]:
    told = [event for event in own if event["event"] == "role"]
    roles = [Role(event["role"]) for event in told if event["role"] in list(Role)]
    ranks = [event["rank"] for event in told if event["role"] == Role.WORKER]
    rank = ranks[-1] if ranks and isinstance(ranks[-1], int) else None
    if roles:
        return max(roles, key=_RANKING.index), rank
    if _INSPECTION in start.get("argv", ()):
        return Role.INSPECTION, None
    return Role.OTHER, None


@dataclass
class _Tally:
    """What the events say of one plugin in one process."""

    load: Event | None = None
    calls: list[Event] = field(default_factory=list)
    begun: list[str] = field(default_factory=list)

    @property
    def unfinished(self) -> str | None:
        """What had begun and did not end: ``loading it``, ``calling it``; ``None`` for neither."""
        if "load" in self.begun and self.load is None:
            return "loading it"
        ended = sum(event["event"] == "call" for event in self.calls)
        return "calling it" if self.begun.count("call") > ended else None

    @property
    def failed_call(self) -> Event | None:
        return next((event for event in self.calls if not event.get("ok")), None)


def cells(
    events: Sequence[Event],
    seen: Iterable[EngineProcess],
    subjects: Sequence[str],
    why_skipped: Mapping[str, str],
) -> tuple[Cell, ...]:
    """Return what each process made of each plugin.

    Args:
        events: what the recorder wrote.
        seen: the processes, parents before their children.
        subjects: the plugins, as ``group:name``.
        why_skipped: subject → why a process that asks for its group does not load it.
    """
    tallies: dict[tuple[int, str], _Tally] = {}
    asked: set[tuple[int, str]] = set()
    stuck: dict[int, Event] = {}
    for event in events:
        pid = int(event["pid"])
        if event["event"] == "asked":
            asked.add((pid, str(event["group"])))
        elif event["event"] == "stuck":
            stuck[pid] = event
        elif event["event"] == "begins":
            tally = tallies.setdefault((pid, event["subject"]), _Tally())
            tally.begun.append(str(event["what"]))
        elif event["event"] == "load":
            tallies.setdefault((pid, event["subject"]), _Tally()).load = event
        elif event["event"] in ("call", "method") and "subject" in event:
            tallies.setdefault((pid, event["subject"]), _Tally()).calls.append(event)
    result: dict[tuple[int, str], Cell] = {}
    for process in seen:
        for subject in subjects:
            tally = tallies.get((process.pid, subject), _Tally())
            cell = _cell(subject, process, tally, stuck.get(process.pid))
            if cell is None:
                before = result.get((process.parent or -1, subject))
                had = (CellKind.LOADED, CellKind.INHERITED)
                if process.forked and before is not None and before.kind in had:
                    cell = Cell(subject, process.pid, CellKind.INHERITED)
                elif (process.pid, subject.partition(":")[0]) in asked:
                    reason = why_skipped.get(subject)
                    cell = Cell(subject, process.pid, CellKind.SKIPPED, reason)
                else:
                    cell = Cell(subject, process.pid, CellKind.NOT_ASKED)
            result[process.pid, subject] = cell
    return tuple(result.values())


def _cell(subject: str, process: EngineProcess, tally: _Tally, stuck: Event | None) -> Cell | None:
    load = tally.load
    if tally.unfinished is not None:
        where = (
            "\n".join(["it was here (most recent call last):", *stuck["frames"]]) if stuck else None
        )
        seconds = load.get("seconds") if load is not None else None
        kind = CellKind.UNFINISHED
        return Cell(subject, process.pid, kind, tally.unfinished, seconds, traceback=where)
    if load is None:
        return None
    common: dict[str, Any] = {"load_seconds": load.get("seconds")}
    if not load.get("ok"):
        return Cell(
            subject,
            process.pid,
            CellKind.LOAD_FAILED,
            error=load.get("error"),
            traceback=load.get("traceback"),
            **common,
        )
    calls = [event for event in tally.calls if event["event"] == "call"]
    if calls:
        common["calls"] = len(calls)
        common["call_seconds"] = sum(float(event.get("seconds", 0)) for event in calls)
        common["returned"] = calls[-1].get("returned")
    failed = tally.failed_call
    if failed is not None:
        return Cell(
            subject,
            process.pid,
            CellKind.CALL_FAILED,
            error=failed.get("error"),
            traceback=failed.get("traceback"),
            **common,
        )
    return Cell(subject, process.pid, CellKind.LOADED, **common)
