"""JUnit: what Jenkins and GitLab read of it, and that nothing makes it no XML."""

from __future__ import annotations

from dataclasses import replace
from xml.etree import ElementTree as ET

import pytest

from vplug.model import (
    Finding,
    Location,
    Outcome,
    OutcomeKind,
    Report,
    RuleText,
    Severity,
    TargetReport,
)
from vplug.report.junit import junit

RULES = [RuleText(f"VP10{n}", f"rule-{n}", Severity.ERROR, "", "") for n in range(1, 8)]
FAILED = Outcome("VP104", OutcomeKind.FAIL, None, "g:n")
FINDING = Finding("VP104", "rule-4", Severity.ERROR, "no x", Location("a.py", 3, 5), "mend", "g:n")


def suites(*targets: TargetReport) -> list[ET.Element]:
    root = ET.fromstring(junit(Report(targets), RULES))
    assert root.tag == "testsuites"
    for suite in [root, *root]:
        cases = list(suite.iter("testcase"))
        assert int(suite.get("tests", "")) == len(cases)
        for kind, count in (("failure", "failures"), ("error", "errors"), ("skipped", "skipped")):
            assert int(suite.get(count, "")) == sum(case.find(kind) is not None for case in cases)
    return list(root)


def case_of(target: TargetReport) -> ET.Element:
    ((case,),) = suites(target)
    return case


def target(**fields: object) -> TargetReport:
    return replace(TargetReport("demo.d", "project", anchor="p"), **fields)  # type: ignore[arg-type]


def test_every_outcome_is_a_case() -> None:
    outcomes = tuple(
        Outcome(f"VP10{n}", kind, "why") for n, kind in enumerate(OutcomeKind, start=1)
    )
    (suite,) = suites(target(outcomes=outcomes))
    assert suite.get("name") == "demo.d"
    assert [case.get("name") for case in suite] == [f"VP10{n} rule-{n}" for n in range(1, 6)]
    assert {case.get("classname") for case in suite} == {"vplug.demo_d"}
    children = [[child.tag for child in case] for case in suite]
    assert children == [[], ["system-out"], ["skipped"], ["skipped"], ["error"]]


def test_a_finding_that_fails_is_a_failure_with_its_place() -> None:
    case = case_of(target(findings=(FINDING, replace(FINDING, message="no y")), outcomes=(FAILED,)))
    assert case.get("name") == "VP104 rule-4 (g:n)"
    assert case.get("file") == "p/a.py"
    failure = case.find("failure")
    assert failure is not None
    assert (failure.get("message"), failure.get("type")) == ("no x (+1 more)", "VP104")
    assert failure.text == "p/a.py:3:5: error VP104 no x; mend\np/a.py:3:5: error VP104 no y; mend"


def test_a_finding_that_does_not_fail_the_command_fails_no_case() -> None:
    mild = replace(FINDING, severity=Severity.WARNING)
    case = case_of(target(findings=(mild,), outcomes=(FAILED,)))
    assert [child.tag for child in case] == ["system-out"]
    case = case_of(target(findings=(mild,), outcomes=(FAILED,), fail_on=Severity.WARNING))
    assert [child.tag for child in case] == ["failure"]


def test_what_is_kept_quiet_passes() -> None:
    assert case_of(target(outcomes=(FAILED,))).find("failure") is None


def test_cannot_tell_fails_where_that_is_asked() -> None:
    doubt = Outcome("VP103", OutcomeKind.UNKNOWN, "computed", None, Location("setup.py", 4))
    skipped = case_of(target(outcomes=(doubt,))).find("skipped")
    assert skipped is not None
    assert skipped.get("message") == "cannot tell: p/setup.py:4: computed"
    assert case_of(target(outcomes=(doubt,), strict=True)).find("failure") is not None


def test_a_target_that_cannot_be_looked_at_is_an_error() -> None:
    case = case_of(TargetReport("x.whl", error="x.whl is damaged", hint="again", status=4))
    error = case.find("error")
    assert error is not None
    assert (error.get("message"), error.text) == ("x.whl is damaged", "x.whl is damaged; again")


@pytest.mark.parametrize("text", ["\x00\x1b[0m", "]]>", "<a & b>", "\ud800", "é\u2028", "\ufffe"])
def test_no_text_makes_it_no_xml(text: str) -> None:
    finding = replace(FINDING, message=text, hint=text, location=Location(text, 1))
    case = case_of(target(target=f"t{text}", findings=(finding,), outcomes=(FAILED,)))
    assert case.find("failure") is not None
    assert junit(Report((target(findings=(finding,)),)), RULES).isascii()


def test_nothing_is_a_document_too() -> None:
    assert suites() == []
