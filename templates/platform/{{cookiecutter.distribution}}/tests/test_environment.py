"""The environment variable: its default, its values, and what is no value."""

import pytest

from {{ cookiecutter.package }}.environment import PLATFORM, Use, use


def test_unset_means_auto() -> None:
    assert use({}) is Use.AUTO


@pytest.mark.parametrize(
    ("value", "expected"),
    [("auto", Use.AUTO), ("on", Use.ON), ("off", Use.OFF), (" ON ", Use.ON)],
)
def test_each_value_is_taken(value: str, expected: Use) -> None:
    assert use({PLATFORM: value}) is expected


@pytest.mark.parametrize("value", ["", "1", "true", "yes", "cpu", "on,off"])
def test_anything_else_is_refused_by_the_variables_name(value: str) -> None:
    with pytest.raises(ValueError, match=f"{PLATFORM} must be auto, on or off"):
        use({PLATFORM: value})


def test_the_process_environment_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(PLATFORM, "off")
    assert use() is Use.OFF
