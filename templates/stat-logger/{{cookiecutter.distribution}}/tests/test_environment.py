"""The environment variables: their defaults, their values, and what is no value."""

from pathlib import Path

import pytest

from {{ cookiecutter.package }}.environment import (
    BACKUPS,
    FILE,
    INTERVAL,
    MAX_BYTES,
    Settings,
    settings,
)


def test_unset_means_the_defaults() -> None:
    file = Path.cwd() / "{{ cookiecutter.package }}.jsonl"
    assert settings({}) == Settings(file, 10_000_000, 5, 10)
    assert settings({FILE: ""}).file == file


def test_values_are_taken(tmp_path: Path) -> None:
    environ = {
        FILE: str(tmp_path / "stats.jsonl"),
        MAX_BYTES: " 2048 ",
        BACKUPS: "0",
        INTERVAL: "1",
    }
    assert settings(environ) == Settings(tmp_path / "stats.jsonl", 2048, 0, 1)


@pytest.mark.parametrize("variable", [MAX_BYTES, BACKUPS, INTERVAL])
@pytest.mark.parametrize("value", ["", "-1", "1.5", "1e6", "many", "1_000", "²"])
def test_anything_else_is_refused_by_the_variables_name(variable: str, value: str) -> None:
    with pytest.raises(ValueError, match=f"{variable} must be a whole number of at least"):
        settings({variable: value})


@pytest.mark.parametrize("variable", [MAX_BYTES, INTERVAL])
def test_zero_is_refused_where_it_means_nothing(variable: str) -> None:
    with pytest.raises(ValueError, match=f"{variable} must be a whole number of at least 1"):
        settings({variable: "0"})


def test_the_process_environment_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(INTERVAL, "7")
    assert settings().interval == 7
