"""An environment with the stand-in engine (see stub/README.md), and plugins of one module."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import psutil
import pytest

HERE = Path(__file__).parent
CAPTURED = HERE / "captured"


@pytest.fixture(scope="session")
def stub_python(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The python of a virtual environment that holds the stand-in."""
    folder = tmp_path_factory.mktemp("engine-stub") / "env"
    subprocess.run(
        [sys.executable, "-m", "venv", "--without-pip", str(folder)], check=True, timeout=120
    )
    (site,) = folder.glob("lib/python3.*/site-packages")
    shutil.copytree(HERE / "stub" / "vllm", site / "vllm")
    info = site / "vllm-0.32.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: vllm\nVersion: 0.32.0\n")
    (info / "RECORD").write_text("vllm/__init__.py,,\n")
    return folder / "bin" / "python"


Project = Callable[..., Path]


@pytest.fixture
def project(tmp_path: Path) -> Project:
    """Makes a project of one module with one entry point, ``tried:register``."""

    def make(
        source: str, *, group: str = "vllm.general_plugins", name: str = "tried", more: str = ""
    ) -> Path:
        folder = tmp_path / name
        folder.mkdir()
        (folder / f"{name}.py").write_text(source, encoding="utf-8")
        (folder / "pyproject.toml").write_text(
            '[build-system]\nrequires = ["setuptools"]\nbuild-backend = "setuptools.build_meta"\n'
            f'[project]\nname = "{name}"\nversion = "1.0"\n'
            f'[project.entry-points."{group}"]\n{name} = "{name}:register"\n'
            f'[tool.setuptools]\npy-modules = ["{name}"]\n{more}',
            encoding="utf-8",
        )
        return folder

    return make


@pytest.fixture
def room(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder for temporary files, for this test and its children alone."""
    import tempfile

    folder = tmp_path / "room"
    folder.mkdir()
    monkeypatch.setenv("TMPDIR", str(folder))
    monkeypatch.setattr(tempfile, "tempdir", None)
    return folder


def marked(mark: str) -> list[psutil.Process]:
    """The processes whose environment bears ``ENGINE_TEST=mark``."""
    found = []
    for process in psutil.process_iter():
        with suppress(psutil.Error, OSError):
            if process.environ().get("ENGINE_TEST") == mark:
                found.append(process)
    return [process for process in found if process.pid != os.getpid()]


def gone(mark: str, seconds: float = 60) -> bool:
    """Whether every such process is gone within a time."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if not marked(mark):
            return True
        time.sleep(0.1)
    return False
