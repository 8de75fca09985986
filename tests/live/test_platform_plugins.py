"""A scaffolded platform in a real engine: chosen, and its four classes at work in each process."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.live

HERE = Path(__file__).parent
SWITCH = "ACME_PLATFORM_PLATFORM"
OWN = "acme_platform.platform.DevicePlatform"
LAYERS = 2  # of the tiny model


def generate(live: Any, model: Path, settings: dict[str, Any], *method: str, **env: str) -> Any:
    """What an engine says that was started with these settings, and its output."""
    reply = live.folder / "tokens.json"
    reply.unlink(missing_ok=True)
    status, output = live.run(
        *(HERE / "offline_tokens.py", model, reply, json.dumps(settings), *method),
        env=live.environment(**env),
        timeout=900,  # two workers on two cores that others use too
    )
    assert status == 0, output
    return json.loads(reply.read_text(encoding="utf-8")), output


def test_the_projects_own_tests_pass_with_vllm(platform: tuple[Any, Path]) -> None:
    live, folder = platform
    live.install("pytest")
    status, output = live.run("-m", "pytest", "-p", "no:cacheprovider", cwd=folder, timeout=900)
    assert status == 0, output
    assert "skipped" not in output, "with vLLM and the plugin installed, nothing is to be skipped"


@pytest.fixture(scope="module")
def plain(platform: tuple[Any, Path], model: Path) -> Any:
    """The same engine with the platform switched off."""
    live, _ = platform
    answer, output = generate(live, model, {}, **{SWITCH: "off"})
    return answer, output


def test_switched_off_vllm_runs_on_its_own_platform(plain: Any) -> None:
    answer, output = plain
    assert not answer["out_of_tree"]
    assert answer["platform"].startswith("vllm.platforms.")
    assert "DevicePlatform" not in output
    assert "runs on acme_platform" not in output


def test_it_is_the_platform_and_generates_on_two_workers(
    platform: tuple[Any, Path], model: Path, plain: Any
) -> None:
    live, _ = platform
    answer, output = generate(
        live,
        model,
        {"tensor_parallel_size": 2},
        "device_report",
        # Each worker's threads on a core of its own: vLLM would give each a memory node.
        VLLM_CPU_OMP_THREADS_BIND="0|1",
    )
    assert answer["platform"] == OWN
    assert answer["out_of_tree"]
    assert answer["tokens"] == plain[0]["tokens"]
    # The worker class answers for itself; the counts are of the attention backend's implementation
    # and of the communicator, in the worker's process.
    assert [worker["rank"] for worker in answer["workers"]] == [0, 1]
    for worker in answer["workers"]:
        assert worker["worker"] == "acme_platform.worker.DeviceWorker"
        assert worker["platform"] == OWN
        assert worker["device"] == "cpu"
        # Eight tokens take eight steps, each through every layer; two collectives a layer and step.
        assert worker["attention_calls"] >= 8 * LAYERS
        assert worker["collective_calls"] >= 2 * worker["attention_calls"]
    for rank in (0, 1):
        assert f"Worker {rank} runs on acme_platform (CPU)" in output
    assert "EngineCore" in output


def test_vllm_plugins_that_name_another_leave_it_out(
    platform: tuple[Any, Path], model: Path
) -> None:
    live, _ = platform
    code = "from vllm.platforms import current_platform as p; print('IS', type(p).__qualname__)"
    for named, expected in (("another", "CpuPlatform"), ("acme_platform", "DevicePlatform")):
        status, output = live.run("-c", code, env=live.environment(VLLM_PLUGINS=named))
        assert status == 0, output
        assert f"IS {expected}" in output
