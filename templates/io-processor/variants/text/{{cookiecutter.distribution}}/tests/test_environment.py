"""The environment variables: their defaults, their values, and what is no value."""

import pytest

from {{ cookiecutter.package }}.environment import MAX_CHARS, MAX_CHUNKS, limits


def test_unset_means_the_default() -> None:
    assert (limits({}).chars, limits({}).chunks) == (1_000_000, 4096)


def test_whole_numbers_are_taken() -> None:
    found = limits({MAX_CHARS: " 1200 ", MAX_CHUNKS: "8"})
    assert (found.chars, found.chunks) == (1200, 8)


@pytest.mark.parametrize("name", [MAX_CHARS, MAX_CHUNKS])
@pytest.mark.parametrize("value", ["", "0", "-1", "1.5", "1e6", "many", "1_000", "\u0663"])
def test_anything_else_is_refused_by_the_variables_name(name: str, value: str) -> None:
    with pytest.raises(ValueError, match=f"{name} must be a positive whole number"):
        limits({name: value})


def test_the_process_environment_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(MAX_CHARS, "7")
    assert limits().chars == 7
