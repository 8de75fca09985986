"""VP75x on what engines showed: each fails on something and passes on something."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest

from vplug.model import OutcomeKind
from vplug.model.live import (
    Cell,
    CellKind,
    Difference,
    EngineProcess,
    EngineRun,
    LiveObservation,
    Role,
    Truth,
    Use,
)
from vplug.rules import judge

S = "vllm.general_plugins:acme"
PLUGIN = SimpleNamespace(subject=S)
PROCESSES = (EngineProcess(1, Role.FRONT_END), EngineProcess(2, Role.WORKER, rank=0))


def engine(*cells: Cell, up: bool = True, **more: Any) -> EngineRun:
    ending = None if up else "did not come up in 9 s"
    return EngineRun(
        "generates", False, came_up=up, ending=ending, processes=PROCESSES, cells=cells, **more
    )


def live(*engines: EngineRun, **more: Any) -> LiveObservation:
    return LiveObservation(subjects=(S,), engines=engines, **more)


def judged(code: str, observation: LiveObservation) -> tuple[list[str], OutcomeKind]:
    given: dict[str, Any] = {"live": observation}
    if code != "VP753":
        given["plugin"] = PLUGIN
    findings, outcome = judge(code, **given)
    return [finding.message for finding in findings], outcome.kind


LOADED = Cell(S, 1, CellKind.LOADED)
LOAD_FAILED = Cell(S, 2, CellKind.LOAD_FAILED, error="ImportError: x")
CALL_FAILED = Cell(S, 2, CellKind.CALL_FAILED, error="OSError: y")
WORKS = Use(S, "generate", Truth.WORKS, "fine", effect=True)


def use(truth: Truth, **more: Any) -> Use:
    return Use(S, "generate", truth, "the message", **more)


@pytest.mark.parametrize(
    ("code", "observation", "message"),
    [
        (
            "VP750",
            live(engine(LOADED), differences=(Difference(S, "worker 0", "loads (w)", "skipped"),)),
            "in the worker 0: foretold was that it loads (w); seen: skipped",
        ),
        ("VP751", live(engine(LOAD_FAILED)), "it failed to load in the worker 0: ImportError: x"),
        (
            "VP751",
            live(engine(replace(LOAD_FAILED, pid=1), LOAD_FAILED, up=False), engine(LOAD_FAILED)),
            (
                "it failed to load in the front end and worker 0, and the engine did not come up: "
                "ImportError: x"
            ),
        ),
        (
            "VP752",
            live(engine(CALL_FAILED, up=False)),
            "it failed when called in the worker 0, and the engine did not come up: OSError: y",
        ),
        (
            "VP753",
            live(engine(LOADED, up=False, telling=("ValueError: z",)), control=engine()),
            "vllm.LLM (generates) did not come up in 9 s: ValueError: z",
        ),
        ("VP754", live(engine(LOADED), uses=(use(Truth.FAILS),)), "generate: the message"),
        (
            "VP755",
            live(engine(LOADED), uses=(use(Truth.WEAKER, effect=False),)),
            "generate: the message",
        ),
    ],
)
def test_a_rule_fails_and_passes(code: str, observation: LiveObservation, message: str) -> None:
    assert judged(code, observation) == ([message], OutcomeKind.FAIL)
    assert judged(code, live(engine(LOADED), uses=(WORKS,))) == ([], OutcomeKind.PASS)


@pytest.mark.parametrize(
    ("telling", "told"),
    [
        (
            (
                "Traceback in EngineCore (most recent call last):",
                '  File "acme.py", line 3, in load',
                "acme.errors.LoadError: no weights",
                "...",
                "INFO: Shutting down",
            ),
            "acme.errors.LoadError: no weights",
        ),
        (("INFO: Waiting", "INFO: Shutting down"), "INFO: Shutting down"),
    ],
)
def test_the_exception_is_quoted(telling: tuple[str, ...], told: str) -> None:
    run = engine(LOADED, up=False, telling=telling)
    (message,), _ = judged("VP753", live(run, control=engine()))
    assert message.endswith(f": {told}")


def test_a_doubt_is_a_doubt() -> None:
    found, kind = judged("VP754", live(engine(LOADED), uses=(use(Truth.UNKNOWN),)))
    assert (found, kind) == ([], OutcomeKind.UNKNOWN)
    found, kind = judged("VP753", live(engine(LOADED, up=False)))
    assert (found, kind) == ([], OutcomeKind.UNKNOWN), "no engine without the plugin was tried"


def test_an_engine_on_a_guess_is_a_doubt() -> None:
    guessed = engine(LOADED, up=False, guess="the tiny model may not be one that it is for")
    found, kind = judged("VP753", live(guessed, control=engine()))
    assert (found, kind) == ([], OutcomeKind.UNKNOWN)


def test_a_missing_module_is_missing_whatever_the_model() -> None:
    raised = "ModuleNotFoundError: No module named 'acme_images'"
    guessed = engine(LOADED, up=False, guess="the tiny model may not be one", telling=(raised,))
    ended = replace(guessed, ending=f"raised while starting the engine: {raised}", telling=())
    for run in (guessed, ended):
        (message,), _ = judged("VP753", live(run, control=engine()))
        assert "acme_images" in message
        assert "tiny model" not in message


def test_an_engine_that_did_not_start_is_told_once() -> None:
    stopped = use(Truth.FAILS, started=False)
    observation = live(engine(CALL_FAILED, up=False), control=engine(), uses=(stopped,))
    assert judged("VP753", observation)[0] == []
    assert judged("VP754", observation) == ([], OutcomeKind.SKIPPED)


def test_a_plugin_that_was_left_out_is_skipped() -> None:
    other = LiveObservation(subjects=("vllm.general_plugins:other",), engines=(engine(),))
    for code in ("VP750", "VP751", "VP752", "VP754", "VP755"):
        assert judged(code, other)[1] is OutcomeKind.SKIPPED
