"""A validation report for a person: one line a finding, as linters print them, then a summary."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from vplug.model import Finding, OutcomeKind, Report, Severity, TargetReport
from vplug.report.layout import hanging

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rich.console import Console
    from rich.text import Text

SEVERITY_STYLES = {Severity.ERROR: "bold red", Severity.WARNING: "yellow", Severity.INFO: "cyan"}
#: How many of the plugins that one finding speaks of are named.
_NAMED = 4


def print_report(report: Report, console: Console) -> None:
    """Print every target's findings, what could not be told, and what could not be read."""
    from rich.text import Text

    if report.labels.get("vllm"):
        note = f" ({report.labels['note']})" if report.labels.get("note") else ""
        console.print(
            Text(f"against vLLM {report.labels['vllm']}{note}", style="dim"),
            soft_wrap=not console.is_terminal,
        )
    for target in report.targets:
        console.print(_heading(target))
        if target.error is not None:
            console.print(
                Text.assemble(("  error: ", "bold red"), target.error),
                soft_wrap=not console.is_terminal,
            )
            if target.hint:
                console.print(
                    Text.assemble(("  hint:  ", "dim"), target.hint),
                    soft_wrap=not console.is_terminal,
                )
            continue
        several = len(target.plugins) > 1
        named = _named(target) if several else frozenset()
        # Many remarks must not bury what breaks; within a severity the order is that of the files.
        for finding in sorted(target.findings, key=lambda item: item.severity.rank):
            hanging(console, _finding(finding, several, named), 2, 4)
            if finding.hint:
                hanging(console, Text.assemble(("→ ", "dim"), finding.hint), 6, 2)
        for text in [*_doubts(target), *_expired(target)]:
            hanging(console, text, 2, 4)
        console.print(_tally(target), soft_wrap=not console.is_terminal)


def _heading(target: TargetReport) -> Text:
    from rich.text import Text

    what = f" ({target.kind})" if target.kind else ""
    label = ""
    if target.distribution is not None and target.distribution.label != target.target:
        label = f" · {target.distribution.label}"
    return Text.assemble((target.target, "bold"), (what + label, "dim"))


def _named(target: TargetReport) -> frozenset[str]:
    """Rules of runs, which speak of "it", where each plugin that failed has a finding of its own.

    One line that several plugins run into is one finding, which names them all.
    """
    failed: dict[str, set[str | None]] = {}
    told: dict[str, set[str | None]] = {}
    for outcome in target.outcomes:
        if outcome.kind is OutcomeKind.FAIL and (outcome.code or "").startswith("VP7"):
            failed.setdefault(outcome.code or "", set()).add(outcome.subject)
    for finding in target.findings:
        told.setdefault(finding.code, set()).update((finding.subject, *finding.also))
    return frozenset(code for code, subjects in failed.items() if subjects == told.get(code))


def _finding(finding: Finding, several: bool, named: frozenset[str]) -> Text:
    """One line: the place, and the plugin where the target has several and no place tells."""
    from rich.text import Text

    name = _names(finding)
    placed = finding.location is not None and finding.code not in named
    whose = several and not placed and name and name not in finding.message
    place = f"{finding.location}: " if finding.location is not None else ""
    return Text.assemble(
        (place, "bold") if place else "",
        (f"{finding.severity} ", SEVERITY_STYLES[finding.severity]),
        (f"{finding.code} ", "magenta"),
        f"{name}: " if whose else "",
        finding.message,
        (f"  [{finding.rule}]", "dim"),
    )


def _names(finding: Finding) -> str:
    """The plugins that a finding speaks of, the first few by name."""
    names = [(subject or "").partition(":")[2] for subject in (finding.subject, *finding.also)]
    cut = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    return ", ".join(dict.fromkeys(names[:_NAMED])) + cut


def _doubts(target: TargetReport) -> Iterator[Text]:
    from rich.text import Text

    several = len(target.plugins) > 1
    codes: dict[tuple[str, str, str], list[str]] = {}
    names: dict[tuple[str, str, str], list[str]] = {}
    for outcome in target.outcomes:
        if outcome.kind in (OutcomeKind.UNKNOWN, OutcomeKind.CRASHED):
            place = f"{outcome.location}: " if outcome.location is not None else ""
            key = (str(outcome.kind), place, outcome.reason or "")
            if outcome.code not in codes.setdefault(key, []):
                codes[key].append(outcome.code)
            name = (outcome.subject or "").partition(":")[2]
            if several and not place and name and name not in (outcome.reason or ""):
                names.setdefault(key, []).append(name)
    for key, found in codes.items():
        kind, place, reason = key
        word, style = ("cannot tell", "blue") if kind == "cannot-tell" else ("crashed", "bold red")
        whose = ", ".join(dict.fromkeys(names.get(key, ())))
        yield Text.assemble(
            (place, "bold"),
            (f"{word} ", style),
            (f"{', '.join(found)} ", "magenta"),
            f"{whose}: " if whose else "",
            reason,
        )


def _expired(target: TargetReport) -> Iterator[Text]:
    from rich.text import Text

    for known in target.expired:
        place = f"{known.path}: " if known.path else ""
        count = f" ({known.count} times)" if known.count > 1 else ""
        yield Text.assemble(
            (place, "bold"),
            ("gone ", "green"),
            (f"{known.code} ", "magenta"),
            f"{known.message}{count}",
            ("  [in the baseline; --write-baseline takes it out]", "dim"),
        )


def _tally(target: TargetReport) -> Text:
    from rich.text import Text

    counts = Counter(finding.severity for finding in (*target.findings, *target.hidden))
    kinds = Counter(outcome.kind for outcome in target.outcomes)
    parts = [
        f"{counts[severity]} {severity}{'s' if counts[severity] != 1 else ''}"
        for severity in Severity
        if counts[severity]
    ]
    plugins = len(target.plugins)
    what = f"{plugins} plugin{'s' if plugins != 1 else ''}"
    rest = f"{kinds[OutcomeKind.PASS]} checks passed"
    for kind, word in (
        (OutcomeKind.SKIPPED, "skipped"),
        (OutcomeKind.UNKNOWN, "could not be told"),
        (OutcomeKind.CRASHED, "crashed"),
    ):
        if kinds[kind]:
            rest += f", {kinds[kind]} {word}"
    if target.hidden:
        rest += f", {len(target.hidden)} finding{'s' if len(target.hidden) != 1 else ''} not shown"
    if target.suppressed:
        rest += f", {target.suppressed} finding{'s' if target.suppressed != 1 else ''} ignored"
    if target.baselined:
        rest += (
            f", {target.baselined} finding{'s' if target.baselined != 1 else ''} in the baseline"
        )
    verdict = ", ".join(parts) if parts else "no findings"
    style = "green" if not parts else ("bold red" if counts[Severity.ERROR] else "yellow")
    return Text.assemble("  ", (verdict, style), (f" in {what} ({rest})", "dim"))


def summary_line(report: Report) -> str:
    """Return the one line that goes to stderr after several targets."""
    counts = [f"{report.count(s)} {s}{'s' if report.count(s) != 1 else ''}" for s in Severity]
    failed = sum(target.error is not None for target in report.targets)
    text = f"{len(report.targets)} targets: {', '.join(counts)}"
    return text + (f"; {failed} could not be looked at" if failed else "")
