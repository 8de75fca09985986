"""A scaffolded stat logger under ``vllm serve``: what it writes, and that nothing stops the server."""

from __future__ import annotations

import json
import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

pytestmark = pytest.mark.live

PROMPT = {"model": "tiny", "prompt": "t1 t2 t3", "max_tokens": 5, "ignore_eos": True}


def lines_of(file: Path) -> list[dict[str, Any]]:
    paths = [path for path in file.parent.glob(f"{file.name}*") if path.suffix != ".lock"]
    return [
        json.loads(line) for path in paths for line in path.read_text(encoding="utf-8").splitlines()
    ]


def counted(lines: list[dict[str, Any]], section: str, field: str) -> Any:
    return sum(line.get(section, {}).get(field, 0) for line in lines)


def test_its_own_tests_pass_with_vllm(
    stat_logger: Path, own_tests: Callable[[Path], tuple[int, str]]
) -> None:
    status, output = own_tests(stat_logger)
    assert status == 0, output
    assert "skipped" not in output, output


def test_a_served_engine_is_written_about(live: Any, model: Path, stat_logger: Path) -> None:
    file = live.folder / "stats" / "served.jsonl"
    env = live.environment(
        VLLM_PLUGINS="acme_stats",
        ACME_STATS_FILE=str(file),
        ACME_STATS_INTERVAL="1",
        ACME_STATS_MAX_BYTES="6000",
        ACME_STATS_BACKUPS="50",
    )
    # Also without vLLM's own logging of statistics, which would call log().
    with live.serving(model, "--disable-log-stats", env=env) as server:
        assert f"Statistics go to {file} every 1 s." in server.output()
        for _ in range(3):
            with ThreadPoolExecutor(4) as pool:
                answers = list(
                    pool.map(lambda _: server.request("/v1/completions", PROMPT), "1234")
                )
            assert [status for status, _ in answers] == [200] * 4, answers
            time.sleep(1.1)
    lines = lines_of(file)
    (begun,) = [line for line in lines if line.get("event") == "engine_initialized"]
    assert begun["model"] == str(model)
    steps = [line for line in lines if "steps" in line]
    assert len(steps) >= 2
    assert {line["engine"] for line in steps} == {0}
    assert counted(steps, "iteration", "num_generation_tokens") == 12 * 5
    assert counted(steps, "iteration", "num_prompt_tokens") == 12 * 3
    finished = [line["iteration"].get("finished_requests", {}) for line in steps]
    assert sum(one.get("finish_reason", {}).get("length", 0) for one in finished) == 12
    assert {"num_running_reqs", "kv_cache_usage"} <= steps[0]["scheduler"].keys()
    assert (file.parent / "served.jsonl.1").is_file(), "it was rotated"


def test_a_file_that_cannot_be_written_does_not_stop_the_server(
    live: Any, model: Path, stat_logger: Path
) -> None:
    blocked = live.folder / "blocked"
    blocked.touch()
    file = blocked / "stats.jsonl"
    env = live.environment(
        VLLM_PLUGINS="acme_stats", ACME_STATS_FILE=str(file), ACME_STATS_INTERVAL="1"
    )
    with live.serving(model, env=env) as server:
        for _ in range(2):
            assert server.request("/v1/completions", PROMPT)[0] == 200
            time.sleep(1.1)
        assert server.output().count("Statistics cannot be written; they wait.") == 1
        # The folder appears while the server runs: what waited is written.
        blocked.unlink()
        assert server.request("/v1/completions", PROMPT)[0] == 200
        deadline = time.monotonic() + 300
        while not file.exists() and time.monotonic() < deadline:
            time.sleep(0.2)
    steps = [line for line in lines_of(file) if "steps" in line]
    assert counted(steps, "iteration", "num_generation_tokens") == 3 * 5
