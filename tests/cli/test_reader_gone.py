"""A command's verdict does not hang on who reads its report: the status is kept in a closed pipe."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from tests.support import clean_environment, lay_distribution

pytestmark = pytest.mark.skipif(os.name == "nt", reason="POSIX pipes")

PROJECT = """
[build-system]
requires = ["setuptools"]
build-backend = "setuptools.build_meta"
[project]
name = "gone"
version = "1.0"
[project.entry-points."vllm.general_plugins"]
gone = "gone:register"
"""


def status(words: list[str], cwd: Path, *, read: bool) -> int:
    """The exit status with a reader to the end, or with one that was never there."""
    reading, writing = os.pipe()
    if not read:
        os.close(reading)
    try:
        child = subprocess.Popen(
            [sys.executable, "-m", "vplug", *words],
            cwd=cwd,
            stdout=writing,
            stderr=subprocess.PIPE,
            env=clean_environment(),
        )
        os.close(writing)
        if read:
            with os.fdopen(reading, "rb") as stream:
                assert stream.read()
        told = child.communicate(timeout=120)[1].decode()
    finally:
        child.kill()
    assert "Traceback" not in told
    assert "BrokenPipe" not in told
    return child.returncode


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("list --prefix site", 0),
        ("doctor --no-run --prefix site", 1),
        ("doctor --no-run --prefix site --json", 1),
        ("doctor --no-run --prefix site --format markdown", 1),
        ("validate project", 1),
        ("validate project --json", 1),
        ("compat project missing --vllm 0.32.0", 2),
        ("publish project --dry-run --json", 3),
    ],
)
def test_the_status_is_the_same_without_a_reader(tmp_path: Path, words: str, expected: int) -> None:
    site = tmp_path / "site"
    for name in ("one", "two"):
        lay_distribution(
            site,
            name,
            groups={"vllm.platform_plugins": {name: f"{name}:register"}},
            files={f"{name}.py": f"def register():\n    return '{name}.Thing'\nclass Thing: ...\n"},
        )
    lay_distribution(site, "vllm", "0.32.0", files={"vllm/__init__.py": ""})
    project = tmp_path / "project"
    project.mkdir()
    (project / "pyproject.toml").write_text(PROJECT)
    assert status(words.split(), tmp_path, read=True) == expected
    assert status(words.split(), tmp_path, read=False) == expected
