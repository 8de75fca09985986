"""What changed between two vLLM releases, as text, JSON and Markdown."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from itertools import groupby
from typing import TYPE_CHECKING, Any

from vplug.model import ChangeStep, ChangeType, ContractChange, ContractDiff
from vplug.report.layout import hanging
from vplug.report.markdown import code, escape

if TYPE_CHECKING:
    from rich.console import Console

SCHEMA = "vplug.contracts/1"
#: A character that reads without colour, a style, and what an author makes of it.
LEGEND: dict[ChangeType, tuple[str, str, str]] = {
    ChangeType.REMOVED: ("-", "red", "gone: using it fails"),
    ChangeType.MOVED: (">", "yellow", "defined elsewhere now, and where"),
    ChangeType.REQUIRED: ("!", "red", "a plugin must define it now"),
    ChangeType.CHANGED: ("~", "yellow", "other parameters, or another effect"),
    ChangeType.IGNORED: (
        "x",
        "magenta",
        "vLLM has it no more: defining it has no effect",
    ),
    ChangeType.DEPRECATED: ("*", "magenta", "called where a plugin has it, but not for long"),
    ChangeType.OPTIONAL: ("o", "green", "a plugin need not define it any more"),
    ChangeType.ADDED: ("+", "green", "new in vLLM"),
}


def contract_diff_json(found: ContractDiff) -> dict[str, Any]:
    """Return a difference as ``vplug.contracts/1`` has it."""
    names = found.names
    return {
        "schema": SCHEMA,
        "old": found.old,
        "new": found.new,
        "kind": found.kind,
        "backwards": found.backwards,
        "changes": [
            {
                "what": str(change.what),
                "kind": change.kind,
                "symbol": change.symbol,
                "old": change.old or None,
                "new": change.new or None,
                "where": list(change.where),
                "means": change.means or None,
                "steps": _steps_json(change.steps),
            }
            for change in found.changes
        ],
        "passing": [
            {"kind": item.kind, "symbol": item.symbol, "steps": _steps_json(item.steps)}
            for item in found.passing
        ],
        "modules": None
        if names is None
        else {"added": list(found.modules_added), "removed": list(found.modules_removed)},
        "names": None
        if names is None
        else {"added": names.added, "removed": names.removed, "moved": names.moved},
    }


def _steps_json(steps: Sequence[ChangeStep]) -> list[dict[str, Any]]:
    return [{"release": step.release, "form": step.form or None} for step in steps]


def print_contract_diff(found: ContractDiff, console: Console) -> None:
    """Print a difference: what is compared, a legend, then each change with what it means."""
    from rich.text import Text

    console.print(Text(_title(found), style="bold"), soft_wrap=not console.is_terminal)
    hanging(console, Text(_tally(found)), 0)
    for what in _present(found):
        mark, style, words = LEGEND[what]
        row = Text.assemble((f"{mark} {what:<10} ", style), (words, "dim"))
        hanging(console, row, 2, 15)
    for kind, changes in groupby(found.changes, key=lambda change: change.kind):
        console.print()
        console.print(Text(kind, style="bold"))
        for change in changes:
            mark, style, _ = LEGEND[change.what]
            head = Text.assemble((f"{mark} {change.what:<10} ", style), change.symbol)
            head.append(f"  {_when(found, change.steps)}", style="dim")
            hanging(console, head, 2, 15)
            forms = _forms(found, change)
            pad = max(len(label) for label, _ in forms) + 1
            for label, form in forms:
                before = f"{label:<{pad}}" if label else ""
                hanging(console, Text.assemble((before, "dim"), form), 15, len(before))
            if change.where and change.what is ChangeType.REMOVED:
                text = f"one of that name is {' or '.join(change.where[:3])}"
                hanging(console, Text.assemble(("→ ", "dim"), text), 15, 2)
            if change.means:
                hanging(console, Text.assemble(("→ ", "dim"), change.means), 15, 2)
    notes = _notes(found)
    if notes:
        console.print()
    for note in notes:
        hanging(console, Text(note, style="dim"), 0, 2)


def contract_diff_markdown(found: ContractDiff) -> str:
    """Return a difference as Markdown, for an issue or a page on an upgrade."""
    lines = [f"## {escape(_title(found))}", "", escape(_tally(found)), ""]
    for kind, changes in groupby(found.changes, key=lambda change: change.kind):
        lines += [f"### {escape(kind)}", "", "| change | what | when | was | now | means |"]
        lines.append("|---|---|---|---|---|---|")
        for change in changes:
            means = change.means or LEGEND[change.what][2]
            if change.where and change.what is ChangeType.REMOVED:
                means += f"; one of that name is {' or '.join(change.where[:3])}"
            cells = [
                escape(str(change.what)),
                code(change.symbol),
                escape(_when(found, change.steps)),
                code(change.old) if change.old else "",
                code(change.new) if change.new else "",
                escape(means),
            ]
            lines.append(f"| {' | '.join(cells)} |")
        lines.append("")
    lines += [f"- {escape(note)}" for note in _notes(found)]
    return "\n".join(lines).rstrip("\n") + "\n"


def _title(found: ContractDiff) -> str:
    concerns = f", for kind {found.kind}" if found.kind else ""
    if found.old == found.new:
        return f"vLLM {found.old} and itself{concerns}"
    if found.backwards:
        return f"from vLLM {found.old} back to {found.new}{concerns}"
    return f"from vLLM {found.old} to {found.new}{concerns}"


def _tally(found: ContractDiff) -> str:
    count = len(found.between)
    over = f", {count} releases on" if count > 1 else ""
    if found.backwards:
        over = f", {count} releases back" if count > 1 else ""
    if not found.changes:
        return (
            "nothing changed in the names and signatures that plugins are written against, nor in how"
            " vLLM loads them"
        )
    counts = Counter(change.what for change in found.changes)
    parts = ", ".join(f"{counts[what]} {what}" for what in _present(found))
    return f"what a plugin written for {found.old} meets in {found.new}{over}: {parts}"


def _present(found: ContractDiff) -> list[ChangeType]:
    there = {change.what for change in found.changes}
    return [what for what in ChangeType if what in there]


def _when(found: ContractDiff, steps: Sequence[ChangeStep]) -> str:
    """Return in which releases something changed, read from the old release to the new one."""
    releases = [step.release for step in steps]
    if not releases:
        return ""
    if found.backwards:
        releases.reverse()
    return ("before " if found.backwards else "in ") + ", ".join(releases)


def _forms(found: ContractDiff, change: ContractChange) -> list[tuple[str, str]]:
    """Return each form with its label: the old one, those in between, the new one."""
    between = [(step.release, step.form) for step in change.steps[:-1]]
    if found.backwards:
        # What is there before a step's release is what the step before it made.
        releases = [step.release for step in change.steps[1:]]
        between = list(zip(releases, (form for _, form in between), strict=True))[::-1]
        between = [(f"< {release}", form) for release, form in between]
    shown = [("was", change.old), *between, ("now", change.new)]
    if not change.old and not between:
        shown = [("", change.new)]
    elif not change.new and not between:
        shown = [("was", change.old)]
    elif change.old == change.new:
        shown = [("", change.new)]
    return [(label, form or "not there") for label, form in shown]


def _notes(found: ContractDiff) -> list[str]:
    lines = []
    for item in found.passing:
        steps = ", ".join(
            f"{'there' if step.form else 'gone'} in {step.release}"
            if index in (0, len(item.steps) - 1)
            else f"other in {step.release}"
            for index, step in enumerate(item.steps)
        )
        lines.append(f"in between only: {item.symbol} ({steps})")
    names = found.names
    if names is not None:
        lines.append(
            f"modules: {len(found.modules_added):,} added, {len(found.modules_removed):,} removed; "
            f"names: {names.added:,} added, {names.removed:,} removed, "
            f"{names.moved:,} of them found elsewhere now"
        )
    return lines
