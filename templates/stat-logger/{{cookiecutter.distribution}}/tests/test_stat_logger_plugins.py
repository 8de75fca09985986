"""The logger against vLLM's real interface; skipped where vLLM is not installed.

No engine and no model: the statistics are vLLM's own objects, filled in by hand.
"""

from __future__ import annotations

import json
from importlib import metadata
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

pytest.importorskip("vllm", reason="vLLM is not installed: its real interface cannot be tried")

from vllm.v1.metrics import loggers
from vllm.v1.metrics.stats import (
    FinishedRequestStats,
    IterationStats,
    MultiModalCacheStats,
    SchedulerStats,
)

from {{ cookiecutter.package }} import plugin, stat_logger
from {{ cookiecutter.package }}.environment import FILE, INTERVAL
from {{ cookiecutter.package }}.stat_logger import JsonLinesStatLogger

NAME = "{{ cookiecutter.plugin_name }}"
CONFIG: Any = SimpleNamespace(model_config=SimpleNamespace(model="acme/model"))


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv(FILE, str(tmp_path / "stats.jsonl"))
    monkeypatch.setenv(INTERVAL, "3600")
    return tmp_path / "stats.jsonl"


def lines(logger: JsonLinesStatLogger, file: Path) -> list[dict[str, Any]]:
    logger._writer.flush()
    return [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]


def iteration() -> IterationStats:
    from vllm.v1.engine import FinishReason

    stats = IterationStats()
    stats.num_generation_tokens = 4
    stats.time_to_first_tokens_iter.append(0.25)
    stats.finished_requests.append(
        FinishedRequestStats(finish_reason=FinishReason.LENGTH, e2e_latency=0.5)
    )
    return stats


def test_vllm_finds_it_by_its_entry_point(monkeypatch: pytest.MonkeyPatch) -> None:
    if not metadata.entry_points(group="{{ cookiecutter.group }}", name=NAME):
        pytest.skip("this plugin is not installed, so that vLLM cannot find it")
    monkeypatch.setenv("VLLM_PLUGINS", NAME)
    assert loggers.load_stat_logger_plugin_factories() == [JsonLinesStatLogger]


def test_the_entry_point_is_a_class_that_vllm_takes() -> None:
    assert plugin.JsonLinesStatLogger is JsonLinesStatLogger
    assert issubclass(JsonLinesStatLogger, loggers.StatLoggerBase)
    assert not JsonLinesStatLogger.__abstractmethods__


def test_the_manager_builds_it_and_hands_everything_on(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # vLLM's own loggers want a whole configuration; only this one is to be built.
    class Silent:
        def __init__(self, *_: object) -> None:
            pass

        def __getattr__(self, _: str) -> Any:
            return lambda *_, **__: None

    monkeypatch.setattr(loggers, "PrometheusStatLogger", Silent)
    manager = loggers.StatLoggerManager(
        CONFIG,
        engine_idxs=[0, 1],
        custom_stat_loggers=[JsonLinesStatLogger],
        enable_default_loggers=False,
    )
    (logger,) = (made for made in manager.stat_loggers if isinstance(made, JsonLinesStatLogger))
    manager.log_engine_initialized()
    manager.record(SchedulerStats(num_running_reqs=2), iteration(), engine_idx=1)
    manager.record(None, None, mm_cache_stats=MultiModalCacheStats(), engine_idx=1)
    manager.record_sleep_state(1, 2)
    manager.record_sleep_state(0, 0)
    manager.log()
    written = lines(logger, file)
    events = [line["event"] for line in written if "event" in line]
    assert events == ["engine_initialized", "sleep", "wake_up"]
    assert (written[0]["model"], written[0]["engines"]) == ("acme/model", [0, 1])
    line = next(line for line in written if line.get("engine") == 1)
    assert line["steps"] == 2
    assert line["scheduler"]["num_running_reqs"] == 2
    assert line["iteration"]["num_generation_tokens"] == 4
    assert line["iteration"]["time_to_first_tokens_iter"]["sum"] == 0.25
    assert line["iteration"]["finished_requests"]["finish_reason"] == {"length": 1}
    assert "num_prompt_tokens" in line["iteration"]
    assert "mm_cache" in line


def test_arguments_that_a_later_release_adds_are_taken(file: Path) -> None:
    logger = JsonLinesStatLogger(CONFIG, [0])
    logger.record(SchedulerStats(), None, mm_cache_stats=None, engine_idx=0, more=1)
    # An engine that was added while serving.
    logger.record(SchedulerStats(), None, engine_idx=7)
    logger.record_admission_rejection("max_num_queued_reqs")
    written = lines(logger, file)
    assert sorted(line["engine"] for line in written if "engine" in line) == [0, 7]
    assert {"max_num_queued_reqs": 1} in [line.get("rejected") for line in written]


def test_the_form_for_one_engine_is_taken_too(file: Path) -> None:
    logger = JsonLinesStatLogger(CONFIG, engine_index=3)
    logger.record(SchedulerStats(), None)
    assert 3 in logger._windows


def test_nothing_that_fails_reaches_the_engine(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    logger = JsonLinesStatLogger(CONFIG, [0])

    def fail(*_: object) -> None:
        raise RuntimeError("out of luck")

    monkeypatch.setattr(logger._windows[0], "record", fail)
    said: list[object] = []
    monkeypatch.setattr(stat_logger.logger, "exception", lambda *args: said.append(args))
    logger.record(SchedulerStats(), None)
    logger.record(SchedulerStats(), None)
    assert len(said) == 1


def test_a_file_that_cannot_be_made_does_not_stop_the_start(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv(FILE, str(tmp_path / "file" / "stats.jsonl"))
    logger = JsonLinesStatLogger(CONFIG, [0])
    logger.record(SchedulerStats(), None)
    logger._writer.flush()
    assert not logger._failed


def test_recording_touches_no_file(file: Path) -> None:
    logger = JsonLinesStatLogger(CONFIG, [0])
    for _ in range(100):
        logger.record(SchedulerStats(), iteration())
    assert not file.exists()
    logger._writer.flush()
    assert len(file.read_text(encoding="utf-8").splitlines()) == 1


def test_a_wrong_environment_stops_the_start(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(INTERVAL, "often")
    with pytest.raises(ValueError, match=INTERVAL):
        JsonLinesStatLogger(CONFIG, [0])
