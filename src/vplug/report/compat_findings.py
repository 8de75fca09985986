"""A compatibility matrix as a report of findings, for the formats that know only findings."""

from __future__ import annotations

from collections.abc import Sequence

from vplug.model import (
    CompatMatrix,
    CompatReason,
    Finding,
    Outcome,
    OutcomeKind,
    Report,
    RuleText,
    Severity,
    TargetReport,
    Verdict,
)
from vplug.report.junit import Case, Suite, document


def must_work(matrix: CompatMatrix, asked: bool) -> frozenset[str]:
    """Return the releases in which a break fails the command.

    Those are the declared ones that are broken, and all of the matrix's where ``asked`` (with
    ``--vllm``).
    """
    return frozenset(matrix.releases if asked else matrix.too_much)


def compat_report(
    matrices: Sequence[CompatMatrix],
    rules: Sequence[RuleText],
    asked: bool,
    failures: Sequence[TargetReport] = (),
) -> Report:
    """Return one finding for each distinct reason, with the releases it speaks of.

    What breaks a release that must work is an error; what breaks others is told as information; a
    warning is one wherever it stands. What cannot be told is an outcome, never a finding. Targets that
    could not be looked at come last.
    """
    names = {rule.code: rule.name for rule in rules}
    targets = []
    for matrix in matrices:
        wanted = must_work(matrix, asked)
        findings, outcomes = [], []
        for plugin in matrix.plugins:
            for reason, releases in _by_reason(matrix, plugin.reasons):
                message = f"{reason.message} (vLLM {spans(matrix, releases)})"
                if not reason.code:
                    outcomes.append(
                        Outcome("", OutcomeKind.UNKNOWN, message, plugin.name, reason.location)
                    )
                    continue
                findings.append(
                    Finding(
                        reason.code,
                        names.get(reason.code, ""),
                        _severity(reason, bool(wanted & set(releases))),
                        message,
                        reason.location,
                        reason.hint,
                        plugin.name,
                    )
                )
        unique = {(f.code, f.message, f.location): f for f in reversed(findings)}
        targets.append(
            TargetReport(
                matrix.target,
                str(matrix.distribution.origin.kind),
                matrix.distribution,
                findings=tuple(reversed(unique.values())),
                outcomes=tuple(outcomes),
                fail_on=Severity.ERROR,
            )
        )
    return Report((*targets, *failures))


def _severity(reason: CompatReason, wanted: bool) -> Severity:
    if reason.verdict is Verdict.BROKEN:
        return Severity.ERROR if wanted else Severity.INFO
    return Severity.WARNING


def _by_reason(
    matrix: CompatMatrix, reasons: Sequence[Sequence[CompatReason]]
) -> list[tuple[CompatReason, list[str]]]:
    found: dict[CompatReason, list[str]] = {}
    for release, items in zip(matrix.releases, reasons, strict=True):
        for reason in items:
            found.setdefault(reason, []).append(release)
    return list(found.items())


def spans(matrix: CompatMatrix, releases: Sequence[str]) -> str:
    """Return releases of the matrix as runs: ``0.7.0 to 0.12.0, 0.14.0``."""
    positions = [matrix.releases.index(release) for release in releases]
    runs: list[tuple[int, int]] = []
    for position in positions:
        if runs and runs[-1][1] == position - 1:
            runs[-1] = (runs[-1][0], position)
        else:
            runs.append((position, position))
    return ", ".join(
        matrix.releases[first]
        if first == last
        else f"{matrix.releases[first]} to {matrix.releases[last]}"
        for first, last in runs
    )


def compat_junit(
    matrices: Sequence[CompatMatrix], asked: bool, failures: Sequence[TargetReport] = ()
) -> str:
    """Return the matrices as JUnit: a suite a target, a case a release and plugin.

    Fails where a release that must work is broken; skipped where it cannot be told, or is broken and
    nobody claims it works.
    """
    suites = []
    for matrix in matrices:
        wanted = must_work(matrix, asked)
        cases = [
            _case(release, plugin.name, plugin.verdicts[at], plugin.reasons[at], release in wanted)
            for at, release in enumerate(matrix.releases)
            for plugin in matrix.plugins
        ]
        suites.append(Suite(matrix.target, tuple(cases)))
    for item in failures:
        message = item.error or ""
        suites.append(Suite(item.target, (Case("target", "error", message, item.hint or message),)))
    return document("vplug compat", suites)


def _case(
    release: str, plugin: str, verdict: Verdict, reasons: Sequence[CompatReason], wanted: bool
) -> Case:
    name = f"vLLM {release} ({plugin})"
    lines = "\n".join(
        f"{f'{reason.location}: ' if reason.location is not None else ''}"
        f"{reason.verdict} {reason.code} {reason.message}"
        for reason in reasons
    )
    first = reasons[0] if reasons else None
    message = first.message if first is not None else str(verdict)
    if verdict is Verdict.BROKEN and wanted:
        return Case(name, "failure", message, lines, first.code if first is not None else "")
    if verdict is Verdict.BROKEN:
        return Case(name, "skipped", f"broken, and not declared: {message}", lines)
    if verdict is Verdict.UNKNOWN:
        return Case(name, "skipped", f"cannot tell: {message}", lines)
    return Case(name, text=lines)
