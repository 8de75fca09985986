"""Rendered projects pass their own checks, whatever the length of their names."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
import tarfile
import tomllib
import zipfile
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from vplug.scaffold import TYPES, Answers, PluginType, names, scaffold

if TYPE_CHECKING:
    from pathlib import Path

LONG = Answers(
    "n" * names.MAX_DISTRIBUTION,
    package="p" * names.MAX_PACKAGE,
    plugin_name="e" * names.MAX_PLUGIN_NAME,
)
ANSWERS = {"short": Answers("a"), "usual": Answers("acme-thing"), "long": LONG}

pytestmark = pytest.mark.usefixtures("home")


KINDS = {
    "-".join(filter(None, (plugin_type.name, variant.name if variant else ""))): (
        plugin_type,
        variant.name if variant else "",
    )
    for plugin_type in TYPES
    for variant in plugin_type.variants or (None,)
}
Kind = tuple[PluginType, str]


@pytest.fixture(params=KINDS.values(), ids=list(KINDS))
def kind(request: pytest.FixtureRequest) -> Kind:
    """A type and one of its variants, "" where it has none."""
    found: Kind = request.param
    return found


def made(kind: Kind, answers: Answers, out: Path) -> Path:
    return scaffold(kind[0], replace(answers, variant=kind[1]), out).destination


@pytest.fixture(params=ANSWERS.values(), ids=list(ANSWERS))
def project(kind: Kind, request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    return made(kind, request.param, tmp_path / "out")


def run(project: Path, *args: str) -> None:
    """Run a module in the project, and expect it to pass."""
    if importlib.util.find_spec(args[0]) is None:
        pytest.skip(f"{args[0]} is not installed")
    kept = {key: value for key, value in os.environ.items() if not key.startswith("PYTEST_")}
    done = subprocess.run(
        [sys.executable, "-m", *args],
        cwd=project,
        env={
            **kept,
            "PYTHONPATH": os.pathsep.join([str(project / "src"), os.environ.get("PYTHONPATH", "")]),
            "PYTHONDONTWRITEBYTECODE": "1",
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_it_is_linted(project: Path) -> None:
    run(project, "ruff", "check", "--no-cache")


def test_it_is_formatted(project: Path) -> None:
    run(project, "ruff", "format", "--check", "--no-cache")


def check_dependencies(project: Path) -> None:
    """Skip where a library that the project depends on is not installed."""
    with (project / "pyproject.toml").open("rb") as stream:
        needed = tomllib.load(stream)["project"]["dependencies"]
    for requirement in needed:
        name = requirement.partition(">=")[0]
        if importlib.util.find_spec(name) is None:
            pytest.skip(f"{name}, which the project depends on, is not installed")


def test_it_is_typed(kind: Kind, tmp_path: Path) -> None:
    project = made(kind, ANSWERS["usual"], tmp_path / "out")
    check_dependencies(project)
    run(project, "mypy", f"--cache-dir={os.devnull}")


def test_its_own_tests_pass_without_vllm(kind: Kind, tmp_path: Path) -> None:
    project = made(kind, ANSWERS["usual"], tmp_path / "out")
    check_dependencies(project)
    run(project, "pytest", "-q", "-p", "no:cacheprovider")


def test_it_can_be_built(kind: Kind, tmp_path: Path) -> None:
    """The wheel holds the package and its type marker; the sdist also the tests and the licence."""
    project = made(kind, ANSWERS["usual"], tmp_path / "out")
    run(project, "build", "--no-isolation", "--outdir", str(tmp_path / "dist"))
    (wheel,) = (tmp_path / "dist").glob("*.whl")
    (sdist,) = (tmp_path / "dist").glob("*.tar.gz")
    in_wheel = zipfile.ZipFile(wheel).namelist()
    assert {"acme_thing/py.typed", "acme_thing/plugin.py"} <= set(in_wheel)
    assert "acme_thing-0.1.0.dist-info/licenses/LICENSE" in in_wheel
    assert not any(name.startswith("tests") for name in in_wheel)
    with tarfile.open(sdist) as archive:
        in_sdist = {name.partition("/")[2] for name in archive.getnames()}
    assert {"LICENSE", "CHANGELOG.md", "tests/test_processes.py"} <= in_sdist
