"""A compatibility matrix as text, Markdown and JSON."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import groupby
from typing import TYPE_CHECKING, Any

from vplug.model import CompatMatrix, CompatReason, PluginCompat, TargetReport, Verdict, ranges_text
from vplug.report.as_json import distribution_json
from vplug.report.compat_findings import spans
from vplug.report.layout import hanging
from vplug.report.markdown import code, escape

if TYPE_CHECKING:
    from rich.console import Console

SCHEMA = "vplug.compat/1"
#: Symbols that read without colour.
_SYMBOLS = {
    Verdict.OK: ("✓", "works", "green"),
    Verdict.WARN: ("!", "warnings", "yellow"),
    Verdict.UNKNOWN: ("?", "cannot tell", "blue"),
    Verdict.BROKEN: ("✗", "broken", "red"),
}


def compat_json(matrix: CompatMatrix) -> dict[str, Any]:
    """Return one target of ``vplug.compat/1``."""
    return {
        "target": matrix.target,
        "distribution": distribution_json(matrix.distribution),
        "declared": [
            {"specifier": item.specifier, "source": item.source} for item in matrix.declared
        ],
        "supported": matrix.supported,
        "supported_without_warnings": matrix.without_warnings,
        "claims_too_much": list(matrix.too_much),
        "claims_too_little": list(matrix.too_little),
        "notes": list(matrix.notes),
        "plugins": [
            {
                "name": plugin.name,
                "verdicts": {
                    release: str(verdict)
                    for release, verdict in zip(matrix.releases, plugin.verdicts, strict=True)
                },
            }
            for plugin in matrix.plugins
        ],
        "releases": [
            {
                "vllm": release,
                "verdict": str(matrix.verdicts[index]),
                "findings": [_reason_json(r) for r in _reasons(matrix, index)],
            }
            for index, release in enumerate(matrix.releases)
        ],
    }


def failures_json(failures: Sequence[TargetReport]) -> list[dict[str, Any]]:
    """Return the targets that could not be looked at."""
    return [
        {"target": item.target, "error": item.error, "hint": item.hint, "status": item.status}
        for item in failures
    ]


def failures_markdown(failures: Sequence[TargetReport]) -> list[str]:
    """Return a section for each target that could not be looked at."""
    return [
        f"### {escape(item.target)}\n\n**error:** {escape(item.error or '')}."
        + (f" {escape(item.hint)}" if item.hint else "")
        + "\n"
        for item in failures
    ]


def _reasons(matrix: CompatMatrix, index: int) -> list[CompatReason]:
    found = [reason for plugin in matrix.plugins for reason in plugin.reasons[index]]
    return list(dict.fromkeys(found))


def _reason_json(reason: CompatReason) -> dict[str, Any]:
    place = reason.location
    return {
        "code": reason.code or None,
        "verdict": str(reason.verdict),
        "message": reason.message,
        "path": place.path if place is not None else None,
        "line": place.line if place is not None else None,
        "symbol": reason.symbol,
        "hint": reason.hint,
    }


def _columns(matrix: CompatMatrix) -> list[tuple[str, tuple[Verdict, ...], list[str]]]:
    """Plugins with the same verdicts over all releases share a column."""
    shared: dict[tuple[Verdict, ...], list[str]] = {}
    for plugin in matrix.plugins:
        shared.setdefault(plugin.verdicts, []).append(plugin.name)
    columns = []
    for verdicts, names in shared.items():
        short = [name.partition(":")[2] for name in names]
        label = short[0] if len(short) == 1 else f"{short[0]} and {len(short) - 1} more"
        columns.append((label, verdicts, names))
    return columns


def _spans(matrix: CompatMatrix) -> list[tuple[int, int]]:
    """Runs of releases in which no plugin's verdict changes, as half-open ranges."""
    keys = [tuple(p.verdicts[i] for p in matrix.plugins) for i in range(len(matrix.releases))]
    spans, start = [], 0
    for _, members in groupby(keys):
        count = len(list(members))
        spans.append((start, start + count))
        start += count
    return spans


def _span_text(matrix: CompatMatrix, span: tuple[int, int]) -> str:
    first, last = matrix.releases[span[0]], matrix.releases[span[1] - 1]
    return first if first == last else f"{first} to {last}"


def print_compat(matrix: CompatMatrix, console: Console, *, wide: bool = False) -> None:
    """Print the matrix: releases down, plugins across, then the reason of each change.

    Args:
        matrix: what to print.
        console: where to.
        wide: every reason, not the one of several that holds longest.
    """
    from rich.table import Table
    from rich.text import Text

    console.print(Text.assemble((matrix.target, "bold"), (f"  {matrix.distribution.label}", "dim")))
    columns = _columns(matrix)
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    table.add_column("  vLLM", no_wrap=True)
    for label, _, _ in columns:
        table.add_column(label, overflow="fold")
    for span in _spans(matrix):
        cells = [Text(f"  {_span_text(matrix, span)}")]
        for _, verdicts, _ in columns:
            symbol, word, style = _SYMBOLS[verdicts[span[0]]]
            cells.append(Text(f"{symbol} {word}", style=style))
        table.add_row(*cells)
    console.print(table)
    for label, names in _shared(columns):
        hanging(console, Text.assemble((f"{label}: ", "dim"), ", ".join(names)), 2, 4)
    for line, hint in _summary(matrix):
        hanging(console, Text(line), 2, 4)
        if hint:
            hanging(console, Text.assemble(("→ ", "dim"), hint), 6, 2)
    reasons = _everything(matrix) if wide else _changes(matrix)
    if reasons:
        console.print(Text("  why", style="bold"))
    for label, when, reason, more in reasons:
        place = f"{reason.location}: " if reason.location is not None else ""
        _, word, style = _SYMBOLS[reason.verdict]
        text = Text.assemble(
            f"{when} ",
            (f"{word} ", style),
            (f"{label}: ", "dim"),
            (place, "bold"),
            (f"{reason.code} " if reason.code else "", "magenta"),
            reason.message,
            (f"  (+{more} more)" if more else "", "dim"),
        )
        hanging(console, text, 4, 4)
        if reason.hint:
            hanging(console, Text.assemble(("→ ", "dim"), reason.hint), 8, 2)
    if any(more for *_, more in reasons):
        hanging(
            console, Text("--wide tells every cause, not only the longest-lived", style="dim"), 4
        )


def _shared(
    columns: Sequence[tuple[str, tuple[Verdict, ...], list[str]]],
) -> list[tuple[str, list[str]]]:
    """The columns that stand for several plugins, with the names of all."""
    return [
        (label, [name.partition(":")[2] for name in names])
        for label, _, names in columns
        if len(names) > 1
    ]


def _summary(matrix: CompatMatrix) -> list[tuple[str, str]]:
    """Lines on ranges, each with what to do about it, or nothing."""
    untold = [note for note in matrix.notes if note.startswith("cannot tell")]
    declared = ranges_text(matrix.declared) or next(iter(untold), "nothing")
    lines = [(f"declared:  {declared}", ""), (f"works with: {_works(matrix)}", "")]
    clean = _clean(matrix)
    if clean:
        lines.append((f"without warnings: {clean}", ""))
    if matrix.too_much:
        told = matrix.supported and not matrix.partial
        mend = f"declare {matrix.supported}, or mend" if told else "mend"
        lines.append(
            (
                f"claims too much: broken with {_listed(matrix, matrix.too_much)}",
                f"{mend} what stands under why",
            )
        )
    if matrix.too_little:
        lines.append(
            (
                f"claims too little: also works with {_listed(matrix, matrix.too_little)}",
                "declare these too, if you have tried them; a narrower range is no fault",
            )
        )
    if not matrix.declared and matrix.supported:
        what = f'"{matrix.supported}"'
        hint = f"[tool.vplug] vllm = {what} declares a range and installs nothing"
        if matrix.partial:
            hint = "asked without --vllm, compat tells a range to declare"
        lines[0] = (lines[0][0], hint)
    lines += [
        (note, "") for note in matrix.notes if not note.startswith(("no vLLM range", "cannot tell"))
    ]
    return lines


def _clean(matrix: CompatMatrix) -> str:
    """What works without warnings, where that is less than what works; else empty."""
    if not matrix.supported:
        return ""
    if matrix.partial:
        less = Verdict.WARN in matrix.verdicts
        return (_of(matrix, Verdict.OK) or "none of them") if less else ""
    less = matrix.without_warnings != matrix.supported
    return (matrix.without_warnings or "none of them") if less else ""


def _of(matrix: CompatMatrix, *verdicts: Verdict) -> str:
    """The releases with one of these verdicts, as runs."""
    told = zip(matrix.releases, matrix.verdicts, strict=True)
    return spans(matrix, [release for release, verdict in told if verdict in verdicts])


def _works(matrix: CompatMatrix) -> str:
    if matrix.supported and matrix.partial:
        working = _of(matrix, Verdict.OK, Verdict.WARN)
        if len(matrix.releases) == 1:
            return f"{working}, the one asked about"
        return f"{working}, of those asked about"
    if matrix.supported:
        return matrix.supported
    asked = _span_text(matrix, (0, len(matrix.releases)))
    unsure = [
        release
        for release, verdict in zip(matrix.releases, matrix.verdicts, strict=True)
        if verdict is Verdict.UNKNOWN
    ]
    if unsure:
        return f"cannot be told of {spans(matrix, unsure)}: the reason stands under why"
    if len(matrix.releases) == 1:
        return f"not {asked}: the reason stands under why"
    return f"none of {asked}: the reasons stand under why"


def _listed(matrix: CompatMatrix, releases: Sequence[str]) -> str:
    count = f" ({len(releases)} releases)" if len(releases) > 6 else ""
    if not count:
        return ", ".join(releases)
    return spans(matrix, releases) + count


def _everything(matrix: CompatMatrix) -> list[tuple[str, str, CompatReason, int]]:
    """Every reason with the plugins and releases it speaks of, the worst first."""
    held: dict[tuple[object, ...], tuple[dict[CompatReason, None], list[str], set[str]]] = {}
    for plugin in matrix.plugins:
        for release, reasons in zip(matrix.releases, plugin.reasons, strict=True):
            for reason in reasons:
                alike, names, inside = held.setdefault(_read_alike(reason), ({}, [], set()))
                alike[reason] = None
                inside.add(release)
                if plugin.name not in names:
                    names.append(plugin.name)
    labels = {tuple(names): label for label, _, names in _columns(matrix)}
    found = []
    for alike, names, inside in sorted(
        held.values(), key=lambda item: -next(iter(item[0])).verdict.rank
    ):
        short = ", ".join(name.partition(":")[2] for name in names)
        releases = [release for release in matrix.releases if release in inside]
        label = labels.get(tuple(names), short)
        found.append((label, spans(matrix, releases), _as_one(list(alike)), 0))
    return found


def _read_alike(reason: CompatReason) -> tuple[object, ...]:
    """What of a reason is read: five names taken from a module that is not there are one line."""
    return reason.code, reason.verdict, reason.location, reason.message


def _as_one(alike: Sequence[CompatReason]) -> CompatReason:
    """Reasons that read alike as one, with the hints of all: where each name is now."""
    hint = ""
    for other in dict.fromkeys(reason.hint for reason in alike if reason.hint):
        release, has, place = other.partition(" has ")
        if has and hint.rpartition("; ")[2].startswith(f"{release}{has}"):
            hint += f" and {place}"
        else:
            hint += f"; {other}" if hint else other
    return replace(alike[0], hint=hint or None)


def _changes(matrix: CompatMatrix) -> list[tuple[str, str, CompatReason, int]]:
    """A reason for each change of a column's state or of what causes it, from old releases to new.

    Within one state the reason told is the one that holds longest from there on: as few lines as can
    be, and each true of all the releases it names.
    """
    changes = []
    for label, verdicts, names in _columns(matrix):
        plugin = next(p for p in matrix.plugins if p.name == names[0])
        start = 0
        for verdict, members in groupby(verdicts):
            end = start + len(list(members))
            while start < end:
                telling = [r for r in plugin.reasons[start] if r.verdict is verdict]
                if not telling:
                    break
                until = {r: _holds_until(plugin, r, start, end) for r in telling}
                reason = max(telling, key=until.__getitem__)  # the first of equals
                when = _span_text(matrix, (start, until[reason]))
                more = len(set(map(_read_alike, telling))) - 1
                changes.append((label, when, reason, more))
                start = until[reason]
            start = end
    return changes


def _holds_until(plugin: PluginCompat, reason: CompatReason, start: int, end: int) -> int:
    """The first index from ``start`` on, at most ``end``, at which a reason is none any more."""
    return next((i for i in range(start, end) if reason not in plugin.reasons[i]), end)


def compat_markdown(matrix: CompatMatrix, *, wide: bool = False) -> str:
    """Return the matrix as Markdown, for a readme or a job summary."""
    columns = _columns(matrix)
    lines = [f"### {escape(f'{matrix.target} · {matrix.distribution.label}')}", ""]
    lines.append("| vLLM | " + " | ".join(escape(label) for label, _, _ in columns) + " |")
    lines.append("|---|" + "---|" * len(columns))
    for span in _spans(matrix):
        cells = [" ".join(_SYMBOLS[verdicts[span[0]]][:2]) for _, verdicts, _ in columns]
        lines.append(f"| {_span_text(matrix, span)} | " + " | ".join(cells) + " |")
    lines += [
        "",
        *(f"- {escape(f'{label}: ' + ', '.join(names))}" for label, names in _shared(columns)),
    ]
    for line, hint in _summary(matrix):
        lines.append(f"- {escape(line)}" + (f"; {escape(hint)}" if hint else ""))
    for label, when, reason, more in _everything(matrix) if wide else _changes(matrix):
        place = f" {code(str(reason.location))}" if reason.location is not None else ""
        extra = f" (+{more} more)" if more else ""
        what = f"{reason.code} {escape(reason.message)}{extra}".strip()
        lines.append(f"- {when}, {escape(label)}:{place} {what}".rstrip())
    return "\n".join(lines) + "\n"
