"""``VLLM_PLUGINS``, parsed as vLLM parses it."""

from __future__ import annotations

import pytest

from vplug.loader import Allowlist


@pytest.mark.parametrize(
    ("value", "names"),
    [
        (None, None),
        ("", ("",)),
        ("a", ("a",)),
        ("a,b", ("a", "b")),
        ("a, b", ("a", " b")),
        (" a", (" a",)),
        ("a,", ("a", "")),
        (",", ("", "")),
        ("a,,b", ("a", "", "b")),
        ("a;b", ("a;b",)),
        ("a\n", ("a\n",)),
        ("a,a", ("a", "a")),
    ],
)
def test_the_value_is_split_at_commas_and_nothing_is_stripped(
    value: str | None, names: tuple[str, ...] | None
) -> None:
    assert Allowlist(value).names == names


@pytest.mark.parametrize(
    ("value", "name", "admitted"),
    [
        (None, "a", True),
        (None, "", True),
        ("", "a", False),
        ("", "", True),
        ("a", "a", True),
        ("a", "A", False),
        ("a, b", "b", False),
        ("a, b", " b", True),
        ("ab", "a", False),
    ],
)
def test_a_name_is_admitted(value: str | None, name: str, admitted: bool) -> None:
    assert Allowlist(value).admits(name) is admitted


@pytest.mark.parametrize(
    ("value", "unmatched", "words"),
    [
        (None, [], ""),
        ("mine", [], ""),
        ("mine,other_thing", [], ""),
        ("mien", [("mien", ("mine",), False)], "nearest: 'mine'"),
        ("MINE", [("MINE", ("mine",), False)], "nearest: 'mine'"),
        ("mine, other_thing", [(" other_thing", ("other_thing",), True)], "blanks"),
        ("mine ", [("mine ", ("mine",), True)], "write 'mine' without"),
        ("", [("", (), False)], "unset"),
        ("mine,", [("", (), False)], "empty name"),
        ("zzzzz", [("zzzzz", (), False)], "'zzzzz' matches no plugin here"),
        ("q,q", [("q", (), False)], "matches no plugin"),
    ],
)
def test_names_that_match_nothing_are_told_with_what_is_near(
    value: str | None, unmatched: list[tuple[str, tuple[str, ...], bool]], words: str
) -> None:
    found = Allowlist(value).unmatched(["mine", "other_thing", "mine"])
    assert [(item.name, item.nearest, item.stray_blanks) for item in found] == unmatched
    assert all(words in item.describe() for item in found)


def test_a_name_of_blanks_only_is_not_told_to_be_taken_off() -> None:
    (item,) = Allowlist(" ").unmatched(["mine"])
    assert not item.stray_blanks
    assert "unset" in item.describe() or "' '" in item.describe()


def test_nearest_names_differing_only_in_case_are_all_told() -> None:
    (item,) = Allowlist("MINe").unmatched(["mine", "Mine"])
    assert set(item.nearest) == {"mine", "Mine"}
