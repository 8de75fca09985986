"""``--live-settings``: a table of its own, or the one that a pyproject.toml holds."""

from __future__ import annotations

from pathlib import Path

import pytest

from vplug.errors import UsageFault
from vplug.verify.live import settings_file


def written(folder: Path, text: str, name: str = "told.toml") -> Path:
    place = folder / name
    place.write_text(text, encoding="utf-8")
    return place


def test_no_file_sets_nothing() -> None:
    assert settings_file(None) == {}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('model = "m"\n', {"model": "m"}),
        ('[project]\nname = "a"\n[tool.vplug.verify]\nmodel = "m"\n', {"model": "m"}),
        ('[project]\nname = "a"\n', {}),
        ('[build-system]\nrequires = []\n[tool.vplug]\nvllm = ">=0.20"\n', {}),
        ("[tool.ruff]\nline-length = 100\n", {}),
    ],
)
def test_toml(tmp_path: Path, text: str, expected: dict[str, str]) -> None:
    assert settings_file(written(tmp_path, text)) == expected


def test_json(tmp_path: Path) -> None:
    assert settings_file(written(tmp_path, '{"model": "m"}', "told.json")) == {"model": "m"}


@pytest.mark.parametrize(
    ("text", "name", "said"),
    [
        ("[project]\n[tool]\nvplug = 1\n", "told.toml", "vplug must be a table"),
        ("tool = 1\n", "told.toml", "tool must be a table"),
        ("model = \n", "told.toml", "told.toml: "),
        ("[]", "told.json", "it must hold a table"),
    ],
)
def test_a_file_that_is_none(tmp_path: Path, text: str, name: str, said: str) -> None:
    with pytest.raises(UsageFault, match=said):
        settings_file(written(tmp_path, text, name))


def test_a_file_that_is_missing(tmp_path: Path) -> None:
    with pytest.raises(UsageFault, match="no such file"):
        settings_file(tmp_path / "none.toml")
