"""Which engines are started, and what projects may set for them."""

from __future__ import annotations

import json
from typing import Any

import pytest

from vplug.errors import UsageFault
from vplug.probe.bench import bench_plans, order
from vplug.probe.engine_plan import (
    GENERIC_DATA,
    MORE_MODELS,
    EnginePlan,
    Prepared,
    not_tried,
    plan_engines,
    serve_words,
)
from vplug.probe.live_settings import KEYS, PLUGIN_KEYS, LiveSettings, live_settings

GENERAL, PLATFORM = "vllm.general_plugins:g", "vllm.platform_plugins:p"
LOGITS, STAT = "vllm.logits_processors:l", "vllm.stat_logger_plugins:s"
ENDPOINT, IO = "vllm.endpoint_plugins:e", "vllm.io_processor_plugins:i"
TINY = Prepared("/room/tiny", tiny=True, device="cpu")


def model(name: str, **more: Any) -> dict[str, Any]:
    path = f"/room/{name}"
    return {"architecture": name, "subject": GENERAL, "path": path, "generates": True, **more}


def planned(
    *subjects: str, prepared: Prepared = TINY, settings: LiveSettings | None = None
) -> tuple[EnginePlan, ...]:
    return plan_engines(subjects, prepared, settings or LiveSettings())


@pytest.mark.parametrize(
    ("subjects", "expected"),
    [
        ((GENERAL,), [("generates", False)]),
        ((GENERAL, PLATFORM, LOGITS), [("generates", False)]),
        ((GENERAL, STAT, ENDPOINT, LOGITS), [("generates", True)]),
        ((IO,), [("pools with i", False), ("pools with i", True)]),
        # The engines of the IO processor show the general plugin as well.
        ((GENERAL, IO), [("pools with i", False), ("pools with i", True)]),
        ((), []),
    ],
)
def test_as_few_engines_as_show_every_plugin(
    subjects: tuple[str, ...], expected: list[tuple[str, bool]]
) -> None:
    assert [(plan.title, plan.served) for plan in planned(*subjects)] == expected


def test_the_first_registered_model_is_the_one_that_generates() -> None:
    prepared = Prepared(
        "/room/tiny",
        True,
        "cpu",
        models=(model("A"), model("B", generates=False), model("C"), {"architecture": "D"}),
    )
    plans = planned(GENERAL, prepared=prepared)
    assert [plan.architecture for plan in plans] == ["A", "C"]
    assert all(plan.engine["load_format"] == "dummy" for plan in plans)


def test_too_many_models_are_told_of() -> None:
    many = tuple(model(f"M{number}") for number in range(MORE_MODELS + 3))
    prepared = Prepared("/room/tiny", True, "cpu", models=many)
    assert len(planned(GENERAL, prepared=prepared)) == MORE_MODELS + 1
    assert not_tried(prepared) == (f"M{MORE_MODELS + 1}", f"M{MORE_MODELS + 2}")


def test_a_lora_resolver_is_served_the_plain_model() -> None:
    prepared = Prepared("/room/tiny", True, "cpu", models=(model("A"),), resolvers=(GENERAL,))
    first, second = planned(GENERAL, prepared=prepared)
    assert first.served
    assert first.lora
    assert first.engine["model"] == "/room/tiny"
    assert first.engine["enable_lora"] is True
    assert second.architecture == "A"
    assert not second.served


def test_a_registered_attention_backend_is_asked_for_unless_the_project_says_otherwise() -> None:
    prepared = Prepared("/t", True, "cpu", backends={GENERAL: (("CUSTOM", "acme.Backend"),)})
    (plan,) = planned(GENERAL, prepared=prepared)
    assert plan.engine["attention_config"] == {"backend": "CUSTOM"}
    own = LiveSettings(engine={"attention_backend": "CPU_ATTN"})
    (plan,) = planned(GENERAL, prepared=prepared, settings=own)
    assert "attention_config" not in plan.engine


def test_what_an_io_processor_and_a_logits_processor_are_sent() -> None:
    offline, served = planned(IO)
    assert [use["data"] for use in offline.uses] == list(GENERIC_DATA)
    assert offline.engine["io_processor_plugin"] == "i"
    assert offline.engine["runner"] == "pooling"
    assert served.uses == offline.uses
    own = LiveSettings(plugins={"i": {"data": {"x": 1}}, "l": {"extra_args": {"y": 2}}})
    assert [use["data"] for use in planned(IO, settings=own)[0].uses] == [{"x": 1}]
    (plan,) = planned(LOGITS, settings=own)
    extra = [use["params"].get("extra_args") for use in plan.uses]
    assert extra == [None, None, {"y": 2}, {"y": 2}]


def test_a_real_model_keeps_its_own_length_and_type() -> None:
    (plan,) = planned(GENERAL, prepared=Prepared("/models/x", tiny=False, device="cpu"))
    assert plan.engine["model"] == "/models/x"
    assert not {"max_model_len", "dtype", "kv_cache_memory_bytes"} & set(plan.engine)


def test_on_an_accelerator_the_type_is_its_own_and_the_share_small() -> None:
    (plan,) = planned(GENERAL, prepared=Prepared("/t", tiny=True, device="cuda"))
    assert "dtype" not in plan.engine
    assert plan.engine["gpu_memory_utilization"] == 0.3


def test_arguments_as_words_of_vllm_serve() -> None:
    words = serve_words(
        {"model": "m", "enforce_eager": True, "enable_lora": False, "seed": None, "a_b": {"c": [1]}}
    )
    assert words == ["--enforce-eager", "--no-enable-lora", "--a-b", json.dumps({"c": [1]})]


def test_bench_does_the_same_work_on_both_sides() -> None:
    without, with_ = bench_plans((GENERAL,), TINY, LiveSettings())
    assert without.engine == with_.engine
    assert without.uses == with_.uses
    without, with_ = bench_plans((IO,), TINY, LiveSettings())
    assert "io_processor_plugin" not in without.engine
    assert with_.engine["io_processor_plugin"] == "i"
    assert without.uses[0] == with_.uses[0]
    assert without.uses[0]["kind"] == "embed"
    assert bench_plans((STAT,), TINY, LiveSettings())[0].served


def test_bench_takes_turns() -> None:
    assert order(3) == [False, True, True, False, False, True]
    assert sum(order(4)) == 4


def test_every_setting_is_read() -> None:
    table = {
        "model": "/m",
        "engine": {"seed": 1},
        "env": {"A": "{adapters}"},
        "plugins": {"i": {"data": 1, "model": "/n"}},
    }
    assert set(table) == set(KEYS)
    found = live_settings(table, "here")
    assert found == LiveSettings("/m", {"seed": 1}, {"A": "{adapters}"}, table["plugins"])
    assert found.of(IO) == {"data": 1, "model": "/n"}
    assert found.of(GENERAL) == {}


@pytest.mark.parametrize(
    ("table", "said"),
    [
        ({"modell": 1}, "has no key 'modell'"),
        ({"model": 1}, "model must be a string"),
        ({"engine": []}, "engine must be a table"),
        ({"env": {"A": 1}}, "env must be a table of strings"),
        ({"plugins": {"i": 1}}, "[tool.vplug.verify.plugins.i] must be a table"),
        ({"plugins": {"i": {"dat": 1}}}, "[tool.vplug.verify.plugins.i] has no key 'dat'"),
        ("x", "must be a table"),
    ],
)
def test_a_wrong_setting_says_where(table: Any, said: str) -> None:
    with pytest.raises(UsageFault) as caught:
        live_settings(table, "acme/pyproject.toml")
    assert said in caught.value.message
    assert "acme/pyproject.toml" in caught.value.message


def test_the_reference_names_every_key() -> None:
    from pathlib import Path

    page = (Path(__file__).parents[2] / "docs" / "live.md").read_text(encoding="utf-8")
    missing = [key for key in {**KEYS, **PLUGIN_KEYS} if f"`{key}`" not in page]
    assert not missing
