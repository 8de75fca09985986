"""The files of each type's project, as lists; and that each type has one."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from vplug.scaffold import TYPES, Answers, PluginType, scaffold

if TYPE_CHECKING:
    from collections.abc import Callable

GOLDEN = Path(__file__).parent / "golden"
#: Every type in each of its variants, and the name of its list.
KINDS = [
    (plugin_type, variant.name if variant else "")
    for plugin_type in TYPES
    for variant in plugin_type.variants or (None,)
]
NAMES = ["-".join(filter(None, (plugin_type.name, variant))) for plugin_type, variant in KINDS]


@pytest.mark.parametrize(("kind", "name"), list(zip(KINDS, NAMES, strict=True)), ids=NAMES)
def test_a_project_has_the_listed_files(
    kind: tuple[PluginType, str],
    name: str,
    tmp_path: Path,
    home: Path,
    below: Callable[[Path], list[str]],
) -> None:
    plugin_type, variant = kind
    made = scaffold(plugin_type, Answers("acme-thing", variant=variant), tmp_path / "out")
    listed = (GOLDEN / f"{name}.txt").read_text(encoding="utf-8").split()
    assert below(made.destination) == listed
    assert [str(file.path) for file in made.files] == listed
    assert not list(home.iterdir())


def test_each_list_belongs_to_a_type() -> None:
    assert sorted(path.stem for path in GOLDEN.iterdir()) == sorted(NAMES)


@pytest.mark.parametrize(("plugin_type", "variant"), KINDS, ids=NAMES)
def test_nothing_of_the_template_is_left_in_a_project(
    plugin_type: PluginType, variant: str, tmp_path: Path, home: Path
) -> None:
    made = scaffold(plugin_type, Answers("acme-thing", variant=variant), tmp_path)
    for path in made.destination.rglob("*"):
        assert "cookiecutter" not in path.name
        if path.is_file():
            text = path.read_text(encoding="utf-8")
            assert "cookiecutter" not in text, path
            assert "{%" not in text, path
            assert path.name == "ci.yml" or "{{" not in text, path
            assert "\r" not in text
            assert not text or text.endswith("\n"), path
            assert not text.endswith("\n\n"), path


def test_the_files_shared_by_the_types_are_the_same(tmp_path: Path, home: Path) -> None:
    made = [
        scaffold(plugin_type, Answers("acme-thing", variant=variant), tmp_path / name)
        for (plugin_type, variant), name in zip(KINDS, NAMES, strict=True)
    ]
    for name in ("LICENSE", ".gitignore", ".pre-commit-config.yaml", ".github/workflows/ci.yml"):
        assert len({(project.destination / name).read_bytes() for project in made}) == 1, name
