"""Scaffolded plugins in a real engine: what a person gets who changes nothing."""

from __future__ import annotations

import json
import math
import re
import socket
import time
import urllib.error
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.live

HERE = Path(__file__).parent
HIDDEN_SIZE = 64


@pytest.mark.parametrize("project", ["io_processor", "general"])
def test_a_projects_own_tests_pass_with_vllm(
    live: Any, project: str, request: pytest.FixtureRequest
) -> None:
    folder = request.getfixturevalue(project)
    live.install("pytest")
    status, output = live.run("-m", "pytest", "-p", "no:cacheprovider", cwd=folder)
    assert status == 0, output
    assert "skipped" not in output, "with vLLM and the plugin installed, nothing is to be skipped"


def test_an_io_processor_answers_offline(live: Any, model: Path, io_processor: Path) -> None:
    reply = live.folder / "embed.json"
    status, output = live.run(HERE / "offline_embed.py", model, "acme_embed", reply)
    assert status == 0, output
    assert "Embedding requests of at most 1000000 characters and 4096 chunks." in output
    answers = json.loads(reply.read_text(encoding="utf-8"))

    both = answers["both"]
    assert both["dimensions"] == HIDDEN_SIZE
    assert [vector["index"] for vector in both["vectors"]] == [0, 1]
    long, short = both["vectors"]
    assert long["chunks"] > 4
    assert short["chunks"] == 1
    for vector in both["vectors"]:
        assert len(vector["embedding"]) == HIDDEN_SIZE
        assert math.hypot(*vector["embedding"]) == pytest.approx(1.0)

    # The company a text is sent in does not change its vector; averaging without scaling does.
    (alone,) = answers["alone"]["vectors"]
    assert alone["embedding"] == pytest.approx(short["embedding"], abs=1e-4)
    (raw,) = answers["raw"]["vectors"]
    assert math.hypot(*raw["embedding"]) < 0.999
    assert answers["refused"] == "chunk_size: Extra inputs are not permitted"
    assert answers["after"]["vectors"][0]["embedding"] == pytest.approx(
        alone["embedding"], abs=1e-4
    )


@pytest.fixture(scope="module")
def server(live: Any, model: Path, io_processor: Path) -> Iterator[str]:
    """The address of ``vllm serve`` with the plugin, on this machine only."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    log = live.folder / "serve.log"
    args = [
        *("-m", "vllm.entrypoints.cli.main", "serve", model, "--served-model-name", "tiny"),
        *("--host", "127.0.0.1", "--port", str(port)),
        *("--runner", "pooling", "--io-processor-plugin", "acme_embed"),
        *("--dtype", "float32", "--enforce-eager", "--max-model-len", "128"),
        *("--max-num-seqs", "4", "--kv-cache-memory-bytes", str(64 * 1024 * 1024)),
    ]
    with live.running(*args, log=log, env=None) as process:
        address = f"http://127.0.0.1:{port}"
        deadline = time.monotonic() + 900
        while not answers(f"{address}/health"):
            assert process.poll() is None, log.read_text(encoding="utf-8", errors="replace")
            assert time.monotonic() < deadline, "vllm serve did not start in time"
            time.sleep(1)
        yield address


def answers(address: str) -> bool:
    try:
        with urllib.request.urlopen(address, timeout=5):
            return True
    except OSError:
        return False


def pooling(server: str, data: object, **headers: str) -> tuple[int, Any]:
    body = json.dumps({"model": "tiny", "task": "plugin", "data": data}).encode()
    request = urllib.request.Request(
        f"{server}/pooling", body, {"Content-Type": "application/json", **headers}
    )
    try:
        with urllib.request.urlopen(request, timeout=300) as response:
            return response.status, json.load(response)
    except urllib.error.HTTPError as error:
        with error:
            return error.code, json.load(error)


def test_an_io_processor_answers_when_served(server: str) -> None:
    long = " ".join(f"t{number}" for number in range(250))
    data = {"texts": [long, "t1 t2"], "chunk_chars": 200, "overlap_chars": 40}
    status, answer = pooling(server, data)
    assert status == 200, answer
    assert answer["data"]["dimensions"] == HIDDEN_SIZE
    assert [vector["index"] for vector in answer["data"]["vectors"]] == [0, 1]
    for vector in answer["data"]["vectors"]:
        assert math.hypot(*vector["embedding"]) == pytest.approx(1.0)


def test_a_bad_request_is_the_clients_fault_and_says_why(server: str) -> None:
    status, answer = pooling(server, {"texts": ["t1", ""]})
    assert status == 400
    assert "texts[1] is blank" in json.dumps(answer)


def test_requests_at_once_are_kept_apart(server: str) -> None:
    texts = [[f"t{number} t{number + 1}"] * (number % 3 + 1) for number in range(24)]
    alone = [pooling(server, text)[1]["data"]["vectors"] for text in texts]
    with ThreadPoolExecutor(8) as pool:
        together = list(pool.map(lambda text: pooling(server, text), texts))
    for (status, answer), expected in zip(together, alone, strict=True):
        assert status == 200, answer
        vectors = answer["data"]["vectors"]
        assert len(vectors) == len(expected)
        for vector, other in zip(vectors, expected, strict=True):
            assert vector["embedding"] == pytest.approx(other["embedding"], abs=1e-4)


def test_a_general_plugin_runs_in_every_process(live: Any, general: Path) -> None:
    """It is seen in each process, and a model loads only because of it."""
    renamed = live.folder / "renamed"
    status, output = live.run(HERE / "tiny_model.py", renamed, "AcmeForCausalLM")
    assert status == 0, output
    reply = live.folder / "generate.json"
    alias = "AcmeForCausalLM=vllm.model_executor.models.llama:LlamaForCausalLM"
    env = live.environment(ACME_GENERAL_MODEL_ALIASES=alias, VLLM_PLUGINS="acme_general")
    status, output = live.run(HERE / "offline_generate.py", renamed, "acme_general", reply, env=env)
    assert status == 0, output
    answer = json.loads(reply.read_text(encoding="utf-8"))
    assert len(answer["tokens"]) == 2
    assert answer["front_end"] == ["model_aliases", "startup_report"]
    # The front end's own line is not heard: LLM() sets logging up after it calls plugins (0.31 on).
    seen = re.findall(r"acme-general 0\.1\.0 with vLLM \S+ in process (\S+) \(pid (\d+)\)", output)
    names = {name for name, _ in seen}
    assert "EngineCore" in names, output
    assert any(name.startswith("VllmWorker") for name in names), output
    assert len({pid for _, pid in seen}) == len(seen), "once a process"


def test_a_wrong_setting_of_a_general_plugin_stops_the_start(
    live: Any, model: Path, general: Path
) -> None:
    env = live.environment(ACME_GENERAL_MODEL_ALIASES="nonsense", VLLM_PLUGINS="acme_general")
    reply = live.folder / "never.json"
    status, output = live.run(HERE / "offline_generate.py", model, "acme_general", reply, env=env)
    assert status != 0
    assert "'nonsense' is not Architecture=module:Class" in output
