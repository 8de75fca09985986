"""A stand-in environment (see stub/README.md), and wheels of one module made on the spot."""

from __future__ import annotations

import base64
import hashlib
import os
import shutil
import subprocess
import sys
import time
import zipfile
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import psutil
import pytest

HERE = Path(__file__).parent
MARK = "MARK_OF_TEST"


def make_environment(folder: Path) -> Path:
    """A virtual environment without pip, as uv makes them, that holds the stand-in; its python."""
    subprocess.run(
        [sys.executable, "-m", "venv", "--without-pip", str(folder)], check=True, timeout=120
    )
    (site,) = folder.glob("lib/python3.*/site-packages")
    for package in ("vllm", "torch"):
        shutil.copytree(HERE / "stub" / package, site / package)
    info = site / "vllm-0.33.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: vllm\nVersion: 0.33.0\n")
    (info / "RECORD").write_text("vllm/__init__.py,,\n")
    return folder / "bin" / "python"


@pytest.fixture(scope="session")
def stub(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_environment(tmp_path_factory.mktemp("stub") / "env")


@pytest.fixture
def own_stub() -> Callable[[Path], Path]:
    """Makes a stand-in environment that a test may change."""
    return lambda folder: make_environment(folder / "env")


MakeWheel = Callable[..., Path]


def make_wheel(
    folder: Path,
    source: str,
    *,
    group: str = "vllm.general_plugins",
    value: str = "probed:register",
    name: str = "probed",
    version: str = "1.0",
    requires: tuple[str, ...] = (),
    requires_python: str = ">=3.8",
    tag: str = "py3-none-any",
    more: dict[str, str] | None = None,
) -> Path:
    """A wheel with one module ``probed`` and one entry point."""
    info = f"{name}-{version}.dist-info"
    files = {
        "probed.py": source,
        **(more or {}),
        f"{info}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n"
        f"Requires-Python: {requires_python}\n"
        + "".join(f"Requires-Dist: {item}\n" for item in requires),
        f"{info}/WHEEL": f"Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: {tag}\n",
        f"{info}/entry_points.txt": f"[{group}]\n{name} = {value}\n",
    }
    rows = []
    path = folder / f"{name}-{version}-{tag}.whl"
    folder.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(path, "w") as archive:
        for member, text in files.items():
            data = text.encode()
            digest = base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode()
            rows.append(f"{member},sha256={digest},{len(data)}")
            archive.writestr(member, data)
        archive.writestr(f"{info}/RECORD", "\n".join([*rows, f"{info}/RECORD,,"]) + "\n")
    return path


@pytest.fixture
def wheel(tmp_path: Path) -> MakeWheel:
    def make(source: str, **more: object) -> Path:
        return make_wheel(tmp_path / "wheels", source, **more)

    return make


class Outside:
    """vplug run as a person runs it, with a folder for temporary files that must end up empty."""

    def __init__(self, folder: Path) -> None:
        self.temporary = folder / "t"
        self.temporary.mkdir()
        self.mark = f"{os.getpid()}-{folder.name}-{time.monotonic_ns()}"

    def start(self, *args: str | Path) -> subprocess.Popen[str]:
        env = {**os.environ, "TMPDIR": str(self.temporary), MARK: self.mark}
        return subprocess.Popen(
            [sys.executable, "-m", "vplug", *map(str, args)],
            env=env,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )

    def run(self, *args: str | Path, timeout: float = 120) -> subprocess.CompletedProcess[str]:
        process = self.start(*args)
        out, err = process.communicate(timeout=timeout)
        return subprocess.CompletedProcess(args, process.returncode, out, err)

    def processes(self) -> list[psutil.Process]:
        found = []
        for process in psutil.process_iter():
            with suppress(psutil.Error, OSError):
                if process.environ().get(MARK) == self.mark:
                    found.append(process)
        return found

    def wait_until_gone(self, seconds: float = 20) -> None:
        """Wait for what dies by itself once vplug is gone."""
        deadline = time.monotonic() + seconds
        while (self.processes() or self.left()) and time.monotonic() < deadline:
            time.sleep(0.05)

    def left(self) -> list[str]:
        return sorted(path.name for path in self.temporary.iterdir())

    def assert_nothing_left(self) -> None:
        assert [process.cmdline() for process in self.processes()] == []
        assert self.left() == []


@pytest.fixture
def outside(tmp_path: Path) -> Iterator[Outside]:
    made = Outside(tmp_path)
    yield made
    for process in made.processes():
        with suppress(psutil.Error):
            process.kill()
