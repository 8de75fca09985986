"""``vplug rule``."""

from __future__ import annotations

import json

import pytest
from tests.support import vplug, vplug_here

from vplug.rules.codes import CODES


@pytest.mark.parametrize("name", ["VP104", "vp104", "missing-attribute", " VP104 "])
def test_one_rule_by_code_or_name(name: str) -> None:
    done = vplug_here("rule", name)
    assert done.returncode == 0
    assert done.stdout.startswith("# VP104 missing-attribute\n")
    assert "Severity: error. Since vplug 0.1.0." in done.stdout
    for heading in ("## What it does", "## Why is this bad?", "## Example"):
        assert heading in done.stdout
    assert done.stderr == ""


def test_all_rules() -> None:
    out = vplug("rule").stdout
    for code, row in CODES.items():
        line = next(line for line in out.splitlines() if line.startswith(code))
        assert line.split()[1:3] == [str(row.severity), row.name]


def test_rules_as_json() -> None:
    found = json.loads(vplug_here("rule", "--json").stdout)
    assert found["schema"] == "vplug.rule/1"
    assert [rule["code"] for rule in found["rules"]] == list(CODES)
    for rule in found["rules"]:
        assert set(rule) == {"code", "name", "severity", "since", "summary", "documentation"}
        assert rule["summary"]
        assert rule["documentation"].startswith(rule["summary"])
    (one,) = json.loads(vplug_here("rule", "VP101", "--format", "json").stdout)["rules"]
    assert one["name"] == "unknown-group"


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("missing-atribute", "did you mean VP104 missing-attribute"),
        ("VP1O4", "did you mean"),
        ("zzz", "lists them all"),
        ("VP999", "codes begin with VP0, VP1, VP2"),
        ("VP999", "lists them all"),
        ("VP299", "the nearest are VP223 not-registered, VP222 raises-when-loaded"),
        ("vp106x", "did you mean VP106 name-taken-in-environment"),
        ("wrong-constructr", "did you mean VP215 wrong-constructor"),
        ("", "lists them all"),
    ],
)
@pytest.mark.parametrize("form", [[], ["--json"]])
def test_an_unknown_rule_is_usage(name: str, hint: str, form: list[str]) -> None:
    done = vplug_here("rule", name, *form)
    assert done.returncode == 2
    assert done.stdout == ""
    assert f"error: there is no rule {name!r}" in done.stderr
    assert hint in done.stderr


@pytest.mark.parametrize("beginning", ["VP1", "vp21", "VP"])
def test_the_beginning_of_codes_lists_those_rules(beginning: str) -> None:
    wanted = [code for code in CODES if code.startswith(beginning.upper())]
    found = json.loads(vplug_here("rule", beginning, "--json").stdout)
    assert [rule["code"] for rule in found["rules"]] == wanted
    lines = vplug_here("rule", beginning).stdout.splitlines()
    assert [line.split()[0] for line in lines[1:]] == wanted


def test_a_selection_of_no_rule_names_near_ones() -> None:
    done = vplug_here("validate", "--select", "VP299")
    assert done.returncode == 2
    assert "the nearest are VP223 not-registered" in done.stderr
