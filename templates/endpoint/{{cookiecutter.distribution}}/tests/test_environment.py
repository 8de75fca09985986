"""The environment variables: their defaults, their values, and what is no value."""

import pytest

from {{ cookiecutter.package }}.environment import (
    MAX_CHOICES,
    MAX_REQUESTS,
    Limits,
    limits,
)


def test_unset_means_the_defaults() -> None:
    assert limits({}) == Limits(choices=64, requests=32)


def test_whole_numbers_are_taken() -> None:
    assert limits({MAX_CHOICES: " 2 ", MAX_REQUESTS: "3"}) == Limits(choices=2, requests=3)


@pytest.mark.parametrize("variable", [MAX_CHOICES, MAX_REQUESTS])
@pytest.mark.parametrize("value", ["", "0", "-1", "1.5", "1e6", "many", "1_000", "²"])
def test_anything_else_is_refused_by_the_variables_name(variable: str, value: str) -> None:
    with pytest.raises(ValueError, match=f"{variable} must be a positive whole number"):
        limits({variable: value})


def test_the_process_environment_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(MAX_CHOICES, "7")
    assert limits().choices == 7
