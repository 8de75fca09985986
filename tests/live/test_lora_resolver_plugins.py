"""A scaffolded LoRA resolver in a real server: adapters from its folder and from an address."""

from __future__ import annotations

import http.server
import json
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.live

HERE = Path(__file__).parent


@pytest.fixture(scope="module")
def project(live: Any) -> Path:
    for args in (
        ("scaffold", "lora-resolver", "--name", "acme-lora", "--no-input"),
        ("validate", "acme-lora", "--strict"),
        ("build", "--no-isolation", "acme-lora"),
    ):
        done = subprocess.run(
            [sys.executable, "-m", "vplug", *args],
            cwd=live.folder,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
    folder: Path = live.folder / "acme-lora"
    (wheel,) = (folder / "dist").glob("*.whl")
    live.install("--no-deps", wheel)
    return folder


def make_adapter(live: Any, model: Path, folder: Path, *base: str) -> None:
    status, output = live.run(HERE / "tiny_adapter.py", model, folder, *base)
    assert status == 0, output


class Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Say nothing."""


@pytest.fixture(scope="module")
def store(live: Any) -> Iterator[tuple[Path, str]]:
    """A folder, and the address on this machine that it is served at."""
    root = live.folder / "store"
    root.mkdir()
    handler = partial(Quiet, directory=str(root))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield root, f"http://127.0.0.1:{server.server_address[1]}/"
        server.shutdown()
        thread.join()


class Served:
    def __init__(self, address: str, log: Path, root: Path) -> None:
        self.address = address
        self.log = log
        self.root = root

    def complete(self, model: str) -> tuple[int, Any]:
        body = {"model": model, "prompt": "t1 t2 t3", "max_tokens": 8, "temperature": 0}
        body |= {"ignore_eos": True}
        request = urllib.request.Request(
            f"{self.address}/v1/completions",
            json.dumps(body).encode(),
            {"Content-Type": "application/json"},
        )
        try:
            with urllib.request.urlopen(request, timeout=300) as response:
                return response.status, json.load(response)
        except urllib.error.HTTPError as error:
            with error:
                return error.code, json.load(error)

    def text(self, model: str) -> str:
        status, answer = self.complete(model)
        assert status == 200, answer
        text: str = answer["choices"][0]["text"]
        return text


@pytest.fixture(scope="module")
def served(live: Any, model: Path, project: Path, store: tuple[Path, str]) -> Iterator[Served]:
    root = live.folder / "adapters"
    make_adapter(live, model, root / "local")
    make_adapter(live, model, root / "foreign", "acme/another-model")
    make_adapter(live, model, live.folder / "outside")
    (root / "leading-out").symlink_to(live.folder / "outside")
    make_adapter(live, model, store[0] / "remote")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    args = [
        *("-m", "vllm.entrypoints.cli.main", "serve", model, "--served-model-name", "tiny"),
        *("--host", "127.0.0.1", "--port", str(port), "--enable-lora", "--max-lora-rank", "8"),
        *("--dtype", "float32", "--enforce-eager", "--max-model-len", "128"),
        *("--max-num-seqs", "4", "--kv-cache-memory-bytes", str(64 * 1024 * 1024)),
    ]
    env = live.environment(
        VLLM_ALLOW_RUNTIME_LORA_UPDATING="1",
        VLLM_PLUGINS="acme_lora",
        VLLM_LORA_RESOLVER_ACME_LORA_DIR=str(root),
        ACME_LORA_URL=store[1],
        ACME_LORA_CACHE_DIR=str(live.folder / "cache"),
        no_proxy="127.0.0.1",
    )
    log = live.folder / "serve-lora.log"
    with live.running(*args, log=log, env=env) as process:
        address = f"http://127.0.0.1:{port}"
        deadline = time.monotonic() + 900
        while not answers(f"{address}/health"):
            assert process.poll() is None, log.read_text(encoding="utf-8", errors="replace")
            assert time.monotonic() < deadline, "vllm serve did not start in time"
            time.sleep(1)
        yield Served(address, log, live.folder)


def answers(address: str) -> bool:
    try:
        with urllib.request.urlopen(address, timeout=5):
            return True
    except OSError:
        return False


def test_the_projects_own_tests_pass_with_vllm(live: Any, project: Path) -> None:
    live.install("pytest")
    status, output = live.run("-m", "pytest", "-p", "no:cacheprovider", cwd=project)
    assert status == 0, output
    assert "skipped" not in output, "with vLLM and the plugin installed, nothing is to be skipped"


def test_an_adapter_of_the_folder_answers(served: Served) -> None:
    assert served.text("local") != served.text("tiny")


def test_an_adapter_of_the_address_answers_and_is_cached(served: Served) -> None:
    # The same weights as the other's: the same answer.
    assert served.text("remote") == served.text("local")
    cached = {path.name for path in (served.root / "cache").rglob("*") if path.is_file()}
    assert cached == {"adapter_config.json", "adapter_model.safetensors"}


@pytest.mark.parametrize(
    "name", ["absent", "foreign", "leading-out", "../outside", "local/../../outside"]
)
def test_what_is_no_adapter_of_this_model_is_not_found(served: Served, name: str) -> None:
    status, answer = served.complete(name)
    assert status == 404, answer
    assert served.text("tiny")


def test_an_absolute_path_is_not_found(served: Served) -> None:
    status, answer = served.complete(str(served.root / "outside"))
    assert status == 404, answer


def test_the_log_says_why(served: Served) -> None:
    served.complete("foreign")
    served.complete("leading-out")
    log = served.log.read_text(encoding="utf-8", errors="replace")
    assert "LoRA adapters are resolved from folder " in log
    assert "its base model is 'acme/another-model'" in log
    assert "a link that leads out of the folder of adapters" in log
    # What the README says that this line means.
    assert "Unknown vLLM environment variable detected: VLLM_LORA_RESOLVER_ACME_LORA_DIR" in log


def test_a_wrong_folder_stops_the_start(live: Any, model: Path, project: Path) -> None:
    env = live.environment(
        VLLM_PLUGINS="acme_lora", VLLM_LORA_RESOLVER_ACME_LORA_DIR="/no/such/folder"
    )
    reply = live.folder / "never-lora.json"
    status, output = live.run(HERE / "offline_generate.py", model, "acme_lora", reply, env=env)
    assert status != 0
    assert "VLLM_LORA_RESOLVER_ACME_LORA_DIR: '/no/such/folder' does not exist" in output
