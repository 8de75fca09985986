"""Every case of the corpus: exactly the findings and doubts that stand beside it, and no others."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from vplug.model import OutcomeKind
from vplug.rules.config import Settings

if TYPE_CHECKING:
    from pathlib import Path

#: Cases that show a fault in vplug: what it is. The entry goes when the fault is mended.
XFAIL: dict[str, str] = {}

#: Cases on which a rule crashes that is not the one the case is about.
CRASHES: dict[str, str] = {}


def report_on(case, check, folder: Path, *codes: str):
    """The one report on a case."""
    target, check.environment = case.set_up(folder)
    check.vllm = case.vllm
    (report,) = check.report(target, settings=Settings(select=codes)).targets
    return report


@pytest.fixture(autouse=True)
def known_fault(request: pytest.FixtureRequest) -> None:
    """Expect failure of the cases in the tables."""
    if "case" not in request.fixturenames:
        return
    case = request.getfixturevalue("case")
    known = {test_findings: XFAIL, test_no_rule_crashes: CRASHES}.get(request.function, {})
    if case.id in known:
        request.applymarker(pytest.mark.xfail(strict=True, reason=known[case.id]))


def test_findings(case, check, tmp_path: Path) -> None:
    expected = case.expected
    report = report_on(case, check, tmp_path, *case.codes)
    if "error" in expected:
        assert expected["error"] in (report.error or "")
        return
    assert report.error is None
    wanted = sorted(expected["findings"], key=place_of_wanted)
    found = sorted(report.findings, key=place)
    assert [place(f) for f in found] == [place_of_wanted(item) for item in wanted], report.outcomes
    for finding, item in zip(found, wanted, strict=True):
        assert item.get("message_contains", "") in finding.message
        assert item.get("hint_contains", "") in (finding.hint or "")
        assert item.get("severity", finding.severity) == finding.severity
    doubts = {o.code for o in report.outcomes if o.kind is OutcomeKind.UNKNOWN}
    assert doubts == set(expected.get("cannot_tell", ())), report.outcomes
    assert report.suppressed == expected.get("suppressed", 0)


def place(finding) -> tuple[str, str, int]:
    where = finding.location
    return (finding.code, where.path if where else "", where.line or 0 if where else 0)


def place_of_wanted(item: dict) -> tuple[str, str, int]:
    return (item["code"], item["path"] or "", item.get("line") or 0)


def test_no_rule_crashes(case, check, tmp_path: Path) -> None:
    report = report_on(case, check, tmp_path)
    crashed = [o for o in report.outcomes if o.kind is OutcomeKind.CRASHED]
    assert not crashed
    for text in [f.message for f in report.findings] + [o.reason or "" for o in report.outcomes]:
        assert "\n" not in text


def test_case_is_of_its_folder(case) -> None:
    assert case.code in case.codes
    for item in case.expected["findings"]:
        assert item["code"] in case.codes


def test_known_faults_are_of_cases_that_are_there(cases) -> None:
    assert {*XFAIL, *CRASHES} <= {case.id for case in cases}
