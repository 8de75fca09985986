"""Annotations: escaped as the runner unescapes them, the worst first, the limit told."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from vplug.model import (
    Finding,
    KnownFinding,
    Location,
    Outcome,
    OutcomeKind,
    Report,
    Severity,
    TargetReport,
)
from vplug.report.github import LIMIT, workflow_commands

FINDING = Finding(
    "VP104", "missing-attribute", Severity.ERROR, "no x", Location("a.py", 3, 5, 3, 9)
)


def told(*findings: Finding, **fields: object) -> list[str]:
    target = replace(TargetReport("demo", "project", findings=findings, anchor=""), **fields)  # type: ignore[arg-type]
    return workflow_commands(Report((target,))).splitlines()


def unescaped(line: str) -> tuple[str, dict[str, str], str]:
    """A command as the runner reads it (actions/runner, ActionCommand.TryParseV2)."""
    match = re.fullmatch(r"::(\w+)(?: (.*?))?::(.*)", line)
    assert match
    properties = {}
    for pair in (match[2] or "").split(","):
        key, _, value = pair.partition("=")
        for code, sign in (("%0D", "\r"), ("%0A", "\n"), ("%3A", ":"), ("%2C", ","), ("%25", "%")):
            value = value.replace(code, sign)
        properties[key] = value
    message = match[3].replace("%0D", "\r").replace("%0A", "\n").replace("%25", "%")
    return match[1], properties, message


def test_what_the_baseline_expects_and_is_gone_is_a_notice() -> None:
    gone = KnownFinding("f", 1, "demo", "VP401", "pyproject.toml", "no readme")
    (line,) = told(expired=(gone,), anchor="p")
    kind, properties, message = unescaped(line)
    assert (kind, properties) == ("notice", {"file": "p/pyproject.toml", "title": "VP401 is gone"})
    assert (
        message == "no readme: in the baseline and no longer found; --write-baseline takes it out"
    )


def test_a_finding_is_a_command_with_its_place() -> None:
    (line,) = told(FINDING)
    assert line == (
        "::error file=a.py,line=3,endLine=3,col=5,endColumn=9,title=VP104 missing-attribute::no x"
    )


@pytest.mark.parametrize("text", ["50% of a:b, c", "a\r\nb", "%0A stays", "::error::x", "%25"])
def test_any_text_comes_out_as_it_went_in(text: str) -> None:
    path = text.replace("\r\n", " ")
    (line,) = told(replace(FINDING, message=text, location=Location(path, 1)))
    level, properties, message = unescaped(line)
    assert (level, message) == ("error", text)
    assert properties["file"] == path
    assert properties["line"] == "1"


def test_the_worst_comes_first_and_levels_are_githubs() -> None:
    lines = told(*(replace(FINDING, severity=s) for s in reversed(Severity)))
    assert [line.split(" ")[0] for line in lines] == ["::error", "::warning", "::notice"]


def test_columns_are_left_out_where_lines_differ() -> None:
    (line,) = told(replace(FINDING, location=Location("a.py", 3, 5, 4, 9)))
    assert "line=3,endLine=4,title" in line


@pytest.mark.parametrize("count", [LIMIT, LIMIT + 1, LIMIT + 20])
def test_no_more_than_github_shows_and_the_rest_is_told(count: int) -> None:
    lines = told(*(replace(FINDING, message=f"##[error]no {n}") for n in range(count)))
    commands = [line for line in lines if line.startswith("::")]
    rest = lines[len(commands) :]
    assert len(commands) == LIMIT
    if count == LIMIT:
        assert rest == []
        return
    assert f"{count - LIMIT + 1} more errors are not annotated" in commands[-1]
    assert len(rest) == count - LIMIT + 1
    assert not [line for line in rest if "##[" in line or line.lstrip().startswith("::")]
    assert all(any(f"no {n}" in line for line in lines) for n in range(count))


def test_what_could_not_be_looked_at_or_decided() -> None:
    outcomes = (
        Outcome("VP103", OutcomeKind.UNKNOWN, "computed", None, Location("setup.py", 4)),
        Outcome("VP104", OutcomeKind.UNKNOWN, "computed", None, Location("setup.py", 4)),
        Outcome("VP105", OutcomeKind.CRASHED, "ValueError"),
    )
    lines = told(outcomes=outcomes, anchor="p")
    assert lines[0].endswith("title=crashed%3A VP105::ValueError")
    assert lines[
        1
    ] == "::notice file=p/setup.py,line=4,title=cannot tell%3A VP103, VP104::computed".replace(
        "VP103, ", "VP103%2C "
    )
    assert told(outcomes=outcomes[:1], strict=True)[0].startswith("::warning")
    assert "x is gone; look" in told(error="x is gone", hint="look", kind=None)[0]


def test_nothing_to_say_is_nothing() -> None:
    assert told() == []


def test_a_member_of_a_wheel_is_named_in_the_message() -> None:
    (line,) = told(FINDING, kind="wheel", anchor="dist/d.whl")
    assert line == "::error file=dist/d.whl,title=VP104 missing-attribute::a.py:3:5: no x"
