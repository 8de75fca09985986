"""The nouns: names, entry points, signatures, severities and places."""

from __future__ import annotations

import ast
import dataclasses
import importlib.metadata
import inspect
import sys
from pathlib import Path

import pytest

import vplug.model as nouns
from vplug.model import (
    Distribution,
    EntryPoint,
    Finding,
    Location,
    Origin,
    OriginKind,
    Parameter,
    ParameterKind,
    Report,
    Severity,
    Signature,
    TargetReport,
    normalize_name,
)

KIND = ParameterKind


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("vllm", "vllm"),
        ("Vllm__Ascend.Plus", "vllm-ascend-plus"),
        ("a-_.b", "a-b"),
        ("A.B_C-D", "a-b-c-d"),
        ("x--y", "x-y"),
        ("", ""),
    ],
)
def test_names_are_normalised_as_indexes_do(name: str, expected: str) -> None:
    assert normalize_name(name) == expected


@pytest.mark.parametrize(
    "value",
    [
        "pkg",
        "pkg.mod",
        "pkg:attr",
        "pkg.mod:Class.method",
        "pkg.mod : attr",
        "pkg:attr [extra]",
        "pkg:attr[extra,other]",
        "pkg [extra]",
        "pkg:",
        ":attr",
        "",
        "pkg:a:b",
        "pkg/mod:attr",
        "pkg-mod:attr",
        "pkg.mod.:attr",
        "pkg:attr.",
        "päckage:fün",
        "1pkg:attr",
        "pkg:attr extra",
        "pkg..mod:attr",
    ],
)
def test_values_are_taken_apart_as_importlib_metadata_does(value: str) -> None:
    ours = EntryPoint("vllm.general_plugins", "mine", value)
    real = importlib.metadata.EntryPoint("mine", value, "vllm.general_plugins")
    match = real.pattern.match(value)
    assert ours.module == (match["module"] if match else "")
    assert ours.attr == (match["attr"] or None if match else None)
    assert bool(ours.extras) == bool(match and match["extras"])
    if match is None:
        assert not ours.is_valid


@pytest.mark.parametrize(
    ("value", "valid"),
    [
        ("pkg:attr", True),
        ("pkg.mod", True),
        ("pkg.mod:A.b", True),
        ("päckage:fün", True),
        ("pkg..mod:attr", False),
        ("pkg:attr.", False),
        ("1pkg:attr", False),
        ("pkg:2", False),
        ("pkg-mod:attr", False),
        ("", False),
        ("pkg:attr\n", True),
    ],
)
def test_a_value_is_valid_when_it_can_be_loaded(value: str, valid: bool) -> None:
    assert EntryPoint("g", "n", value).is_valid is valid


def test_the_place_of_an_entry_point_does_not_make_it_another() -> None:
    assert EntryPoint("g", "n", "v", Location("a", 1)) == EntryPoint("g", "n", "v")
    assert len({EntryPoint("g", "n", "v", Location("a", 1)), EntryPoint("g", "n", "v")}) == 1


@pytest.mark.parametrize(
    ("name", "version", "label"),
    [
        ("demo", "1.0", "demo 1.0"),
        ("demo", None, "demo"),
        (None, "1.0", "(unnamed) 1.0"),
        (None, None, "(unnamed)"),
    ],
)
def test_a_distribution_is_labelled_by_what_is_known(
    name: str | None, version: str | None, label: str
) -> None:
    found = Distribution(name, version, Origin(OriginKind.WHEEL, "x.whl"))
    assert found.label == label
    assert found.normalized_name == name


@pytest.mark.parametrize(
    ("location", "text"),
    [
        (Location("a.py"), "a.py"),
        (Location("a.py", 3), "a.py:3"),
        (Location("a.py", 3, 7), "a.py:3:7"),
        (Location("a.py", None, 7), "a.py"),
    ],
)
def test_a_place_reads_path_line_column(location: Location, text: str) -> None:
    assert str(location) == text


def test_severities_are_ordered_worst_first() -> None:
    assert [severity.rank for severity in Severity] == [0, 1, 2]
    for worse, milder in ((Severity.ERROR, Severity.WARNING), (Severity.WARNING, Severity.INFO)):
        assert worse.at_least(milder)
        assert worse.at_least(worse)
        assert not milder.at_least(worse)


def test_a_report_counts_each_severity_over_all_targets() -> None:
    def finding(severity: Severity) -> Finding:
        return Finding("VP101", "unknown-group", severity, "…")

    report = Report(
        (
            TargetReport("a", findings=(finding(Severity.ERROR), finding(Severity.INFO))),
            TargetReport("b", findings=(finding(Severity.ERROR),)),
        )
    )
    assert [report.count(severity) for severity in Severity] == [2, 0, 1]


def test_what_a_call_must_give() -> None:
    signature = Signature(
        (
            Parameter("self", KIND.POSITIONAL_OR_KEYWORD),
            Parameter("a", KIND.POSITIONAL_OR_KEYWORD),
            Parameter("b", KIND.POSITIONAL_OR_KEYWORD, default="1"),
            Parameter("rest", KIND.VAR_POSITIONAL),
            Parameter("c", KIND.KEYWORD_ONLY),
            Parameter("more", KIND.VAR_KEYWORD),
        )
    )
    assert [p.name for p in signature.required] == ["self", "a", "c"]
    assert [p.name for p in signature.without_first().required] == ["a", "c"]


@pytest.mark.parametrize("kind", [KIND.VAR_POSITIONAL, KIND.KEYWORD_ONLY, KIND.VAR_KEYWORD])
def test_self_is_not_taken_off_where_there_is_none(kind: ParameterKind) -> None:
    signature = Signature((Parameter("x", kind),))
    assert signature.without_first() == signature
    assert Signature().without_first() == Signature()


def test_every_noun_is_frozen() -> None:
    for name in nouns.__all__:
        noun = getattr(nouns, name)
        if inspect.isclass(noun) and dataclasses.is_dataclass(noun):
            assert noun.__dataclass_params__.frozen, name  # type: ignore[attr-defined]


def test_the_nouns_stand_on_the_standard_library_alone() -> None:
    folder = Path(nouns.__file__).parent
    for path in folder.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            if isinstance(node, ast.ImportFrom):
                assert node.level == 0
                names = [node.module or ""]
            for name in names:
                top = name.partition(".")[0]
                ours = name == "vplug.model" or name.startswith("vplug.model.")
                assert ours or top in sys.stdlib_module_names, f"{path.name} imports {name}"


def test_a_range_is_told_once_with_all_its_sources() -> None:
    from vplug.model import DeclaredRange, ranges_text

    ranges = [
        DeclaredRange(">=0.13", source, "vllm>=0.13")
        for source in ("extra vllm", "dependency", "extra all", "extra vllm")
    ]
    assert ranges_text([*ranges, DeclaredRange("", "extra dev", "vllm")]) == (
        ">=0.13 (dependency, extras vllm, all), any (extra dev)"
    )
    assert ranges_text([]) == ""


def test_a_range_in_two_spellings_is_told_once() -> None:
    from vplug.model import DeclaredRange, ranges_text

    spelt = (("<0.34,>=0.20", "dependency"), (">= 0.20.0, < 0.34", "[tool.vplug]"))
    told = ranges_text([DeclaredRange(text, source, text) for text, source in spelt])
    assert told == "<0.34,>=0.20 (dependency, [tool.vplug])"
    other = ranges_text(
        [DeclaredRange(text, "x", text) for text in ("~=0.20", "~=0.20.0", "==0.2.*")]
    )
    assert other == "~=0.20 (x), ~=0.20.0 (x), ==0.2.* (x)"
