"""A report as JUnit XML, as Jenkins and GitLab read it: a suite a target, a case a rule and subject."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from xml.etree import ElementTree as ET

from vplug.model import Finding, Outcome, OutcomeKind, Report, RuleText, Severity, TargetReport
from vplug.report.places import file_of, member_of, sentence, spot

#: What XML 1.0 cannot hold, not even escaped.
_ILLEGAL = re.compile("[^\t\n\r -\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


@dataclass(frozen=True, slots=True)
class Case:
    """One test case.

    Attributes:
        name: what was asked.
        kind: ``passed``, ``failure``, ``error`` or ``skipped``.
        message: one line on why it did not pass.
        text: the details; for a passed one, what is worth knowing still.
        type: the kind of failure: a rule's code.
        file: where to look, or ``None``.
    """

    name: str
    kind: str = "passed"
    message: str = ""
    text: str = ""
    type: str = ""
    file: str | None = None


@dataclass(frozen=True, slots=True)
class Suite:
    """A named list of cases."""

    name: str
    cases: tuple[Case, ...]


def junit(report: Report, rules: Sequence[RuleText]) -> str:
    """Return the report of ``vplug validate`` as a JUnit document; see :func:`suites`."""
    return document("vplug validate", suites(report, rules))


def suites(report: Report, rules: Sequence[RuleText]) -> tuple[Suite, ...]:
    """Return a suite a target.

    A finding fails its case where it fails the command; a milder one stands in the case's output.
    What was skipped or cannot be told is skipped (a failure under ``strict``); what crashed or cannot
    be read is an error.

    Args:
        report: what was found.
        rules: gives the names of the rules.
    """
    names = {rule.code: rule.name for rule in rules}
    return tuple(
        Suite(target.target, tuple(_cases(report, target, names))) for target in report.targets
    )


def document(name: str, suites: Iterable[Suite]) -> str:
    """Return suites as one XML document: ASCII, so that no encoding on the way can spoil it."""
    listed = list(suites)
    root = ET.Element("testsuites", {"name": _clean(name), **_counts(_all(listed))})
    for suite in listed:
        element = ET.SubElement(
            root, "testsuite", {"name": _clean(suite.name), **_counts(suite.cases)}
        )
        for case in suite.cases:
            _add(element, suite, case)
    ET.indent(root)
    data: bytes = ET.tostring(root, encoding="us-ascii", xml_declaration=True)
    return data.decode("ascii") + "\n"


def _all(suites: Iterable[Suite]) -> tuple[Case, ...]:
    return tuple(case for suite in suites for case in suite.cases)


def _counts(cases: Sequence[Case]) -> dict[str, str]:
    kinds = [case.kind for case in cases]
    return {
        "tests": str(len(cases)),
        "failures": str(kinds.count("failure")),
        "errors": str(kinds.count("error")),
        "skipped": str(kinds.count("skipped")),
        "time": "0",
    }


def _add(element: ET.Element, suite: Suite, case: Case) -> None:
    # Jenkins splits a class name at its last dot into package and class.
    owner = "vplug." + _clean(suite.name).removeprefix("vplug ").replace(".", "_")
    attributes = {"classname": owner, "name": _clean(case.name), "time": "0"}
    if case.file is not None:
        attributes["file"] = _clean(case.file)
    item = ET.SubElement(element, "testcase", attributes)
    if case.kind == "passed":
        if case.text:
            ET.SubElement(item, "system-out").text = _clean(case.text)
        return
    told = {"message": _clean(case.message)}
    if case.type:
        told["type"] = case.type
    if case.kind == "skipped":
        told.pop("type", None)
    result = ET.SubElement(item, case.kind, told)
    if case.text:
        result.text = _clean(case.text)


def _clean(text: str) -> str:
    return _ILLEGAL.sub("\ufffd", text)


def _cases(report: Report, target: TargetReport, names: dict[str, str]) -> Iterator[Case]:
    if target.error is not None:
        text = f"{target.error}; {target.hint}" if target.hint else target.error
        yield Case("the target can be looked at", "error", target.error, text, "vplug")
        return
    threshold = target.fail_on or report.fail_on
    for outcome in target.outcomes:
        name = f"{outcome.code} {names.get(outcome.code, '')}".strip()
        if outcome.subject is not None:
            name += f" ({outcome.subject})"
        yield _case(target, outcome, name, threshold)


def _case(target: TargetReport, outcome: Outcome, name: str, threshold: Severity) -> Case:
    reason = outcome.reason or "no reason given"
    if outcome.kind is OutcomeKind.SKIPPED:
        return Case(name, "skipped", reason)
    if outcome.kind is OutcomeKind.CRASHED:
        return Case(name, "error", f"the rule crashed: {reason}", "", outcome.code)
    if outcome.kind is OutcomeKind.UNKNOWN:
        place = f"{spot(target, outcome.location)}: " if outcome.location is not None else ""
        text = f"cannot tell: {place}{reason}"
        return Case(name, "failure" if target.strict else "skipped", text, "", outcome.code)
    if outcome.kind is OutcomeKind.PASS:
        return Case(name)
    found = [
        finding
        for finding in target.findings
        if finding.code == outcome.code and finding.subject == outcome.subject
    ]
    lines = "\n".join(_line(target, finding) for finding in found)
    failing = [finding for finding in found if finding.severity.at_least(threshold)]
    if not failing:
        quiet = (
            "nothing fails: kept quiet, not shown, or told under another plugin of the same code"
        )
        return Case(name, text=lines or quiet)
    more = f" (+{len(failing) - 1} more)" if len(failing) > 1 else ""
    where = failing[0].location
    file = file_of(target, where.path if where is not None else None)
    return Case(name, "failure", failing[0].message + more, lines, outcome.code, file)


def _line(target: TargetReport, finding: Finding) -> str:
    if finding.location is None:
        place = ""
    elif member_of(target, finding):
        place = f"{file_of(target, None)}: {member_of(target, finding)}"
    else:
        place = f"{spot(target, finding.location)}: "
    return f"{place}{finding.severity} {finding.code} {sentence(finding)}"
