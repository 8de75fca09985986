"""What ``vplug publish`` shows a person: the gates, what goes where, and what became of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vplug.model import OutcomeKind, Severity
from vplug.release.publish.nouns import FileState, Seen

if TYPE_CHECKING:
    from rich.console import Console

    from vplug.model import TargetReport
    from vplug.release.publish.nouns import DistFile, Gate, PublishReport

_STYLES = {
    OutcomeKind.PASS: "green",
    OutcomeKind.FAIL: "bold red",
    OutcomeKind.CRASHED: "bold red",
}
_SEVERITIES = {Severity.ERROR: "bold red", Severity.WARNING: "yellow", Severity.INFO: "cyan"}
_STATES = {
    FileState.SENT: ("sent", "green"),
    FileState.PRESENT: ("there", "green"),
    FileState.REFUSED: ("not sent", "bold red"),
    FileState.NOT_SENT: ("not sent", "bold red"),
    FileState.UNKNOWN: ("broken", "yellow"),
    FileState.WAITING: ("to send", ""),
}
_SEEN = {
    Seen.MATCHES: "on the index, same sha256",
    Seen.DIFFERS: "on the index with OTHER bytes",
    Seen.ABSENT: "not on the index",
    Seen.UNKNOWN: "the index cannot be asked",
    Seen.NOT_ASKED: "",
}


def print_plan(report: PublishReport, out: Console) -> None:
    """Print the gates, and what is to be sent where."""
    _say(out, (f"Publishing {report.chosen.distribution} {report.chosen.version}", "bold"))
    for gate in report.gates:
        _gate(gate, out)
    where = f"{report.repository} " if report.repository else ""
    _say(out, ("Files for ", "bold"), (where, "bold"), (report.url, "bold"))
    for file in report.chosen.files:
        state, style = _STATES[file.state]
        if file.state is FileState.WAITING and (report.dry_run or report.status):
            state = "would send"
        elif file.state is FileState.PRESENT:
            state = "there already"
        rest = f"  {_SEEN[file.seen]}" if file.seen is not Seen.NOT_ASKED else ""
        _say(out, (f"  {state:<13} ", style), f"{file.path}  {_human(file.size)}{rest}")
        # At this indent it fits 80 columns: a hash that a terminal breaks is hard to compare.
        _say(out, f"    sha256 {file.sha256}")
        for path in file.attestations:
            _say(out, f"    with {path}")
    for note in report.chosen.notes:
        _say(out, ("note: ", "dim"), note)


def print_outcome(report: PublishReport, out: Console) -> None:
    """Print what became of the files, and what to do next."""
    files = report.chosen.files
    if report.sending:
        _say(out, ("Sent", "bold"))
        for file in files:
            state, style = _STATES[file.state]
            seen = f"  {_SEEN[file.seen]}" if _SEEN[file.seen] else ""
            _say(out, (f"  {state:<8} ", style), f"{file.path}{seen}")
    elif report.dry_run and not report.status:
        waiting = [file for file in files if file.state is FileState.WAITING]
        _say(out, f"Dry run: nothing was sent; {_count(waiting)} would be.")
    elif report.install is not None:
        _say(out, "Nothing to send: the index has all of it, with the same bytes.")
    if report.finish is not None:
        some = any(file.state in (FileState.SENT, FileState.PRESENT) for file in files)
        _say(out, f"Send {'the rest' if some else 'them'} with: {report.finish}")
    if report.install is not None:
        _say(out, f"Install it with: {report.install}")


def _gate(gate: Gate, out: Console) -> None:
    style = _STYLES.get(gate.outcome, "yellow")
    _prose(out, [(f"  {gate.outcome:<12}", style), f"{gate.name:<10} "], gate.message)
    for detail in gate.details:
        _prose(out, [f"{'':14}- "], detail)
    for target in gate.reports:
        _findings(target, out)
    if gate.hint and gate.outcome is not OutcomeKind.PASS:
        _prose(out, [f"{'':14}→ "], gate.hint)


def _prose(out: Console, start: list[str | tuple[str, str]], text: str) -> None:
    """Print a sentence, on a terminal wrapped between words and below where it starts."""
    import textwrap

    lines = [text]
    indent = sum(len(part if isinstance(part, str) else part[0]) for part in start)
    if out.is_terminal and out.width - indent > 20:
        lines = textwrap.wrap(
            text, out.width - indent, break_long_words=False, break_on_hyphens=False
        ) or [""]
    _say(out, *start, lines[0])
    for line in lines[1:]:
        _say(out, f"{'':{indent}}{line}")


def _findings(target: TargetReport, out: Console) -> None:
    if target.error is not None:
        _say(out, f"{'':14}{target.target}: {target.error}")
        if target.hint:
            _say(out, f"{'':16}→ {target.hint}")
        return
    for finding in target.findings:
        inside = str(finding.location) if finding.location is not None else ""
        place = _place(target, inside)
        _say(
            out,
            f"{'':14}{place}: ",
            (f"{finding.severity} ", _SEVERITIES[finding.severity]),
            (f"{finding.code} ", "magenta"),
            finding.message,
        )
        if finding.hint and finding.severity is Severity.ERROR:
            _say(out, f"{'':16}→ {finding.hint}")


def _place(target: TargetReport, inside: str) -> str:
    """Where to look: a path that can be opened for a project and a folder of files."""
    if not inside:
        return target.target
    if target.kind in ("wheel", "sdist"):
        return f"{target.target}: {inside}"
    return inside if target.target == "." else f"{target.target.rstrip('/')}/{inside}"


def _count(files: list[DistFile]) -> str:
    return f"{len(files)} {'file' if len(files) == 1 else 'files'}"


def _say(out: Console, *parts: str | tuple[str, str]) -> None:
    from rich.text import Text

    # Soft: a path, hash or command cut by a line break cannot be copied.
    out.print(Text.assemble(*parts), soft_wrap=True)


def _human(size: int) -> str:
    exact = f"{size:,} bytes"
    if size < 1024:
        return exact
    return (
        f"{size / 1024:.1f} KiB ({exact})"
        if size < 1 << 20
        else f"{size / (1 << 20):.1f} MiB ({exact})"
    )
