"""Reports as text: everything is said in words, colour only adds."""

from __future__ import annotations

import io
from dataclasses import replace

import pytest
from rich.console import Console
from rich.text import Text
from tests.support import distribution

from vplug.loader import Allowlist, plan
from vplug.model import (
    DescribedClass,
    Description,
    Finding,
    InspectedPlugin,
    Inspection,
    Location,
    Outcome,
    OutcomeKind,
    Registered,
    Report,
    Severity,
    TargetReport,
)
from vplug.report.as_text import print_report, summary_line
from vplug.report.inspection import print_inspection
from vplug.report.layout import labelled

DEMO = distribution("demo", ("vllm.general_plugins", "mine", "demo:register"))
PLUGINS = plan((DEMO,), Allowlist())


def printed(report: Report, **options: bool) -> str:
    stream = io.StringIO()
    console = Console(file=stream, width=200, highlight=False, markup=False, emoji=False, **options)
    print_report(report, console)
    return stream.getvalue()


def target(**fields: object) -> TargetReport:
    base = TargetReport("dist/demo.whl", "wheel", DEMO, PLUGINS)
    return replace(base, **fields)  # type: ignore[arg-type]


ERROR = Finding(
    "VP104",
    "missing-attribute",
    Severity.ERROR,
    "no [bold]x[/] :smile:",
    Location("a.py", 3, 5),
    "mend",
)


def test_a_finding_is_a_line_with_place_severity_code_and_rule() -> None:
    text = printed(Report((target(findings=(ERROR,)),)))
    assert "  a.py:3:5: error VP104 no [bold]x[/] :smile:  [missing-attribute]\n" in text
    assert "      → mend\n" in text
    assert text.startswith("dist/demo.whl (wheel) · demo 1.0\n")
    assert "1 error in 1 plugin (0 checks passed)" in text
    assert "\x1b" not in text


def test_the_worst_comes_first_then_the_place() -> None:
    def at(line: int, severity: Severity) -> Finding:
        return replace(ERROR, severity=severity, location=Location("a.py", line, 1))

    findings = (
        at(1, Severity.INFO),
        at(2, Severity.WARNING),
        at(3, Severity.ERROR),
        at(4, Severity.WARNING),
        at(5, Severity.ERROR),
    )
    text = printed(Report((target(findings=findings),)))
    told = [line.split(":")[1] for line in text.splitlines() if "VP104" in line]
    assert told == ["3", "5", "2", "4", "1"]


def test_hidden_findings_are_counted_and_told() -> None:
    report = Report(
        (target(findings=(ERROR,), hidden=(replace(ERROR, severity=Severity.INFO),) * 2),)
    )
    assert "1 error, 2 infos in 1 plugin (0 checks passed, 2 findings not shown)" in printed(report)
    assert summary_line(report) == "1 targets: 1 error, 0 warnings, 2 infos"


def test_colour_only_adds() -> None:
    import re

    report = Report((target(findings=(ERROR,)),))
    coloured = printed(report, force_terminal=True)
    assert "\x1b[" in coloured
    assert re.sub(r"\x1b\[[0-9;]*m", "", coloured) == printed(report)


@pytest.mark.parametrize(
    ("findings", "words"),
    [
        ((), "no findings in 1 plugin"),
        ((ERROR, ERROR), "2 errors"),
        ((ERROR, replace(ERROR, severity=Severity.INFO)), "1 error, 1 info"),
        ((replace(ERROR, severity=Severity.WARNING),) * 2, "2 warnings"),
    ],
)
def test_the_tally(findings: tuple[Finding, ...], words: str) -> None:
    assert words in printed(Report((target(findings=findings),)))


def test_what_could_not_be_told_is_said_once_a_reason() -> None:
    place = Location("setup.py", 4)
    outcomes = (
        Outcome("VP103", OutcomeKind.UNKNOWN, "computed", None, place),
        Outcome("VP104", OutcomeKind.UNKNOWN, "computed", None, place),
        Outcome("VP105", OutcomeKind.CRASHED, "ValueError: x"),
        Outcome("VP106", OutcomeKind.SKIPPED, "no plugin"),
        Outcome("VP107", OutcomeKind.PASS),
    )
    text = printed(Report((target(outcomes=outcomes, suppressed=2),)))
    assert "  setup.py:4: cannot tell VP103, VP104 computed\n" in text
    assert "  crashed VP105 ValueError: x\n" in text
    assert "1 checks passed, 1 skipped, 2 could not be told, 1 crashed, 2 findings ignored" in text


def test_a_target_that_cannot_be_looked_at() -> None:
    text = printed(Report((TargetReport("x.whl", error="x.whl is damaged", hint="again"),)))
    assert text == "x.whl\n  error: x.whl is damaged\n  hint:  again\n"


def test_long_lines_are_not_cut() -> None:
    long = replace(ERROR, message="word " * 100)
    stream = io.StringIO()
    print_report(Report((target(findings=(long,)),)), Console(file=stream, width=40))
    assert "word " * 100 in stream.getvalue()


def test_the_summary_of_several_targets() -> None:
    report = Report((target(findings=(ERROR,)), TargetReport("x", error="gone")))
    assert summary_line(report) == (
        "2 targets: 1 error, 0 warnings, 0 infos; 1 could not be looked at"
    )


def test_an_inspection() -> None:
    description = Description(
        "found",
        "function",
        "demo.register",
        Location("demo.py", 1, 1),
        doc="Do it.",
        returns=('"demo.C"',),
        classes=(
            DescribedClass("demo.C", Location("demo.py", 5), ("vllm.B",)),
            DescribedClass("demo.D", None, problem="demo defines no D"),
        ),
        registered=(Registered("model", "R.register_model", ('"A"', "?"), Location("demo.py", 2)),),
        complete=False,
    )
    inspected = InspectedPlugin(PLUGINS[0], description, "platform", ("front end",), "x", "y")
    stream = io.StringIO()
    console = Console(file=stream, width=200, highlight=False, markup=False)
    wide = replace(DEMO, requires=("vllm>=0.20", "torch ; extra == 'gpu'"), summary="A [demo].")
    print_inspection(
        Inspection("demo", wide, files=("demo/a.py", "b.py"), plugins=(inspected,)), console
    )
    text = stream.getvalue()
    for words in (
        "demo 1.0  environment",
        "A [demo].",
        "vllm>=0.20  (extras: gpu)",
        "2  (demo/ 1)",
        "mine  platform  loads",
        "demo.register  (demo.py:1:1)",
        '"demo.C"',
        "demo.D: demo defines no D",
        'model "A", ?  (demo.py:2)',
        "maybe more",
        "none declared",
    ):
        assert words in text


def test_what_wraps_stands_below_its_beginning_and_no_word_is_cut() -> None:
    stream = io.StringIO()
    console = Console(file=stream, width=40, force_terminal=True, color_system=None)
    path = "/a/path/that/is/longer/than/the/terminal/is/wide.py"
    value = Text(f"some words that do not fit, then {path} and more")
    labelled(console, "found", value, width=14)
    assert stream.getvalue().splitlines() == [
        "  found:        some words that do not",
        "                fit, then",
        f"                {path}",
        "                and more",
    ]


def test_an_inspection_of_nothing() -> None:
    stream = io.StringIO()
    print_inspection(Inspection("demo", DEMO), Console(file=stream, width=200))
    assert "no vLLM entry points" in stream.getvalue()
