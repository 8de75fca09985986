"""A real vLLM in another interpreter, named by VPLUG_LIVE_PYTHON; without it these tests skip."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

HERE = Path(__file__).parent
START_TIMEOUT = 300


class Live:
    """The other interpreter, and a folder of plugins installed for it alone."""

    def __init__(self, python: Path, folder: Path) -> None:
        self.python = python
        self.folder = folder
        self.site = folder / "site"

    def environment(self, **extra: str) -> dict[str, str]:
        """The environment of a child: only the plugins under test on its path."""
        kept = {
            key: value
            for key, value in os.environ.items()
            if not key.startswith(("VLLM_", "PYTHON", "VPLUG_"))
        }
        return {
            **kept,
            "PYTHONPATH": str(self.site),
            "HF_HUB_OFFLINE": "1",
            "VLLM_NO_USAGE_STATS": "1",
            "VLLM_HOST_IP": "127.0.0.1",
            **extra,
        }

    @contextmanager
    def running(
        self, *args: str | Path, log: Path, env: Mapping[str, str] | None, cwd: Path | None = None
    ) -> Iterator[subprocess.Popen[bytes]]:
        """Start the interpreter in a process group of its own, and end the group afterwards."""
        with log.open("wb") as stream:
            process = subprocess.Popen(
                [self.python, *args],
                stdin=subprocess.DEVNULL,
                stdout=stream,
                stderr=subprocess.STDOUT,
                env=env or self.environment(),
                cwd=cwd or self.folder,
                start_new_session=True,
            )
        try:
            yield process
        finally:
            # First the way a person does it, so that vLLM takes its own processes down.
            for kind in (signal.SIGINT, signal.SIGKILL):
                with suppress(ProcessLookupError, subprocess.TimeoutExpired):
                    os.killpg(process.pid, kind)
                    process.wait(30)

    def run(
        self,
        *args: str | Path,
        timeout: float = START_TIMEOUT,
        env: Mapping[str, str] | None = None,
        cwd: Path | None = None,
    ) -> tuple[int, str]:
        """Run the interpreter to its end; its status and all its output."""
        log = self.folder / "child.log"
        with self.running(*args, log=log, env=env, cwd=cwd) as process:
            status = process.wait(timeout)
        return status, log.read_text(encoding="utf-8", errors="replace")

    def install(self, *requirements: str | Path) -> None:
        """Install into the throw-away folder, without touching the interpreter's own packages."""
        status, output = self.run(
            *("-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--upgrade"),
            *("--target", self.site, *requirements),
        )
        assert status == 0, output


@pytest.fixture(scope="session")
def live(tmp_path_factory: pytest.TempPathFactory) -> Live:
    named = os.environ.get("VPLUG_LIVE_PYTHON")
    if not named:
        pytest.skip("VPLUG_LIVE_PYTHON names no interpreter with vLLM")
    python = Path(named)
    if not python.is_file():
        pytest.fail(f"VPLUG_LIVE_PYTHON={named} is no file")
    found = Live(python, tmp_path_factory.mktemp("live"))
    found.site.mkdir()
    return found


@pytest.fixture(scope="session")
def model(live: Live) -> Path:
    folder = live.folder / "model"
    status, output = live.run(HERE / "tiny_model.py", folder)
    assert status == 0, output
    return folder


def vplug(*args: str | Path, cwd: Path) -> None:
    """Run vplug's own command line, from outside."""
    command: Sequence[str | Path] = [sys.executable, "-m", "vplug", *args]
    done = subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def scaffolded(live: Live, plugin_type: str, name: str) -> Path:
    """A project made, built and installed as a person would: scaffold, build, install the wheel."""
    vplug("scaffold", plugin_type, "--name", name, "--no-input", cwd=live.folder)
    project = live.folder / name
    vplug("validate", project, cwd=live.folder)
    vplug("build", "--no-isolation", project, cwd=live.folder)
    (wheel,) = (project / "dist").glob("*.whl")
    live.install("--no-deps", wheel)
    return project


@pytest.fixture(scope="session")
def io_processor(live: Live) -> Path:
    return scaffolded(live, "io-processor", "acme-embed")


@pytest.fixture(scope="session")
def general(live: Live) -> Path:
    return scaffolded(live, "general", "acme-general")


def apart(live: Live, folder: Path) -> Live:
    """The same interpreter with a folder of plugins of its own, unseen by the other tests."""
    other = Live(live.python, folder)
    other.site.mkdir()
    return other


@pytest.fixture(scope="session")
def platform(live: Live, tmp_path_factory: pytest.TempPathFactory) -> tuple[Live, Path]:
    # Apart, as it would be the platform of every other test too.
    other = apart(live, tmp_path_factory.mktemp("platform"))
    return other, scaffolded(other, "platform", "acme-platform")


@pytest.fixture(scope="session")
def attention_backend(live: Live, tmp_path_factory: pytest.TempPathFactory) -> tuple[Live, Path]:
    other = apart(live, tmp_path_factory.mktemp("attention"))
    return other, scaffolded(other, "attention-backend", "acme-attention")
