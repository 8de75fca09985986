"""What a run saw, for a person and as JSON (``vplug.verify/1``)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from vplug.model import (
    Attempt,
    Change,
    ImportOrder,
    Observation,
    Raised,
    Report,
    SeenClass,
    TargetReport,
    Together,
)
from vplug.report.as_json import location_json, report_json
from vplug.report.layout import hanging
from vplug.report.live import bench_json, live_json

if TYPE_CHECKING:
    from rich.console import Console
    from rich.text import Text

#: Names up to this length are never folded.
_NAME_WIDTH = 28
_WIDE_NAME = 34
_WIDE = 100
#: How many unmet requirements are named.
_REASONS = 5
#: Groups whose functions give a class's name, or None where there is nothing for this machine.
_GIVE_NAMES = ("vllm.platform_plugins", "vllm.io_processor_plugins")
VERIFY_SCHEMA = "vplug.verify/1"


def verify_json(report: Report, version: str, status: int) -> dict[str, Any]:
    """Return a verification as JSON: the shape of ``vplug.report/1``, and what was seen."""
    data = report_json(report, version, status)
    data["schema"] = VERIFY_SCHEMA
    for shape, target in zip(data["targets"], report.targets, strict=True):
        shape["observations"] = [observation_json(item) for item in target.observations]
        shape["together"] = _together(target.together)
        shape["live"] = live_json(target.live) if target.live is not None else None
        shape["bench"] = bench_json(target.bench) if target.bench is not None else None
    return data


def observation_json(seen: Observation) -> dict[str, Any]:
    """Return what was seen of one entry point as JSON."""
    entry = seen.entry_point
    return {
        "plugin": seen.subject,
        "group": entry.group,
        "name": entry.name,
        "value": entry.value,
        "limits": dict(seen.limits),
        "missing_requirements": list(seen.missing),
        "attempts": [_attempt(item) for item in seen.attempts],
        "beside_vllm": None
        if seen.beside_vllm is None
        else {
            "load_seconds": seen.beside_vllm.load_seconds,
            "modules": seen.beside_vllm.modules,
            "heavy": list(seen.beside_vllm.heavy),
        },
    }


def _attempt(item: Attempt) -> dict[str, Any]:
    return {
        "order": str(item.order),
        "ending": item.ending,
        "reached": str(item.reached),
        "returncode": item.returncode,
        "signal": item.signal,
        "vllm_failed": _raised(item.vllm_failed),
        "load_failed": _raised(item.load_failed),
        "call_failed": _raised(item.call_failed),
        "again_failed": _raised(item.again_failed),
        "called": item.called,
        "returned": item.returned,
        "returned_kind": item.returned_kind,
        "platform": item.platform,
        "classes": [_class(seen) for seen in item.classes],
        "lacks": list(item.lacks),
        "changes": [_change(change) for change in item.changes],
        "acts": [
            {
                "event": act.event,
                "detail": act.detail,
                "step": str(act.step),
                "location": location_json(act.location),
            }
            for act in item.acts
        ],
        "accelerator": list(item.accelerator),
        "forked": None
        if item.forked is None
        else {
            "ending": item.forked.ending,
            "raised": _raised(item.forked.raised),
            "detail": item.forked.detail,
        },
        "modules": item.modules,
        "heavy": list(item.heavy),
        "imports_vllm": item.imports_vllm,
        "load_seconds": item.load_seconds,
        "call_seconds": item.call_seconds,
        "seconds": item.seconds,
        "peak_rss_bytes": item.peak_rss_bytes,
        "rss_growth_bytes": item.rss_growth_bytes,
        "logged_failures": [_raised(raised) for raised in item.logged],
        "printed_bytes": item.printed,
        "output": item.output,
        "stuck_at": location_json(item.stuck_at),
        "left_processes": list(item.left),
        "parent_signal": item.parent_signal,
        "fault": _raised(item.fault),
    }


def _together(together: Together | None) -> dict[str, Any] | None:
    if together is None:
        return None
    return {
        "plugins": [f"{entry.group}:{entry.name}" for entry in together.entry_points],
        "ending": together.ending,
        "reached": together.reached,
        "raised": _raised(together.raised),
        "detail": together.detail,
    }


def _raised(raised: Raised | None) -> dict[str, Any] | None:
    if raised is None:
        return None
    return {
        "type": raised.type,
        "message": raised.message,
        "traceback": raised.traceback,
        "location": location_json(raised.location),
    }


def _class(seen: SeenClass) -> dict[str, Any]:
    return {
        "name": seen.name,
        "raised": _raised(seen.raised),
        "is_class": seen.is_class,
        "base": seen.base,
        "derives": seen.derives,
        "abstract": list(seen.abstract),
        "instantiated": seen.instantiated,
        "reason": seen.reason,
        "failure": _raised(seen.failure),
    }


def _change(change: Change) -> dict[str, Any]:
    return {
        "kind": str(change.kind),
        "name": change.name,
        "before": change.before,
        "after": change.after,
        "step": str(change.step),
        "location": location_json(change.location),
    }


def print_observations(target: TargetReport, console: Console) -> None:
    """Print a table of what was seen, one row a plugin; nothing where nothing was run."""
    if not target.observations:
        return
    from rich.table import Table
    from rich.text import Text

    # On a narrow terminal words are folded and figures left out: a name that is cut names nothing.
    wide = console.width >= _WIDE
    table = Table(box=None, pad_edge=False, padding=(0, 2 if wide else 1, 0, 0))
    most = _WIDE_NAME if wide else _NAME_WIDTH
    table.add_column("  plugin", overflow="fold", no_wrap=_widest(target) <= most)
    for name in ("group", "vllm first", "plugin first", "fork"):
        table.add_column(name, overflow="fold", no_wrap=wide)
    for name in ("load", "modules", "memory") if wide else ("load",):
        table.add_column(name, justify="right", no_wrap=True)
    if wide:
        table.add_column("registers", overflow="fold")
    for seen in target.observations:
        main = seen.attempt(ImportOrder.VLLM_FIRST)
        other = seen.attempt(ImportOrder.PLUGIN_FIRST)
        if main is None:
            continue
        grown = main.rss_growth_bytes
        figures = (
            str(main.modules) if main.modules is not None else "",
            f"{grown / 2**20:+,.0f} MiB" if grown is not None else "",
            _registers(seen.entry_point.group, main),
        )
        table.add_row(
            f"  {seen.entry_point.name}",
            _group(seen.entry_point.group),
            _word(main),
            _word(other),
            _fork(main),
            f"{main.load_seconds:.2f} s" if main.load_seconds is not None else "",
            *(figures if wide else ()),
        )
    console.print(table)
    missing = target.observations[0].missing
    if missing:
        cut = f" and {len(missing) - _REASONS} more" if len(missing) > _REASONS else ""
        reasons = ", ".join(missing[:_REASONS])
        told = f"note: the environment is not what the plugin requires: {reasons}{cut}"
        hanging(console, Text(told, style="yellow"), 2, 4)


def _group(name: str) -> str:
    """A group's short name, as ``list`` has it: only groups that vLLM reads are run."""
    short = name.removeprefix("vllm.").removesuffix("_plugins").removesuffix("s")
    return short.replace("_", "-")


def _widest(target: TargetReport) -> int:
    return max(len(seen.entry_point.name) for seen in target.observations)


def _word(item: Attempt | None) -> Text:
    from rich.text import Text

    if item is None:
        return Text("not tried", style="dim")
    if item.fault is not None:
        return Text("cannot tell", style="blue")
    failures = {
        "vLLM fails": item.vllm_failed,
        "load fails": item.load_failed,
        "call fails": item.call_failed,
        "2nd call fails": item.again_failed,
    }
    for word, raised in failures.items():
        if raised is not None:
            return Text(word, style="bold red")
    if item.ending != "replied":
        return Text(f"{item.signal or item.ending} at {item.reached}", style="bold red")
    return Text("ok", style="green")


def _fork(item: Attempt) -> Text:
    from rich.text import Text

    if item.forked is None:
        return Text("-", style="dim")
    if item.forked.ending == "replied" and item.forked.raised is None:
        return Text("ok", style="green")
    return Text("fails" if item.forked.raised else item.forked.ending, style="bold red")


def _container(name: str) -> str:
    """The container and the key of an entry; a key may hold dots itself."""
    holder, bracket, key = name.partition("[")
    return holder.rpartition(".")[2] + bracket + key


def _registers(group: str, item: Attempt) -> str:
    names = [change.name for change in item.changes if change.kind == "registry"]
    given = [seen.name.rpartition(".")[2] for seen in item.classes if "→" not in seen.name]
    names = [_container(name) for name in names] + given
    told = ", ".join(names[:3]) + (f" and {len(names) - 3} more" if len(names) > 3 else "")
    patches = sum(change.kind == "vllm-attribute" for change in item.changes)
    if patches:
        told += f"{' and ' if told else ''}{patches} patch{'es' if patches != 1 else ''}"
    if told or not item.called:
        return told
    if item.returned_kind == "none" and group in _GIVE_NAMES:
        return "gives None"
    return "nothing seen" if group == "vllm.general_plugins" else ""
