"""What ``vplug publish`` writes for other programs: the gates beside the findings, in every format."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from vplug import __version__
from vplug.cli.documents import ReportFormat, json_text
from vplug.cli.repository import anchored, repository_root
from vplug.model import Finding, OutcomeKind, Report, RuleText, Severity, TargetReport

if TYPE_CHECKING:
    from vplug.cli.documents import Maker
    from vplug.release.publish.nouns import PublishReport

#: The gate after the gates: what twine and the index said.
_SENDING = "sending"
_DOCUMENTATION = (
    "`vplug publish` sends files when every gate passes; this one did not. docs/publish.md says what "
    "each asks."
)


@dataclass(frozen=True, slots=True)
class _Step:
    """A gate, or the sending, as reports tell it: ``sentence`` is the fact and its details."""

    name: str
    outcome: OutcomeKind
    sentence: str
    hint: str | None
    blocks: bool

    @property
    def whole(self) -> str:
        return f"{self.sentence}; {self.hint}" if self.hint else self.sentence

    @property
    def fails(self) -> bool:
        return self.outcome not in (OutcomeKind.PASS, OutcomeKind.SKIPPED)

    @property
    def severity(self) -> Severity:
        return Severity.ERROR if self.blocks else Severity.WARNING


def makers(report: PublishReport, allow_unknown: bool) -> dict[ReportFormat, Maker]:
    """Return what makes each format's document; a gate that cannot tell is a warning where allowed."""
    steps = _steps(report, allow_unknown)

    def as_json() -> str:
        from vplug.release.publish.as_json import report_as_json

        return json_text(report_as_json(report))

    def as_sarif() -> str:
        from vplug.report.sarif import sarif
        from vplug.rules import all_rules

        found = _findings(report)
        codes = {finding.code for target in found.targets for finding in target.findings}
        rules = [rule.text for rule in all_rules() if rule.code in codes]
        rules += [_rule(step) for step in steps if step.fails]
        return json_text(sarif(_with_steps(report, found, steps), rules, __version__, "publish"))

    def as_github() -> str:
        from vplug.report.github import Annotation, workflow_commands

        told = [
            Annotation(step.severity, f"vplug publish: {step.name}", step.whole)
            for step in steps
            if step.fails
        ]
        return workflow_commands(_findings(report), told)

    def as_junit() -> str:
        from vplug.report.junit import Case, Suite, document, suites
        from vplug.rules import all_rules

        def case(step: _Step) -> Case:
            if step.outcome is OutcomeKind.PASS:
                return Case(step.name, text=step.sentence)
            kind = "failure" if step.blocks else "skipped"
            if step.outcome is OutcomeKind.CRASHED:
                kind = "error"
            return Case(step.name, kind, step.sentence, step.hint or "", "vplug")

        gates = Suite("vplug publish", tuple(map(case, steps)))
        rules = [rule.text for rule in all_rules()]
        return document("vplug publish", (gates, *suites(_findings(report), rules)))

    def as_markdown() -> str:
        from vplug.report.markdown import escape, markdown

        failing = sum(step.blocks for step in steps)
        gates = "gate does" if failing == 1 else "gates do"
        verdict = f"{failing} {gates} not pass" if failing else "every gate lets it through"
        if report.failure is not None:
            verdict = report.failure.message
        what = f"{report.chosen.distribution} {report.chosen.version}"
        lines = [f"## vplug publish: {escape(what)}: {escape(verdict)}", ""]
        lines += ["| gate | outcome | what |", "|---|---|---|"]
        for step in steps:
            hint = f"<br>{escape(step.hint)}" if step.hint and step.fails else ""
            lines.append(f"| {step.name} | {step.outcome} | {escape(step.sentence)}{hint} |")
        found = _findings(report)
        rest = f"\n{markdown(found)}" if found.targets else ""
        return "\n".join(lines) + "\n" + rest

    made: dict[ReportFormat, Callable[[], str]] = {
        ReportFormat.JSON: as_json,
        ReportFormat.SARIF: as_sarif,
        ReportFormat.GITHUB: as_github,
        ReportFormat.JUNIT: as_junit,
        ReportFormat.MARKDOWN: as_markdown,
    }
    return made


def _steps(report: PublishReport, allow_unknown: bool) -> list[_Step]:
    blocking = report.blocking(allow_unknown)
    steps = [
        _Step(
            gate.name,
            gate.outcome,
            "; ".join((gate.message, *gate.details)),
            gate.hint,
            gate in blocking,
        )
        for gate in report.gates
    ]
    if report.failure is not None:
        failure = report.failure
        steps.append(_Step(_SENDING, OutcomeKind.FAIL, failure.message, failure.hint, True))
    elif report.sending:
        message = f"all files are on {report.url}"
        steps.append(_Step(_SENDING, OutcomeKind.PASS, message, None, False))
    return steps


def _findings(report: PublishReport) -> Report:
    targets = tuple(target for gate in report.gates for target in gate.reports)
    return anchored(Report(targets), repository_root())


def _with_steps(report: PublishReport, found: Report, steps: list[_Step]) -> Report:
    """The findings, and one more a gate that does not pass: SARIF has results and nothing else."""
    chosen = report.chosen
    own = TargetReport(
        str(chosen.project if chosen.project is not None else chosen.files[0].path),
        "project" if chosen.project is not None else str(chosen.files[0].kind),
        findings=tuple(
            Finding(
                _code(step),
                step.name,
                step.severity,
                step.sentence,
                hint=step.hint,
                fingerprint=hashlib.sha256(
                    f"{_code(step)}\0{chosen.distribution}".encode()
                ).hexdigest(),
            )
            for step in steps
            if step.fails
        ),
    )
    (placed,) = anchored(Report((own,)), repository_root()).targets
    return Report((*found.targets, placed))


def _code(step: _Step) -> str:
    return f"publish/{step.name}"


def _rule(step: _Step) -> RuleText:
    summary = f"the gate {step.name} of vplug publish does not pass"
    if step.name == _SENDING:
        summary = "sending the files, or reading them back, failed"
    return RuleText(_code(step), f"publish-{step.name}", Severity.ERROR, summary, _DOCUMENTATION)
