"""Every rule is in the table once, explains itself, and has cases that fail it and pass it."""

from __future__ import annotations

import re

import pytest

from vplug import __version__
from vplug.model import Severity
from vplug.rules import Rule, all_rules, find_rule
from vplug.rules.codes import CODES
from vplug.rules.evidence import Evidence, PluginEvidence
from vplug.rules.registry import command_of, select_codes

SECTIONS = ("## What it does", "## Why is this bad?", "## Example")

every_rule = pytest.mark.parametrize("rule", all_rules(), ids=lambda rule: rule.code)


def section(rule: Rule, title: str) -> str:
    """The text below a title, up to the next one."""
    _, _, rest = rule.documentation.partition(f"{title}\n")
    return re.split(r"^## ", rest, maxsplit=1, flags=re.MULTILINE)[0].strip()


@every_rule
def test_summary_is_one_sentence(rule: Rule) -> None:
    assert rule.summary[0].isupper()
    assert rule.summary.endswith(".")
    assert ". " not in rule.summary
    lines = rule.documentation.splitlines()
    assert lines[1] == "", "a blank line follows the summary"


@every_rule
def test_sections_stand_in_order_and_are_not_empty(rule: Rule) -> None:
    titles = [line for line in rule.documentation.splitlines() if line.startswith("## ")]
    assert tuple(titles) == SECTIONS
    for title in SECTIONS:
        assert len(section(rule, title)) > 20, title


@every_rule
def test_example_shows_the_mend(rule: Rule) -> None:
    example = section(rule, "## Example")
    before, use_instead, after = example.partition("Use instead:")
    assert use_instead
    assert before.strip()
    assert "```" in after
    assert example.count("```") % 2 == 0, "a fence is left open"


@every_rule
def test_explanation_fits_a_code_scanning_page(rule: Rule) -> None:
    assert len(rule.summary) <= 1024


def test_codes_are_sorted_and_names_unique() -> None:
    assert list(CODES) == sorted(CODES)
    names = [row.name for row in CODES.values()]
    assert len(set(names)) == len(names)
    for code, row in CODES.items():
        assert re.fullmatch(r"VP[0-9]{3}", code)
        assert re.fullmatch(r"[a-z]+(-[a-z]+)*", row.name)


@every_rule
def test_function_is_where_the_table_says(rule: Rule) -> None:
    row = CODES[rule.code]
    assert rule.function.__name__ == row.name.replace("-", "_")
    assert rule.function.__module__ == f"vplug.rules.{row.module}"


@every_rule
def test_severity_and_version(rule: Rule) -> None:
    assert isinstance(rule.severity, Severity)
    assert [int(n) for n in rule.since.split(".")] <= [
        int(n) for n in re.findall(r"\d+", __version__)[:3]
    ]


@every_rule
def test_asks_only_for_evidence_that_there_is(rule: Rule) -> None:
    made_by_constructor = {"target", "finder", "resolver", "evaluator", "plugin", "evidence"}
    for name in rule.parameters:
        there = hasattr(Evidence, name) or hasattr(PluginEvidence, name)
        assert there or name in made_by_constructor


@every_rule
def test_requires_rules_that_come_before_it(rule: Rule) -> None:
    for code in rule.requires:
        assert code in CODES
        assert code < rule.code


@every_rule
def test_is_found_by_code_and_by_name(rule: Rule) -> None:
    for text in (rule.code, rule.code.lower(), rule.name, f" {rule.name.upper()} "):
        assert find_rule(text) == rule


def test_there_is_no_rule_of_another_name() -> None:
    assert find_rule("VP000") is None
    assert find_rule("") is None


def test_selectors() -> None:
    assert select_codes((), ()) == tuple(CODES)
    assert select_codes(("VP104",), ()) == ("VP104",)
    assert select_codes(("missing-attribute",), ()) == ("VP104",)
    assert set(select_codes(("vp0",), ())) == {"VP001", "VP002", "VP003"}
    assert select_codes(("VP00",), ("VP002",)) == ("VP001", "VP003")
    # Ignoring outweighs selecting, whatever the order.
    assert select_codes(("VP104",), ("VP1",)) == ()
    for text in ("VP9", "missing", ""):
        with pytest.raises(ValueError, match=f"^{text}$"):
            select_codes((text,), ())


@every_rule
def test_has_a_failing_and_a_clean_case(rule: Rule, cases) -> None:
    if command_of(rule.code) == "verify":
        pytest.skip("tests/probe/cases has them, and a test of their own")
    if command_of(rule.code) == "doctor":
        pytest.skip("they judge an environment: tests/doctor has their cases")
    if rule.code.startswith("VP5"):
        pytest.skip("they judge built files: tests/artifact has their cases")
    own = [case for case in cases if case.code == rule.code]
    assert any(case.is_failing for case in own), "no case fails it"
    assert any(case.is_clean for case in own), "no case passes it"
    for case in own:
        assert case.folder.parent.name == f"{rule.code}-{rule.name}"
