"""Whether one signature takes the calls made for another, against what Python itself says."""

from __future__ import annotations

import ast
import inspect
from collections.abc import Callable
from typing import Any

import pytest

from vplug.analysis.calls import call_of, mismatches, takes_call
from vplug.analysis.signatures import signature_of
from vplug.model import Signature


def signature(text: str) -> Signature:
    (node,) = ast.parse(f"def f({text}): ...").body
    assert isinstance(node, ast.FunctionDef)
    return signature_of(node)


def function(text: str) -> Callable[..., Any]:
    names: dict[str, Any] = {}
    exec(f"def f({text}): ...", names)
    return names["f"]


def certain(name: str) -> tuple[str, bool]:
    return (name, True)


def perhaps(name: str) -> tuple[str, bool]:
    return (name, False)


@pytest.mark.parametrize(
    ("own", "base", "expected"),
    [
        ("", "", []),
        ("a", "a", []),
        ("b", "a", []),
        ("a, b", "a, b", []),
        ("a", "a, b", [certain("takes no b")]),
        ("a", "a, b=1", [perhaps("takes no b")]),
        ("", "a, b=1", [certain("takes no a"), perhaps("takes no b")]),
        ("a, b", "a", [certain("requires b")]),
        ("a, b=1", "a", []),
        ("a, *, b", "a", [certain("requires b")]),
        ("a, *, b=1", "a", []),
        ("a, *, b", "a, b", [perhaps("takes b by keyword alone")]),
        ("a, *, b", "a, *, b", []),
        ("a, b", "a, *, b", []),
        ("a", "a, *, b", [certain("takes no b")]),
        ("a", "a, *, b=1", [perhaps("takes no b")]),
        ("*args", "a, b", []),
        (
            "**kwargs",
            "a, b",
            [perhaps("takes a by keyword alone"), perhaps("takes b by keyword alone")],
        ),
        ("*args, **kwargs", "a, b, *, c", []),
        ("*args", "a, *, c", [certain("takes no c")]),
        ("a, **kwargs", "a, b, *, c", [perhaps("takes b by keyword alone")]),
        ("a, *args", "a, b=1", []),
        ("a, b", "a, *args", []),
        ("a, b, c", "*args, **kwargs", []),
        ("a", "a, **kwargs", []),
        ("x, y", "a, b", []),
        ("x", "a, b", [certain("takes no b")]),
        ("a, b, d=1", "a, b, c=1, d=1", [perhaps("takes no c")]),
        ("b", "a, b", [certain("takes no a")]),
        # Others before those of the base: no place and no name fills them.
        ("p, b, a", "a, b", [certain("requires p")]),
        ("x, a, b=1", "a, b", []),
        ("a, x, b=1", "a, b", []),
        ("a, /, b", "b, a", []),
        pytest.param("a, *, x", "a, b", [certain("takes no b"), certain("requires x")]),
    ],
)
def test_mismatches(own: str, base: str, expected: list[tuple[str, bool]]) -> None:
    found = mismatches(signature(own), signature(base))
    assert [(m.text.partition(",")[0], m.certain) for m in found] == expected


TEXTS = ["", "a", "a, b", "a, b=1", "a, *, b", "a, *, b=1", "*args", "a, **kwargs", "a, /, b",
         "*args, **kwargs", "a, b, *, c", "x, y"]  # fmt: skip


@pytest.mark.parametrize("text", TEXTS)
def test_a_signature_takes_its_own_calls(text: str) -> None:
    assert not mismatches(signature(text), signature(text))


@pytest.mark.parametrize("own", TEXTS)
@pytest.mark.parametrize("base", TEXTS)
def test_nothing_certain_is_said_of_what_some_call_would_allow(own: str, base: str) -> None:
    """A certain mismatch means that no way of giving the base's required arguments works."""
    theirs = list(inspect.signature(function(base)).parameters.values())
    if any(p.kind in (p.VAR_POSITIONAL, p.VAR_KEYWORD) for p in theirs):
        return
    free = [p.name for p in theirs if p.default is p.empty and p.kind is p.POSITIONAL_OR_KEYWORD]
    first = [p.name for p in theirs if p.kind is p.POSITIONAL_ONLY]
    named = [p.name for p in theirs if p.default is p.empty and p.kind is p.KEYWORD_ONLY]
    mine = inspect.signature(function(own))

    def works(by_place: int) -> bool:
        places = (*first, *free[:by_place])
        try:
            mine.bind(*places, **dict.fromkeys([*free[by_place:], *named]))
        except TypeError:
            return False
        return True

    any_works = any(works(count) for count in range(len(free) + 1))
    said = any(item.certain for item in mismatches(signature(own), signature(base)))
    assert not (any_works and said)


@pytest.mark.parametrize("own", ["p, b, a", "p, a, b", "b, a, c", "c, b, a", "a, c, b"])
@pytest.mark.parametrize("base", ["a", "b", "a, b", "b, a", "a, *, b", "b, /, a"])
def test_a_call_that_nothing_can_fill_is_certain_to_fail(own: str, base: str) -> None:
    """Every split of the base's arguments between places and names fails, as Python binds them."""
    theirs = inspect.signature(function(base)).parameters.values()
    placed = [p.name for p in theirs if p.kind is not p.KEYWORD_ONLY]
    least = sum(p.kind is p.POSITIONAL_ONLY for p in theirs)
    named = [p.name for p in theirs if p.kind is p.KEYWORD_ONLY]
    calls = [(placed[:count], (*placed[count:], *named)) for count in range(least, len(placed) + 1)]
    assert all(error_of(own, len(places), names) is not None for places, names in calls)
    assert any(item.certain for item in mismatches(signature(own), signature(base)))


def error_of(text: str, positional: int, keywords: tuple[str, ...]) -> str | None:
    """What Python says of a call."""
    try:
        inspect.signature(function(text)).bind(*range(positional), **dict.fromkeys(keywords))
    except TypeError as error:
        return str(error)
    return None


CALLS = [
    (text, positional, keywords)
    for text in [*TEXTS, "a=1", "a, b=1, *args", "a, /", "*, a=1", "a, *args, b"]
    for positional in range(4)
    for keywords in [(), ("a",), ("b",), ("c",), ("b", "c")]
]


@pytest.mark.parametrize(
    "call", [call for call in CALLS if "multiple values" not in (error_of(*call) or "")], ids=str
)
def test_takes_call_as_python_does(call: tuple[str, int, tuple[str, ...]]) -> None:
    text, positional, keywords = call
    assert (takes_call(signature(text), positional, keywords) is None) == (error_of(*call) is None)


def test_an_argument_given_twice() -> None:
    assert takes_call(signature("a, b=1"), 1, ("a",)) is not None


@pytest.mark.parametrize(
    ("text", "positional", "keywords", "said"),
    [
        ("a, b", 3, (), "at most 2 arguments by position, 3 are given"),
        ("a, b", 1, ("c",), "has no argument c"),
        ("a, b", 1, (), "requires b"),
        # What is unpacked may hold anything; what is there beside it is judged all the same.
        ("a, b", None, (), None),
        ("a, b", None, ("c",), "has no argument c"),
        ("a, b", 1, None, None),
        ("a, b", 3, None, "at most 2"),
        ("a, b", None, None, None),
    ],
)
def test_what_is_said_of_a_call(
    text: str, positional: int | None, keywords: tuple[str, ...] | None, said: str | None
) -> None:
    found = takes_call(signature(text), positional, keywords)
    if said is None:
        assert found is None
    else:
        assert said in (found or "")


@pytest.mark.parametrize(
    ("own", "taken"),
    [
        ("config, renderer", True),
        ("config, renderer=None", True),
        ("config, other, more=1", True),
        ("*args", True),
        ("config, *rest", True),
        ("config", False),
        ("config, renderer, more", False),
        ("config, **kwargs", False),
        ("**kwargs", False),
        ("config, *, renderer", False),
    ],
)
def test_a_call_by_place(own: str, taken: bool) -> None:
    found = mismatches(signature(own), call_of(("config", "renderer")))
    assert (not found) == taken


@pytest.mark.parametrize(
    ("own", "base", "expected"),
    [
        ("a", "a=1", [("a", "name")]),
        ("b", "a=1", [("a", "place")]),
        ("a=2", "a=1", []),
        ("*, a", "*, a=1", [("a", "name")]),
        ("*args", "a=1", []),
        ("**kw", "*, a=1", []),
        ("a, b", "a, b=1", [("b", "name")]),
        ("b, a", "a, b=1", [("b", "name")]),
    ],
)
def test_what_a_call_may_leave_out(own: str, base: str, expected: list[tuple[str, str]]) -> None:
    found = mismatches(signature(own), signature(base))
    assert [(item.parameter, item.omitted) for item in found if item.omitted] == expected
