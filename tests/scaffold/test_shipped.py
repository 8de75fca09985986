"""The templates are found in a checkout and in a built wheel alike."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from vplug.scaffold.templates import templates_root

REPOSITORY = Path(__file__).parents[2]


def sources(root: Path) -> set[str]:
    return {
        path.relative_to(root).as_posix()
        for path in root.rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A wheel of vplug, built the way a release is: by way of the sdist."""
    out = tmp_path_factory.mktemp("wheel")
    done = subprocess.run(
        [sys.executable, "-m", "build", "--no-isolation", "--outdir", out, REPOSITORY],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    (built,) = out.glob("*.whl")
    return built


def test_a_checkout_uses_its_own_templates() -> None:
    assert templates_root() == REPOSITORY / "templates"


def test_a_wheel_holds_every_template_file(wheel: Path) -> None:
    prefix = "vplug/templates/"
    shipped = {
        name.removeprefix(prefix)
        for name in zipfile.ZipFile(wheel).namelist()
        if name.startswith(prefix)
    }
    assert shipped == sources(REPOSITORY / "templates")


def test_a_wheel_scaffolds_the_same_project(wheel: Path, tmp_path: Path) -> None:
    unpacked = tmp_path / "site"
    zipfile.ZipFile(wheel).extractall(unpacked)
    made = {}
    for name, path in (("wheel", unpacked), ("checkout", REPOSITORY / "src")):
        folder = tmp_path / name
        folder.mkdir()
        done = subprocess.run(
            [sys.executable, "-m", "vplug", "scaffold", "general", "--name", "acme-thing"],
            cwd=folder,
            env={**os.environ, "PYTHONPATH": str(path), "HOME": str(tmp_path)},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        project = folder / "acme-thing"
        made[name] = {file: (project / file).read_bytes() for file in sources(project)}
    assert made["wheel"] == made["checkout"]
