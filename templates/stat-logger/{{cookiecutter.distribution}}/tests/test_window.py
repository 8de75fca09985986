"""Summing up: what is counted, what is a state, and fields that come and go."""

from dataclasses import dataclass, field
from enum import IntEnum
from types import SimpleNamespace
from typing import Any

import pytest

from {{ cookiecutter.package }} import window
from {{ cookiecutter.package }}.window import Window


class Reason(IntEnum):
    STOP = 0
    LENGTH = 1


@dataclass
class Cache:
    queries: int = 0
    hits: int = 0
    reset: bool = False


@dataclass
class Request:
    finish_reason: Reason
    e2e_latency: float
    request_id: str = "secret"


@dataclass
class Tokens:
    total: int = 0


@dataclass
class Scheduler:
    num_running_reqs: int = 0
    kv_cache_usage: float = 0.0
    prefix_cache_stats: Cache = field(default_factory=Cache)
    running_lora_adapters: dict[str, int] = field(default_factory=dict)


class Iteration:
    """As vLLM's: no dataclass, and one number is a property from 0.16 on."""

    def __init__(self, generated: int, prompt: int, latencies: list[float]) -> None:
        self.iteration_timestamp = 1e9
        self.num_generation_tokens = generated
        self.prompt_token_stats = Tokens(prompt)
        self.time_to_first_tokens_iter = latencies
        self.finished_requests = [Request(Reason.LENGTH, latency) for latency in latencies]

    @property
    def num_prompt_tokens(self) -> int:
        return self.prompt_token_stats.total

    @property
    def broken(self) -> int:
        raise RuntimeError("no such thing")


def taken(recorded: Window) -> dict[str, Any]:
    found = recorded.take()
    assert found is not None
    return found


def test_states_are_the_last_and_counts_are_summed() -> None:
    recorded = Window()
    for running in (3, 2):
        cache = Cache(queries=10, hits=running)
        recorded.record(Scheduler(running, 0.5, cache, {"lora": running}), None, None)
    line = taken(recorded)
    assert line["steps"] == 2
    assert line["scheduler"] == {
        "num_running_reqs": 2,
        "kv_cache_usage": 0.5,
        "running_lora_adapters": {"lora": 2},
    }
    assert line["scheduler.prefix_cache_stats"] == {"queries": 20, "hits": 5}


def test_measurements_become_spreads_and_requests_are_counted_by_reason() -> None:
    recorded = Window()
    recorded.record(None, Iteration(5, 7, [0.5, 1.5]), None)
    recorded.record(None, Iteration(1, 2, []), None)
    line = taken(recorded)
    iteration = line["iteration"]
    spread = {"count": 2, "sum": 2.0, "min": 0.5, "max": 1.5}
    assert iteration["num_generation_tokens"] == 6
    assert iteration["num_prompt_tokens"] == 9
    assert iteration["time_to_first_tokens_iter"] == spread
    assert iteration["finished_requests"] == {
        "count": 2,
        "finish_reason": {"length": 2},
        "e2e_latency": spread,
    }
    assert line["iteration.prompt_token_stats"] == {"total": 9}
    assert "iteration_timestamp" not in iteration
    assert "secret" not in str(line)


def test_taking_begins_anew_and_nothing_recorded_is_no_line() -> None:
    now = 0.0
    recorded = Window(clock=lambda: now)
    assert recorded.take() is None
    now = 2.0
    assert recorded.take() is None
    recorded.record(Scheduler(1), None, None)
    now = 5.0
    assert taken(recorded)["seconds"] == 3.0
    assert recorded.take() is None


def test_rejections_alone_make_a_line() -> None:
    recorded = Window()
    recorded.reject("max_num_queued_reqs")
    assert taken(recorded)["rejected"] == {"max_num_queued_reqs": 1}


@pytest.mark.parametrize(
    "stats",
    [
        SimpleNamespace(),
        SimpleNamespace(num_running_reqs=None, text="x", flag=True, nothing=object()),
        SimpleNamespace(value=float("nan"), other=float("inf")),
        {"number": 1, 2: 3},
        object(),
        7,
    ],
)
def test_what_cannot_be_read_is_left_out(stats: object) -> None:
    recorded = Window()
    recorded.record(stats, stats, stats)
    line = taken(recorded)
    assert line["steps"] == 1
    assert line["scheduler"] in ({}, {"number": 1})


def test_a_structure_without_end_is_cut_off() -> None:
    @dataclass
    class Endless:
        number: int = 1

        @property
        def next(self) -> object:
            return Endless()

    recorded = Window()
    recorded.record(None, Endless(), None)
    names = [name for name in taken(recorded) if name.startswith("iteration")]
    assert len(names) == window.DEPTH + 1


def values_in(value: object) -> int:
    return sum(map(values_in, value.values())) if isinstance(value, dict) else 1


def test_what_is_held_does_not_grow_with_the_steps() -> None:
    sizes = set()
    for steps in (1, 1000):
        recorded = Window()
        for _ in range(steps):
            recorded.record(Scheduler(1), Iteration(1, 1, [0.1, 0.2]), Cache(1, 1))
        sizes.add(values_in(taken(recorded)))
    assert len(sizes) == 1
