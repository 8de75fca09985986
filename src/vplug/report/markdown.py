"""A report as Markdown, for a job's summary or a comment on a change."""

from __future__ import annotations

import re

from vplug.model import Finding, Location, OutcomeKind, Report, Severity, TargetReport
from vplug.report.places import doubts, file_of, member_of, spot

#: Rows of a target that are shown; a job's summary may hold 1 MiB in all.
ROWS = 200
_SPECIAL = re.compile(r"([\\`*_\[\]|~$])")


def escape(text: str) -> str:
    """Return ``text`` so that Markdown, its tables, HTML and mentions take it for plain words."""
    return _SPECIAL.sub(r"\\\1", _plain(text)).replace("@", "&#64;")


def code(text: str) -> str:
    """Return ``text`` as code that may stand in a table's cell."""
    inside = _SPECIAL.sub(lambda match: f"&#{ord(match[0])};", _plain(text)).replace("@", "&#64;")
    return f"<code>{inside}</code>"


def _plain(text: str) -> str:
    one_line = text.replace("\r", " ").replace("\n", " ")
    return one_line.replace("&", "&amp;").replace("<", "&lt;")


def markdown(report: Report) -> str:
    """Return the report as Markdown: a verdict, then a table a target."""
    lines = [f"## vplug: {_verdict(report)}", ""]
    release = report.labels.get("vllm")
    if release:
        note = f" ({escape(report.labels['note'])})" if report.labels.get("note") else ""
        lines += [f"Against vLLM {escape(release)}{note}.", ""]
    for target in report.targets:
        lines += _target(target)
    return "\n".join(lines).rstrip("\n") + "\n"


def _verdict(report: Report) -> str:
    parts = [
        f"{count} {severity}{'s' if count != 1 else ''}"
        for severity in Severity
        if (count := report.count(severity))
    ]
    failed = sum(target.error is not None for target in report.targets)
    if failed:
        parts.append(f"{failed} target{'s' if failed != 1 else ''} could not be looked at")
    return ", ".join(parts) or "no findings"


def _target(target: TargetReport) -> list[str]:
    label = target.target
    if target.distribution is not None and target.distribution.label != label:
        label = f"{label} · {target.distribution.label}"
    lines = [f"### {escape(label)}", ""]
    if target.error is not None:
        hint = f" {escape(target.hint)}" if target.hint else ""
        return [*lines, f"**error:** {escape(target.error)}.{hint}", ""]
    if target.findings:
        lines += ["| severity | rule | where | what |", "|---|---|---|---|"]
        worst_first = sorted(target.findings, key=lambda finding: finding.severity.rank)
        lines += [_row(target, finding) for finding in worst_first[:ROWS]]
        if len(worst_first) > ROWS:
            lines.append(f"| | | | {len(worst_first) - ROWS} more are left out here |")
    else:
        passed = sum(outcome.kind is OutcomeKind.PASS for outcome in target.outcomes)
        none = "No findings to show" if target.hidden else "No findings"
        lines.append(f"{none}; {passed} checks passed.")
    told = [_doubt(target, *item) for item in doubts(target)]
    quiet = [
        f"- {count} finding{'s' if count != 1 else ''} {why}"
        for count, why in (
            (len(target.hidden), "milder than was asked for"),
            (target.suppressed, "kept quiet by a comment"),
            (target.baselined, "kept quiet by the baseline"),
        )
        if count
    ]
    expired = [
        f"- the baseline expects {known.code} in "
        f"{code(file_of(target, known.path) if known.path else target.target)}, "
        f"which is no longer found: {escape(known.message)}"
        for known in target.expired
    ]
    extra = [*told, *quiet, *expired]
    return [*lines, "", *extra, *([""] if extra else [])]


def _row(target: TargetReport, finding: Finding) -> str:
    place = finding.location
    where = ""
    if place is not None:
        file = place.path if member_of(target, finding) else file_of(target, place.path)
        where = code(f"{file}:{place.line}" if place.line is not None else file)
    what = escape(finding.message)
    if finding.hint:
        what += f"<br>{escape(finding.hint)}"
    return f"| {finding.severity} | {finding.code} {finding.rule} | {where} | {what} |"


def _doubt(
    target: TargetReport,
    kind: OutcomeKind,
    place: Location | None,
    reason: str,
    codes: tuple[str, ...],
) -> str:
    word = "crashed" if kind is OutcomeKind.CRASHED else "cannot tell"
    where = f" {code(spot(target, place))}" if place is not None else ""
    return f"- {word} {', '.join(codes)}{where}: {escape(reason)}".replace("  ", " ")
