"""What real engines showed, for a person and as JSON: matrix, uses, differences, costs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from vplug.model import (
    BenchFigure,
    BenchReport,
    Cell,
    CellKind,
    EngineRun,
    LiveObservation,
    Truth,
    Use,
)
from vplug.report.layout import hanging

if TYPE_CHECKING:
    from rich.console import Console
    from rich.text import Text

_STYLES = {
    CellKind.LOADED: "green",
    CellKind.INHERITED: "green",
    CellKind.SKIPPED: "yellow",
    CellKind.NOT_ASKED: "dim",
    CellKind.LOAD_FAILED: "bold red",
    CellKind.CALL_FAILED: "bold red",
    CellKind.UNFINISHED: "bold red",
}
_WIDE = 100
_TRUTHS = {
    Truth.WORKS: "green",
    Truth.WEAKER: "yellow",
    Truth.UNKNOWN: "yellow",
    Truth.FAILS: "bold red",
}


def live_json(live: LiveObservation) -> dict[str, Any]:
    """Return what engines showed as JSON."""
    return {
        "vllm": live.vllm,
        "platform": live.platform,
        "plugins": list(live.subjects),
        "engines": [_engine_json(run) for run in live.engines],
        "control": _engine_json(live.control) if live.control is not None else None,
        "uses": [_use_json(use) for use in live.uses],
        "differences": [
            {
                "plugin": item.subject,
                "process": item.process,
                "foretold": item.foretold,
                "seen": item.seen,
            }
            for item in live.differences
        ],
        "notes": list(live.notes),
    }


def _engine_json(run: EngineRun) -> dict[str, Any]:
    return {
        "title": run.title,
        "served": run.served,
        "settings": dict(run.settings),
        "guess": run.guess,
        "vllm_plugins": run.plugins_variable,
        "came_up": run.came_up,
        "ending": run.ending,
        "start_seconds": round(run.start_seconds, 3),
        "peak_rss_bytes": run.peak_bytes,
        "telling": list(run.telling),
        "log": run.log,
        "processes": [
            {
                "pid": process.pid,
                "role": str(process.role),
                "rank": process.rank,
                "label": process.label,
                "name": process.name,
                "parent": process.parent,
                "forked": process.forked,
                "platform": process.platform,
                "attention_backends": list(process.attention),
            }
            for process in run.processes
        ],
        "cells": [_cell_json(cell) for cell in run.cells],
    }


def _cell_json(cell: Cell) -> dict[str, Any]:
    return {
        "plugin": cell.subject,
        "pid": cell.pid,
        "what": str(cell.kind),
        "reason": cell.reason,
        "load_seconds": cell.load_seconds,
        "call_seconds": cell.call_seconds,
        "calls": cell.calls,
        "returned": cell.returned,
        "error": cell.error,
        "traceback": cell.traceback,
    }


def _use_json(use: Use) -> dict[str, Any]:
    return {
        "plugin": use.subject,
        "how": use.how,
        "truth": str(use.truth),
        "message": use.message,
        "detail": use.detail,
        "effect": use.effect,
        "engine_started": use.started,
    }


def bench_json(bench: BenchReport) -> dict[str, Any]:
    """Return what plugins cost as JSON: every measurement, and the medians' difference."""
    return {
        "runs": bench.runs,
        "settings": dict(bench.settings),
        "failed": list(bench.failed),
        "figures": [
            {
                "name": figure.name,
                "unit": figure.unit,
                "without": list(figure.without),
                "with": list(figure.with_),
                "cost": figure.cost,
                "apart": figure.apart,
            }
            for figure in bench.figures
        ],
    }


def print_live(live: LiveObservation, console: Console) -> None:
    """Print a matrix of plugins and processes for each engine, then what using them proved."""
    for run in live.engines:
        _print_engine(run, live.subjects, console)
    if live.control is not None:
        console.print(f"without the plugins: came up in {live.control.start_seconds:.0f} s")
        console.print()
    if live.uses:
        _print_uses(live.uses, console)
    if live.differences:
        console.print("otherwise than foretold:")
        for item in live.differences:
            name = item.subject.partition(":")[2]
            console.print(f"  {name}, {item.process}: foretold: {item.foretold}; seen: {item.seen}")
    for note in live.notes:
        console.print(f"note: {note}")
    if live.differences or live.notes:
        console.print()


def _print_engine(run: EngineRun, subjects: Sequence[str], console: Console) -> None:
    from rich.table import Table
    from rich.text import Text

    what = "vllm serve" if run.served else "vllm.LLM"
    head = Text(f"{what}: {run.title}: ")
    if run.came_up and run.ending is None:
        peak = f", {run.peak_bytes / 2**20:,.0f} MiB at most" if run.peak_bytes else ""
        head.append(f"up in {run.start_seconds:.1f} s{peak}", style="green")
    else:
        head.append(run.ending or "did not come up", style="bold red")
    console.print(head)
    if run.processes:
        table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
        table.add_column("  plugin", overflow="fold")
        # In order of start, and workers, which start together, by rank.
        columns = sorted(run.processes, key=lambda process: process.rank or 0)
        for process in columns:
            forked = " (forked)" if process.forked else ""
            table.add_column(f"{process.label}{forked}", overflow="fold")
        by_place = {(cell.subject, cell.pid): cell for cell in run.cells}
        for subject in subjects:
            row: list[Text | str] = [f"  {subject.partition(':')[2]}"]
            row += [_word(by_place.get((subject, process.pid))) for process in columns]
            table.add_row(*row)
        console.print(table)
    for cell in _first_failures(run):
        failed_in = run.process(cell.pid)
        label = failed_in.label if failed_in is not None else cell.pid
        what = f"{cell.kind}"
        if cell.kind is CellKind.UNFINISHED:
            what = f"({cell.reason}) {what}"
        console.print(f"  {cell.subject.partition(':')[2]} {what} in the {label}:")
        for line in (cell.traceback or cell.error or "").rstrip().splitlines()[-14:]:
            console.print(f"    {line}", soft_wrap=True)
    if run.telling and not any(cell.error for cell in run.cells):
        for line in run.telling:
            console.print(f"    {line}", soft_wrap=True)
    if run.log is not None:
        console.print(f"  log: {run.log}")
    console.print()


def _first_failures(run: EngineRun) -> list[Cell]:
    """One cell for each plugin and error: the same traceback in three processes is told once."""
    found: dict[tuple[str, str | None], Cell] = {}
    for cell in run.cells:
        if cell.error is not None or cell.traceback is not None:
            found.setdefault((cell.subject, cell.error), cell)
    return list(found.values())


def _word(cell: Cell | None) -> Text:
    from rich.text import Text

    if cell is None:
        return Text("")
    word = str(cell.kind)
    if cell.kind is CellKind.NOT_ASKED:
        word = "-"
    elif cell.kind is CellKind.SKIPPED and cell.reason:
        word = f"skipped: {cell.reason}"
    elif cell.load_seconds is not None:
        seconds = cell.load_seconds + (cell.call_seconds or 0.0)
        word += f" {seconds:.2f} s"
    return Text(word, style=_STYLES[cell.kind])


def _print_uses(uses: Sequence[Use], console: Console) -> None:
    from rich.table import Table
    from rich.text import Text

    if console.width < _WIDE:
        # Beside three other columns a sentence would be a column of single words.
        for use in uses:
            name = use.subject.partition(":")[2]
            truth = (str(use.truth), _TRUTHS[use.truth])
            hanging(console, Text.assemble(f"{name}, {use.how}: ", truth), 2, 4)
            hanging(console, Text(use.message), 6)
        console.print()
        return
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    for name in ("plugin", "used by", "", "what was seen"):
        table.add_column(name, overflow="fold")
    for use in uses:
        table.add_row(
            use.subject.partition(":")[2],
            use.how,
            Text(str(use.truth), style=_TRUTHS[use.truth]),
            use.message,
        )
    console.print(table)
    console.print()


def print_bench(bench: BenchReport, console: Console) -> None:
    """Print what plugins cost: median and spread with and without, and the difference."""
    from rich.table import Table

    console.print(f"cost over {bench.runs} engines on each side, in turn (median, least to most):")
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    table.add_column("", no_wrap=True)
    for name in ("without", "with", "cost"):
        table.add_column(name, justify="right")
    for figure in bench.figures:
        table.add_row(
            f"  {figure.name}",
            _spread(figure.without, figure.unit),
            _spread(figure.with_, figure.unit),
            _cost(figure),
        )
    console.print(table)
    for failed in bench.failed:
        console.print(f"not counted: {failed}")
    console.print()


def _spread(values: Sequence[float], unit: str) -> str:
    from statistics import median

    if not values:
        return "-"
    return f"{_amount(median(values), unit)} ({_amount(min(values), unit)} to {_amount(max(values), unit)})"


def _cost(figure: BenchFigure) -> str:
    cost = figure.cost
    if cost is None:
        return ""
    sign = "+" if cost >= 0 else "-"
    text = f"{sign}{_amount(abs(cost), figure.unit)}"
    return text if figure.apart else f"{text}, within the spread"


def _amount(value: float, unit: str) -> str:
    if unit == "bytes":
        return f"{value / 2**20:,.0f} MiB"
    return f"{value * 1000:.1f} ms" if value < 1 else f"{value:.2f} s"
