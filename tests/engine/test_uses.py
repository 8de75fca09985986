"""What using a plugin proved: no more than was seen."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import pytest

from vplug.model.live import Cell, CellKind, EngineProcess, EngineRun, Role, Truth, Use
from vplug.probe.engine_plan import EnginePlan, Prepared
from vplug.probe.engine_run import Ran
from vplug.probe.live_uses import (
    all_uses,
    use_backend,
    use_general,
    use_logits_processor,
    use_model,
    use_platform,
)
from vplug.probe.live_uses_front import (
    endpoint_tasks,
    use_endpoint,
    use_io_processor,
    use_resolver,
    use_stat_logger,
)

S = "group:x"
TOKENS = {"greedy": {"ok": True, "tokens": [[1, 2]]}}


def ran(
    *,
    up: bool = True,
    served: bool = False,
    events: Sequence[Mapping[str, Any]] = (),
    answers: Mapping[str, Mapping[str, Any]] = TOKENS,
    cells: Sequence[Cell] = (),
    platform: str | None = None,
    attention: tuple[str, ...] = (),
    **plan: Any,
) -> Ran:
    process = EngineProcess(1, Role.WORKER, platform=platform, attention=attention)
    run = EngineRun(
        "t",
        served,
        came_up=up,
        ending=None if up else "left with status 1 while starting",
        processes=(process,),
        cells=tuple(cells),
        telling=() if up else ("OSError: no",),
    )
    return Ran(EnginePlan("t", served, {}, **plan), run, tuple(events), dict(answers))


def seen(kind: str, **more: Any) -> dict[str, Any]:
    return {"event": kind, "subject": S, "pid": 1, "ok": True, **more}


LOADED = Cell(S, 1, CellKind.LOADED, load_seconds=0.1, calls=1)


def test_a_general_plugin() -> None:
    assert use_general(S, [ran(cells=[LOADED])]).truth is Truth.WORKS
    skipped = Cell(S, 1, CellKind.SKIPPED, "switched off")
    half = use_general(S, [ran(cells=[LOADED, skipped])])
    assert (half.truth, half.message) == (Truth.WEAKER, "ran in 1 of 2 processes")
    none = use_general(S, [ran(cells=[skipped])])
    assert (none.truth, none.message) == (
        Truth.UNKNOWN,
        "ran in 0 of 1 processes: switched off",
    )
    failed = Cell(S, 1, CellKind.CALL_FAILED, error="OSError: no", traceback="T")
    use = use_general(S, [ran(up=False, cells=[failed])])
    assert (use.truth, use.message, use.detail) == (
        Truth.FAILS,
        "failed when called: OSError: no",
        "T",
    )


def test_a_general_plugin_of_an_engine_that_others_stopped_is_not_to_blame() -> None:
    use = use_general(S, [ran(up=False, cells=[LOADED])])
    assert use.truth is Truth.UNKNOWN
    assert "OSError: no" in use.message
    assert not use.started


def test_a_platform() -> None:
    mine = Cell(S, 1, CellKind.LOADED, returned="acme.Platform", calls=2)
    assert use_platform(S, [ran(cells=[mine], platform="acme.Platform")]).truth is Truth.WORKS
    other = use_platform(S, [ran(cells=[mine], platform="vllm.Cpu")])
    assert (other.truth, other.effect) == (Truth.FAILS, False)
    assert "a process ran on vllm.Cpu" in other.message
    silent = use_platform(S, [ran(cells=[mine], platform="acme.Platform", answers={})])
    assert silent.truth is Truth.WEAKER
    declined = Cell(S, 1, CellKind.LOADED, returned="None", calls=1)
    use = use_platform(S, [ran(cells=[declined], platform="vllm.Cpu")])
    assert use.truth is Truth.UNKNOWN
    assert "declined on this machine" in use.message
    stopped = use_platform(S, [ran(up=False, cells=[mine], platform="acme.Platform")])
    assert (stopped.truth, stopped.started) == (Truth.FAILS, False)


@pytest.mark.parametrize(
    ("events", "configured", "truth", "effect"),
    [
        ([seen("apply", count=4, changed=True, changed_best=True)], False, Truth.WORKS, True),
        ([seen("apply", count=4, changed=True)], False, Truth.WORKS, True),
        ([seen("apply", count=4)], False, Truth.WEAKER, None),
        ([seen("apply", count=4)], True, Truth.FAILS, False),
        ([seen("method", method="__init__")], False, Truth.WEAKER, False),
        ([], False, Truth.UNKNOWN, False),
        ([seen("apply-failed", error="E", traceback="T")], False, Truth.FAILS, None),
    ],
)
def test_a_logits_processor(
    events: list[dict[str, Any]], configured: bool, truth: Truth, effect: bool | None
) -> None:
    use = use_logits_processor(S, [ran(events=events)], configured)
    assert (use.truth, use.effect) == (truth, effect)


def test_a_logits_processor_whose_request_gives_other_tokens() -> None:
    answers = {**TOKENS, f"greedy with {S}": {"ok": True, "tokens": [[9, 9]]}}
    events = [seen("apply", count=1)]
    use = use_logits_processor(S, [ran(events=events, answers=answers)], True)
    assert use.truth is Truth.WORKS
    assert "other tokens came" in use.message
    refused = {f"greedy with {S}": {"ok": False, "error": "400: no such option"}}
    use = use_logits_processor(S, [ran(events=events, answers=refused)], True)
    assert (use.truth, "no such option" in use.message) == (Truth.FAILS, True)


@pytest.mark.parametrize(
    ("events", "truth"),
    [
        ([seen("stat", method="record", count=8, iteration=True)], Truth.WORKS),
        ([seen("stat", method="record", count=8)], Truth.WEAKER),
        ([seen("method", method="__init__")], Truth.FAILS),
        ([], Truth.UNKNOWN),
        ([seen("stat-failed", method="record", error="E", traceback="T")], Truth.FAILS),
    ],
)
def test_a_stat_logger(events: list[dict[str, Any]], truth: Truth) -> None:
    assert use_stat_logger(S, [ran(served=True, events=events)]).truth is truth


def refusal(*kinds: str) -> dict[str, Any]:
    return {"ok": False, "error": f"{kinds[0]}: no", "error_kinds": [*kinds, "Exception"]}


@pytest.mark.parametrize(
    ("answers", "configured", "truth"),
    [
        ([refusal("ValueError"), {"ok": True, "type": "A"}], False, Truth.WORKS),
        ([refusal("ValidationError", "ValueError"), refusal("KeyError")], False, Truth.UNKNOWN),
        ([refusal("ValueError")], True, Truth.FAILS),
        ([refusal("NotImplementedError", "RuntimeError")], False, Truth.FAILS),
        ([refusal("VLLMValidationError", "VLLMClientError")], False, Truth.UNKNOWN),
        # After it was read, the tiny model may be to blame; while it is read, it is not.
        ([refusal("RuntimeError")], False, Truth.UNKNOWN),
        (
            [
                {
                    **refusal("RuntimeError"),
                    "traceback": '  File "io.py", line 3, in parse_data\n    x',
                }
            ],
            False,
            Truth.FAILS,
        ),
        (
            [
                {
                    **refusal("ValueError"),
                    "traceback": '  File "io.py", line 3, in parse_data\n    x',
                }
            ],
            False,
            Truth.UNKNOWN,
        ),
        ([{"ok": False, "error": "ValueError: Unsupported task: 'plugin'"}], False, Truth.FAILS),
        ([{"ok": False, "error": "ValueError: Unsupported task: 'score'"}], False, Truth.UNKNOWN),
        ([{"ok": False, "status": 400, "error": "400: no"}], False, Truth.UNKNOWN),
        ([{"ok": False, "status": 500, "error": "500: no"}], False, Truth.UNKNOWN),
        ([{"ok": False, "status": 500, "error": "500: no"}], True, Truth.FAILS),
    ],
)
def test_an_io_processor(answers: list[dict[str, Any]], configured: bool, truth: Truth) -> None:
    given = {f"encode {number}": answer for number, answer in enumerate(answers)}
    (use,) = use_io_processor(S, [ran(answers=given)], configured)
    assert use.truth is truth
    assert use.how == "encode"


def test_its_own_request_to_a_tiny_model_is_said_to_be_one() -> None:
    plain = ran(answers={"encode 0": refusal("ValueError")})
    tiny = replace(plain, run=replace(plain.run, guess="the tiny model may not be its own"))
    (use,) = use_io_processor(S, [tiny], True)
    assert use.truth is Truth.FAILS
    assert "the tiny model may not be its own: [tool.vplug.verify.plugins." in use.message
    (use,) = use_io_processor(S, [plain], True)
    assert "tiny" not in use.message


def test_of_refusals_the_one_that_names_a_field_is_shown() -> None:
    answers = {
        "encode 0": refusal("TypeError") | {"error": "TypeError: data should be a dictionary"},
        "encode 1": refusal("ValueError")
        | {
            "error": "1 validation error for R\ninput\n  Field required\n    For further information visit x"
        },
        "encode 2": refusal("TypeError") | {"error": "TypeError: data should be a dictionary"},
    }
    (use,) = use_io_processor(S, [ran(answers=answers)], False)
    assert "1 validation error for R input Field required)" in use.message
    answers["encode 3"] = refusal("ValueError") | {"error": "400: Unsupported task: 'score'"}
    (use,) = use_io_processor(S, [ran(answers=answers)], False)
    assert "Unsupported task: 'score'" in use.message, "it was read"


def test_an_io_processor_that_does_not_start_with_the_tiny_model() -> None:
    (use,) = use_io_processor(S, [ran(up=False)], False)
    assert (use.truth, use.started) == (Truth.FAILS, False), "the project named its model"
    plain = ran(up=False)
    run = replace(plain.run, guess="the tiny model may not be one that it is for")
    (use,) = use_io_processor(S, [replace(plain, run=run)], False)
    assert (use.truth, use.started) == (Truth.UNKNOWN, False)
    assert "the tiny model may not be" in use.message


def test_an_io_processor_that_ends_the_engine() -> None:
    engine = ran(answers={"encode 0": refusal("ValueError")})
    died = Ran(
        engine.plan,
        EngineRun(
            "t", False, came_up=True, ending="was killed by SIGSEGV while answering requests"
        ),
        (),
        engine.answers,
    )
    (use,) = use_io_processor(S, [died], True)
    assert use.truth is Truth.FAILS
    assert "SIGSEGV" in use.message
    (use,) = use_io_processor(S, [died], False)
    assert (use.truth, "SIGSEGV" in use.message) == (Truth.UNKNOWN, True)


def answer(status: int, body: str = "", listed: bool = True) -> dict[str, Any]:
    return {"status": status, "body": body, "listed": listed}


@pytest.mark.parametrize(
    ("reply", "own", "truth", "said"),
    [
        (answer(200, "{}"), False, Truth.WORKS, "200"),
        (answer(422), False, Truth.WEAKER, "input model"),
        (answer(400), False, Truth.WEAKER, "refuses the generic request"),
        (answer(401), False, Truth.WEAKER, "authorisation"),
        (answer(404, '{"detail":"Not Found"}', listed=False), False, Truth.FAILS, "no such route"),
        (answer(404, '{"detail":"Not Found"}'), False, Truth.WEAKER, "the route is there"),
        (answer(404, '{"detail":"no adapter 1"}'), False, Truth.WEAKER, "the route is there"),
        (answer(500, "boom"), False, Truth.FAILS, "boom"),
        (
            answer(500, '{"error": {"message": "no such call"}}'),
            False,
            Truth.FAILS,
            "500: no such call",
        ),
        (answer(503, '{"error": "no index"}'), False, Truth.UNKNOWN, "503: it says that it cannot"),
        (answer(503, "no index"), True, Truth.FAILS, "503: no index"),
        (answer(0, "gone"), False, Truth.FAILS, "no answer"),
        (answer(422), True, Truth.FAILS, "its own request"),
    ],
)
def test_an_endpoint(reply: dict[str, Any], own: bool, truth: Truth, said: str) -> None:
    attached = seen("method", method="attach_router")
    (use,) = use_endpoint(S, [ran(served=True, events=[attached])], {"GET /x": reply}, own)
    assert use.truth is truth
    assert said in use.message
    assert use.how == "GET /x"


def test_an_endpoint_that_was_not_attached_says_why() -> None:
    made = seen("method", method="made", required_tasks=["embed"])
    engine = ran(served=True, events=[made])
    assert endpoint_tasks(S, [engine]) == ("embed",)
    (use,) = use_endpoint(S, [engine], {}, False)
    assert (use.truth, "embed" in use.message) == (Truth.UNKNOWN, True)
    skipped = Cell(S, 1, CellKind.SKIPPED, "opt-in")
    (use,) = use_endpoint(S, [ran(served=True, cells=[skipped])], {}, False)
    assert use.message == "it was not loaded: opt-in"
    attached = seen("method", method="attach_router")
    (use,) = use_endpoint(S, [ran(served=True, events=[attached])], {}, False)
    assert (use.truth, use.effect) == (Truth.FAILS, False)


def resolved(**more: Any) -> dict[str, Any]:
    return {"event": "resolved", "by": S, "pid": 1, "ok": True, **more}


@pytest.mark.parametrize(
    ("events", "adapter", "own", "truth"),
    [
        ([resolved(found=True)], {"ok": True, "differs": True}, False, Truth.WORKS),
        ([resolved(found=True)], {"ok": False, "error": "500"}, False, Truth.FAILS),
        ([resolved(found=False)], {"ok": False}, False, Truth.UNKNOWN),
        ([resolved(found=False)], {"ok": False}, True, Truth.FAILS),
        ([], {"ok": True}, False, Truth.UNKNOWN),
        ([{**resolved(), "ok": False, "error": "E"}], {"ok": False}, False, Truth.FAILS),
    ],
)
def test_a_lora_resolver(
    events: list[dict[str, Any]], adapter: dict[str, Any], own: bool, truth: Truth
) -> None:
    assert use_resolver(S, [ran(served=True, events=events)], adapter, own).truth is truth


MODEL = {"architecture": "A", "subject": S, "value": "acme.m:A", "class": "acme.m.A", "how": "h"}


def test_a_model() -> None:
    assert use_model(S, MODEL, [ran()], False).truth is Truth.WORKS
    weaker = use_model(S, MODEL, [ran(up=False)], False)
    assert weaker.truth is Truth.WEAKER, "the derived configuration may be to blame"
    assert "OSError: no" in weaker.message
    assert use_model(S, MODEL, [ran(up=False)], True).truth is Truth.FAILS
    pooling = use_model(S, {**MODEL, "generates": False}, [], False)
    assert (pooling.truth, "no generating model" in pooling.message) == (Truth.WEAKER, True)


@pytest.mark.parametrize(
    ("error", "truth"),
    [
        ("ModuleNotFoundError: No module named 'torchvision'", Truth.UNKNOWN),
        ("ModuleNotFoundError: No module named 'vllm.gone'", Truth.FAILS),
        ("ModuleNotFoundError: No module named 'acme.gone'", Truth.FAILS),
        ("AttributeError: module 'acme.m' has no attribute 'A'", Truth.FAILS),
    ],
)
def test_a_model_whose_class_cannot_be_had(error: str, truth: Truth) -> None:
    assert use_model(S, {**MODEL, "error": error}, [], False).truth is truth


def test_an_attention_backend() -> None:
    used = ran(attention=("acme.Backend",))
    assert use_backend(S, "CUSTOM", "acme.Backend", [used]).truth is Truth.WORKS
    other = use_backend(S, "CUSTOM", "acme.Backend", [ran(attention=("vllm.Cpu",))])
    assert (other.truth, "used vllm.Cpu" in other.message) == (Truth.WEAKER, True)


def test_all_of_a_target_is_judged() -> None:
    general, processor = "vllm.general_plugins:g", "vllm.io_processor_plugins:i"
    cells = [Cell(general, 1, CellKind.LOADED), Cell(processor, 1, CellKind.LOADED)]
    runs = [ran(cells=cells, io_processor="i", pooling=True, answers={"e": {"ok": True}})]
    uses = all_uses((general, processor), runs, Prepared("m", True, "cpu"), {}, False)
    assert [(use.subject, use.truth) for use in uses] == [
        (general, Truth.WORKS),
        (processor, Truth.WORKS),
    ]
    assert all_uses((general,), [], Prepared("m", True, "cpu"), {}, False) == ()
    assert isinstance(uses[0], Use)


def test_a_model_that_wants_a_variable_says_which() -> None:
    item = {
        "subject": S,
        "architecture": "Acme",
        "value": "acme:Acme",
        "class": "acme.Acme",
        "how": "a Llama's",
    }
    failed = ran(up=False, answers={})
    telling = ('  File "<frozen os>", line 679, in __getitem__', "KeyError: 'ACME'")
    told = replace(failed, run=replace(failed.run, telling=telling), error=telling[-1])
    use = use_model(S, item, [told], own=False)
    assert use.truth is Truth.WEAKER
    assert "ACME is not set ([tool.vplug.verify] env sets it)" in use.message
    assert "configuration's fault" not in use.message
    assert "configuration's fault" in use_model(S, item, [failed], own=False).message


def test_a_plugin_that_did_not_return_is_told_where_the_engine_came_up_all_the_same() -> None:
    stuck = Cell(S, 1, CellKind.UNFINISHED, reason="calling it")
    assert use_general(S, [ran(cells=[stuck])]).started
    assert not use_general(S, [ran(cells=[stuck], up=False)]).started
