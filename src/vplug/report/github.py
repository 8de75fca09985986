"""A report as workflow commands, which GitHub shows as annotations on the lines of a change."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from vplug.model import Finding, OutcomeKind, Report, Severity, TargetReport
from vplug.report.places import doubts, file_of, in_archive, member_of, sentence

LEVELS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "notice"}
#: GitHub shows this many annotations of a level for a step ("Workflow commands", limits of checks).
LIMIT = 10


@dataclass(frozen=True, slots=True)
class Annotation:
    """What is shown on a line of a file, or on the job where ``file`` is ``None``."""

    severity: Severity
    title: str
    message: str
    file: str | None = None
    line: int | None = None
    column: int | None = None
    end_line: int | None = None
    end_column: int | None = None

    def command(self) -> str:
        """The workflow command."""
        properties = {
            "file": self.file,
            "line": self.line,
            "endLine": self.end_line,
            # GitHub ignores columns where the lines differ.
            "col": self.column if self.end_line in (None, self.line) else None,
            "endColumn": self.end_column if self.end_line == self.line else None,
            "title": self.title,
        }
        told = ",".join(
            f"{key}={escape_property(str(value))}"
            for key, value in properties.items()
            if value is not None
        )
        return f"::{LEVELS[self.severity]} {told}::{escape(self.message)}"

    def plain(self) -> str:
        """A line of the log that no runner takes for a command."""
        place = ":".join(str(part) for part in (self.file, self.line) if part is not None)
        text = f"- {self.severity} {place}: {self.title}: {self.message}"
        return text.replace("\r", " ").replace("\n", " ").replace("##[", "# #[")


def escape(text: str) -> str:
    """Return a message as workflow commands want it: ``%`` first, then CR and LF."""
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def escape_property(text: str) -> str:
    """Return a property's value: as a message, and ``:`` and ``,`` too."""
    return escape(text).replace(":", "%3A").replace(",", "%2C")


def workflow_commands(report: Report, more: Iterable[Annotation] = ()) -> str:
    """Return one workflow command a line, the worst first; empty where there is nothing to say.

    Of a level with more findings than GitHub shows, the last place says how many more there are, and
    those follow as plain lines of the log.

    Args:
        report: what was found.
        more: what is no finding and wants saying; of its severity it comes first.
    """
    found = sorted(
        (*more, *(item for target in report.targets for item in _of(target))),
        key=lambda item: item.severity.rank,
    )
    commands: list[str] = []
    rest: list[str] = []
    for severity in Severity:
        level = [item for item in found if item.severity is severity]
        if len(level) <= LIMIT:
            commands += [item.command() for item in level]
            continue
        shown, hidden = level[: LIMIT - 1], level[LIMIT - 1 :]
        commands += [item.command() for item in shown]
        rest_told = (
            f"{len(hidden)} more {LEVELS[severity]}s are not annotated: GitHub shows {LIMIT} of a "
            "level for a step; the step's log lists them all"
        )
        commands.append(Annotation(severity, "vplug", rest_told).command())
        rest += [item.plain() for item in hidden]
    return "".join(f"{line}\n" for line in [*commands, *rest])


def _of(target: TargetReport) -> Iterator[Annotation]:
    if target.error is not None:
        text = f"{target.target}: {target.error}" + (f"; {target.hint}" if target.hint else "")
        yield Annotation(Severity.ERROR, "vplug cannot look at a target", text)
    for finding in target.findings:
        yield _finding(target, finding)
    for known in target.expired:
        yield Annotation(
            Severity.INFO,
            f"{known.code} is gone",
            f"{known.message}: in the baseline and no longer found; --write-baseline takes it out",
            file_of(target, known.path or None),
        )
    for kind, place, reason, codes in doubts(target):
        severity = Severity.WARNING if target.strict else Severity.INFO
        word = "cannot tell"
        if kind is OutcomeKind.CRASHED:
            severity, word = Severity.ERROR, "crashed"
        yield Annotation(
            severity,
            f"{word}: {', '.join(codes)}" if codes else word,
            reason,
            file_of(target, place.path if place is not None else None),
            place.line if place is not None and not in_archive(target) else None,
        )


def _finding(target: TargetReport, finding: Finding) -> Annotation:
    place = finding.location if not in_archive(target) else None
    return Annotation(
        finding.severity,
        f"{finding.code} {finding.rule}",
        member_of(target, finding) + sentence(finding),
        file_of(target, finding.location.path if finding.location is not None else None),
        place.line if place is not None else None,
        place.column if place is not None else None,
        place.end_line if place is not None else None,
        place.end_column if place is not None else None,
    )
