"""Markdown: tables that no text breaks out of."""

from __future__ import annotations

from dataclasses import replace

import pytest
from markdown_it import MarkdownIt

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
from vplug.report.markdown import ROWS, markdown

FINDING = Finding(
    "VP104", "missing-attribute", Severity.ERROR, "no x", Location("a.py", 3, 5), "mend"
)


def target(**fields: object) -> TargetReport:
    return replace(TargetReport("demo", "project", anchor="p"), **fields)  # type: ignore[arg-type]


def cells(text: str) -> list[list[str]]:
    """The rows of the tables as a Markdown reader sees them: rendered inline text."""
    tokens = MarkdownIt("commonmark", {"html": True}).enable("table").parse(text)
    rows: list[list[str]] = []
    for token in tokens:
        if token.type == "tr_open":
            rows.append([])
        elif token.type == "inline" and rows and token.level > 3:
            said = "".join(c.content for c in token.children or () if c.type != "html_inline")
            rows[-1].append(said)
    return rows


def test_a_finding_is_a_row_the_worst_first() -> None:
    text = markdown(
        Report(
            (target(findings=(replace(FINDING, severity=Severity.INFO, code="VP411"), FINDING)),)
        )
    )
    assert text.startswith("## vplug: 1 error, 1 info\n")
    header, first, second = cells(text)
    assert header == ["severity", "rule", "where", "what"]
    assert first == ["error", "VP104 missing-attribute", "p/a.py:3", "no xmend"]
    assert second[1].startswith("VP411")


@pytest.mark.parametrize(
    "said",
    [
        "a | b",
        "`x` | `y|z`",
        "*a* _b_ ~~c~~",
        "[a](b)",
        "![a](b)",
        "<script>&amp;",
        "$x$",
        "a\\|b",
        "@someone",
    ],
)
def test_text_stays_text(said: str) -> None:
    finding = replace(FINDING, message=said, hint=None, location=Location(said, 1))
    _, row = cells(markdown(Report((target(findings=(finding,)),))))
    assert row[2:] == [f"p/{said}:1", said]


def test_line_breaks_do_not_end_a_row() -> None:
    finding = replace(FINDING, message="a\nb\r\nc", hint=None)
    assert len(cells(markdown(Report((target(findings=(finding,)),))))) == 2


def test_a_long_table_says_what_it_leaves_out() -> None:
    text = markdown(Report((target(findings=(FINDING,) * (ROWS + 7)),)))
    assert "7 more are left out here" in text
    assert len(cells(text)) == ROWS + 2


def test_what_is_said_besides() -> None:
    report = Report(
        (
            target(
                outcomes=(
                    Outcome("VP101", OutcomeKind.PASS),
                    Outcome("VP103", OutcomeKind.UNKNOWN, "comp|uted", None, Location("s.py", 4)),
                ),
                suppressed=1,
                baselined=2,
                expired=(KnownFinding("f", 1, "demo", "VP401", "pyproject.toml", "no readme"),),
            ),
            TargetReport("x.whl", error="it is damaged", hint="again"),
        ),
        labels={"vllm": "0.33.0", "note": "the newest known"},
    )
    text = markdown(report)
    for words in (
        "## vplug: 1 target could not be looked at",
        "Against vLLM 0.33.0 (the newest known).",
        "No findings; 1 checks passed.",
        "- cannot tell VP103 <code>p/s.py:4</code>: comp\\|uted",
        "- 1 finding kept quiet by a comment",
        "- 2 findings kept quiet by the baseline",
        "- the baseline expects VP401 in <code>p/pyproject.toml</code>, which is no longer found",
        "**error:** it is damaged. again",
    ):
        assert words in text


def test_nothing_is_said_in_words() -> None:
    assert markdown(Report()) == "## vplug: no findings\n"
