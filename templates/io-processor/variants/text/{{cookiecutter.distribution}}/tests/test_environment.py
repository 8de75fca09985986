"""The environment variable: its default, its values, and what is no value."""

import pytest

from {{ cookiecutter.package }}.environment import MAX_CHARS, max_chars


def test_unset_means_the_default() -> None:
    assert max_chars({}) == 1_000_000


def test_a_whole_number_is_taken() -> None:
    assert max_chars({MAX_CHARS: " 1200 "}) == 1200


@pytest.mark.parametrize("value", ["", "0", "-1", "1.5", "1e6", "many", "1_000"])
def test_anything_else_is_refused_by_the_variables_name(value: str) -> None:
    with pytest.raises(ValueError, match=f"{MAX_CHARS} must be a positive whole number"):
        max_chars({MAX_CHARS: value})


def test_the_process_environment_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(MAX_CHARS, "7")
    assert max_chars() == 7
