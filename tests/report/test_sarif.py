"""SARIF: valid by its published schema, and in the shape that code scanning reads."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft4Validator
from tests.support import distribution

from vplug.loader import Allowlist, plan
from vplug.model import (
    Finding,
    KnownFinding,
    Location,
    Outcome,
    OutcomeKind,
    Report,
    RuleText,
    Severity,
    TargetReport,
)
from vplug.report.sarif import TEXT_LIMIT, sarif
from vplug.rules import all_rules

SCHEMA = json.loads((Path(__file__).parent / "schemas" / "sarif-2.1.0.json").read_text("utf-8"))
DEMO = distribution("demo", ("vllm.general_plugins", "mine", "demo:register"))
RULES = [rule.text for rule in all_rules()]
FINDING = Finding(
    "VP104", "missing-attribute", Severity.ERROR, "no x", Location("a b/c#d.py", 3, 5, 3, 9),
    "mend", "g:n", "ab" * 32,
)  # fmt: skip


def target(**fields: object) -> TargetReport:
    base = TargetReport("demo", "project", DEMO, plan((DEMO,), Allowlist(None)), anchor="sub/demo")
    return replace(base, **fields)  # type: ignore[arg-type]


def run_of(report: Report, rules: list[RuleText] = RULES) -> dict[str, Any]:
    log = sarif(report, rules, "1.2.3")
    faults = [
        f"{error.json_path} {error.message}" for error in Draft4Validator(SCHEMA).iter_errors(log)
    ]
    assert not faults
    assert log["version"] == "2.1.0"
    (run,) = log["runs"]
    return run


def result_of(finding: Finding, **fields: object) -> dict[str, Any]:
    (result,) = run_of(Report((target(findings=(finding,), **fields),)))["results"]
    return result


def test_an_empty_report_is_valid() -> None:
    run = run_of(Report(), [])
    assert run["results"] == []
    assert run["invocations"][0]["executionSuccessful"] is True


def test_every_selected_rule_is_listed_with_its_texts_and_level() -> None:
    rules = run_of(Report())["tool"]["driver"]["rules"]
    assert [rule["id"] for rule in rules] == [rule.code for rule in RULES]
    for rule, text in zip(rules, RULES, strict=True):
        assert 0 < len(rule["shortDescription"]["text"]) <= TEXT_LIMIT
        assert 0 < len(rule["fullDescription"]["text"]) <= TEXT_LIMIT
        assert rule["help"]["text"] == text.documentation
        level = {"error": "error", "warning": "warning", "info": "note"}[text.severity]
        assert rule["defaultConfiguration"]["level"] == level
        assert "## What" not in rule["fullDescription"]["text"]


def test_long_texts_are_cut_to_what_is_taken() -> None:
    rule = RuleText("VP999", "long", Severity.INFO, "s" * 3000, "## What it does\n" + "d" * 3000)
    (listed,) = run_of(Report(), [rule])["tool"]["driver"]["rules"]
    assert len(listed["shortDescription"]["text"]) == TEXT_LIMIT
    assert len(listed["fullDescription"]["text"]) == TEXT_LIMIT


def test_a_result_has_all_four_region_fields_and_a_path_of_the_repository() -> None:
    result = result_of(FINDING)
    place = result["locations"][0]["physicalLocation"]
    assert place["artifactLocation"] == {
        "uri": "sub/demo/a%20b/c%23d.py",
        "uriBaseId": "%SRCROOT%",
    }
    assert place["region"] == {"startLine": 3, "startColumn": 5, "endLine": 3, "endColumn": 9}
    assert result["ruleId"] == "VP104"
    assert RULES[result["ruleIndex"]].code == "VP104"
    assert (result["level"], result["message"]["text"]) == ("error", "no x; mend")
    assert result["properties"] == {"plugin": "g:n"}


@pytest.mark.parametrize(
    ("place", "region"),
    [
        (Location("a.py"), (1, 1, 1, 1)),
        (Location("a.py", 7), (7, 1, 7, 1)),
        (Location("a.py", 7, 3), (7, 3, 7, 3)),
        (Location("a.py", 7, 3, 9, 2), (7, 3, 9, 2)),
        (Location("a.py", 7, 3, 7, 1), (7, 3, 7, 3)),
    ],
)
def test_what_a_place_lacks_is_filled_in(place: Location, region: tuple[int, ...]) -> None:
    found = result_of(replace(FINDING, location=place))["locations"][0]["physicalLocation"][
        "region"
    ]
    assert tuple(found.values()) == region


def test_a_finding_without_a_place_is_shown_where_the_plugin_is_declared() -> None:
    found = result_of(replace(FINDING, location=None))["locations"][0]["physicalLocation"]
    assert found["artifactLocation"]["uri"] == "sub/demo/pyproject.toml"


@pytest.mark.parametrize(
    ("path", "uri"),
    [
        ("/site packages/a.py", "file:///site%20packages/a.py"),
        ("C:\\env\\a.py", "file:///C:/env/a.py"),
    ],
)
def test_an_absolute_path_is_a_file_uri(path: str, uri: str) -> None:
    found = result_of(replace(FINDING, location=Location(path, 1)), kind="environment")
    assert found["locations"][0]["physicalLocation"]["artifactLocation"] == {"uri": uri}


def test_a_finding_in_a_wheel_is_shown_at_the_wheel() -> None:
    found = result_of(FINDING, kind="wheel", anchor="dist/demo.whl")
    (place,) = found["locations"]
    assert place["physicalLocation"]["artifactLocation"]["uri"] == "dist/demo.whl"
    assert place["physicalLocation"]["region"]["startLine"] == 1
    assert place["logicalLocations"] == [{"fullyQualifiedName": "a b/c#d.py", "kind": "member"}]
    assert found["message"]["text"] == "a b/c#d.py:3:5: no x; mend"


def test_equal_findings_have_fingerprints_of_their_own() -> None:
    other = distribution("other", ("vllm.general_plugins", "mine", "demo:register"))
    first = target(findings=(FINDING, FINDING))
    run = run_of(Report((first, target(findings=(FINDING,), distribution=other))))
    marks = [result["partialFingerprints"] for result in run["results"]]
    lines = [mark["primaryLocationLineHash"].split(":") for mark in marks]
    assert [count for _, count in lines] == ["1", "2", "1"]
    assert lines[0][0] == lines[1][0] != lines[2][0]
    assert {mark["vplugFinding/v1"] for mark in marks} == {"ab" * 32}
    alone = run_of(Report((target(findings=(FINDING,), distribution=other),)))["results"]
    assert alone[0]["partialFingerprints"] == marks[2]


def test_what_the_baseline_expects_and_is_gone_is_a_notification() -> None:
    gone = KnownFinding("f", 1, "demo", "VP401", "pyproject.toml", "no readme")
    report = Report((TargetReport("p", "project", expired=(gone,), anchor="p"),))
    (invocation,) = run_of(report)["invocations"]
    assert invocation["executionSuccessful"]
    (note,) = invocation["toolExecutionNotifications"]
    assert note["level"] == "note"
    assert note["message"]["text"].startswith("VP401 is gone: no readme")
    place = note["locations"][0]["physicalLocation"]["artifactLocation"]
    assert place["uri"] == "p/pyproject.toml"


def test_what_was_not_decided_is_a_notification() -> None:
    outcomes = (
        Outcome("VP103", OutcomeKind.UNKNOWN, "computed", None, Location("setup.py", 4)),
        Outcome("VP104", OutcomeKind.CRASHED, "ValueError: x"),
        Outcome("VP105", OutcomeKind.PASS),
    )
    unread = TargetReport("x.whl", error="x.whl is damaged", hint="again", status=4)
    (invocation,) = run_of(Report((target(outcomes=outcomes), unread)))["invocations"]
    assert invocation["executionSuccessful"] is False
    notes = invocation["toolExecutionNotifications"]
    assert [(note["level"], note["message"]["text"]) for note in notes] == [
        ("note", "VP103 cannot tell: computed"),
        ("error", "VP104 crashed: ValueError: x"),
        ("error", "x.whl: x.whl is damaged; again"),
    ]
