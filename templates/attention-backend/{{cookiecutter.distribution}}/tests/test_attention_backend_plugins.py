"""The backend against the real vLLM; skipped where vLLM is not installed. No engine, no model."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator
from importlib import metadata
from itertools import pairwise
from typing import Any

import pytest

pytest.importorskip("vllm", reason="vLLM is not installed: the backend cannot be tried on it")

import torch
import vllm.plugins
from vllm.utils.import_utils import resolve_obj_by_qualname
from vllm.v1.attention.backend import (
    AttentionBackend,
    AttentionImpl,
    AttentionMetadataBuilder,
    CommonAttentionMetadata,
)
from vllm.v1.attention.backends.registry import AttentionBackendEnum

from {{ cookiecutter.package }}.environment import REPLACES
from {{ cookiecutter.package }}.plugin import BACKEND, logger, register

NAME = "{{ cookiecutter.plugin_name }}"
CUSTOM = AttentionBackendEnum.CUSTOM
CPU_ATTN = AttentionBackendEnum.CPU_ATTN
HEADS, KV_HEADS, SIZE, BLOCK = 4, 2, 16, 4

Backend = resolve_obj_by_qualname(BACKEND)
Impl = Backend.get_impl_cls()
Builder = Backend.get_builder_cls()


@pytest.fixture(autouse=True)
def fresh_registry() -> Iterator[None]:
    """The registry as vLLM has it, before and after each test."""
    for backend in (CUSTOM, CPU_ATTN):
        backend.clear_override()
    yield
    for backend in (CUSTOM, CPU_ATTN):
        backend.clear_override()


def test_it_is_registered_as_custom_and_bears_a_second_call(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv(REPLACES, raising=False)
    register()
    register()
    assert CUSTOM.get_class() is Backend
    assert not CPU_ATTN.is_overridden()


def test_it_stands_in_for_those_that_the_environment_names(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv(REPLACES, "cpu_attn")
    register()
    assert CPU_ATTN.get_path() == BACKEND
    assert CUSTOM.get_path() == BACKEND


def test_vllm_calls_it_by_name(monkeypatch: pytest.MonkeyPatch) -> None:
    if not metadata.entry_points(group=vllm.plugins.DEFAULT_PLUGINS_GROUP, name=NAME):
        pytest.skip("this plugin is not installed, so that vLLM cannot find it")
    monkeypatch.setenv("VLLM_PLUGINS", NAME)
    monkeypatch.setattr(vllm.plugins, "plugins_loaded", False)
    vllm.plugins.load_general_plugins()
    assert CUSTOM.get_path() == BACKEND


def test_a_backend_that_vllm_has_not_stops_the_start(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(REPLACES, "NO_SUCH_ATTN")
    with pytest.raises(ValueError, match=f"{REPLACES}: .*NO_SUCH_ATTN; it has .*CPU_ATTN"):
        register()
    assert not CUSTOM.is_overridden()


def test_another_plugins_custom_is_warned_of(caplog: pytest.LogCaptureFixture) -> None:
    from vllm.v1.attention.backends.registry import register_backend

    register_backend(CUSTOM, "another.plugin.Backend")
    logger.addHandler(caplog.handler)
    register()
    logger.removeHandler(caplog.handler)
    assert "CUSTOM was registered as another.plugin.Backend before." in caplog.messages


def test_the_three_classes_are_whole() -> None:
    assert issubclass(Backend, AttentionBackend)
    assert issubclass(Builder, AttentionMetadataBuilder)
    assert issubclass(Impl, AttentionImpl)
    for made in (Backend, Builder, Impl):
        assert not getattr(made, "__abstractmethods__", None), made


def test_vllm_knows_its_name() -> None:
    # vLLM's attention layer looks it up.
    assert AttentionBackendEnum[Backend.get_name()] is CUSTOM


@pytest.mark.parametrize("made", [Backend, Builder, Impl], ids=lambda made: made.__name__)
def test_its_methods_take_what_this_vllm_passes(made: type) -> None:
    for name in vars(made):
        base = next((base for base in made.__mro__[1:] if name in vars(base)), object)
        if base is object or name == "__init__" or not callable(getattr(base, name)):
            continue
        own = list(inspect.signature(getattr(made, name)).parameters)
        theirs = list(inspect.signature(getattr(base, name)).parameters)
        assert own[: len(theirs)] == theirs, name


def test_what_it_says_it_supports() -> None:
    for dtype in (torch.float16, torch.bfloat16, torch.float32):
        assert Backend.supports_dtype(dtype)
    for size in (16, 64, 80, 576):
        assert Backend.supports_head_size(size)
    assert Backend.supports_block_size(16)
    assert Backend.supports_kv_cache_dtype("auto")
    assert not Backend.supports_kv_cache_dtype("fp8")
    assert not Backend.is_mla()
    assert [Backend.supports_attn_type(kind) for kind in ("decoder", "encoder_decoder")] == [
        True,
        False,
    ]


def impl(**settings: Any) -> Any:
    """The implementation of one layer, made as vLLM's attention layer makes it."""
    given = {
        "alibi_slopes": None,
        "sliding_window": None,
        "kv_cache_dtype": "auto",
        "logits_soft_cap": None,
        "attn_type": "decoder",
        "kv_sharing_target_layer_name": None,
    }
    extra = {name: value for name, value in settings.items() if name not in given}
    ordered = [settings.get(name, default) for name, default in given.items()]
    return Impl(HEADS, SIZE, SIZE**-0.5, KV_HEADS, *ordered, **extra)


@pytest.mark.parametrize(
    ("settings", "reason"),
    [
        ({"alibi_slopes": [1.0] * HEADS}, "lacks ALiBi slopes"),
        ({"logits_soft_cap": 30.0}, "lacks a soft cap of the logits"),
        ({"kv_cache_dtype": "fp8"}, "lacks the cache type fp8"),
        ({"attn_type": "encoder_decoder"}, "lacks the attention type encoder_decoder"),
        ({"sinks": torch.ones(HEADS)}, "lacks sinks"),
    ],
)
def test_a_model_that_needs_more_is_refused_when_it_is_built(
    settings: dict[str, Any], reason: str
) -> None:
    with pytest.raises(NotImplementedError, match=reason):
        impl(**settings)


def test_what_a_model_leaves_empty_is_no_reason_to_refuse_it() -> None:
    assert impl(logits_soft_cap=0.0, sinks=None).scale == SIZE**-0.5


def common(starts: list[int], lengths: list[int], blocks: list[list[int]], **more: Any) -> Any:
    """The batch as vLLM's model runner describes it."""
    table = torch.tensor(blocks, dtype=torch.int32)
    slots = [
        blocks[number][place // BLOCK] * BLOCK + place % BLOCK
        for number, length in enumerate(lengths)
        for place in range(length - (starts[number + 1] - starts[number]), length)
    ]
    where = torch.tensor(starts, dtype=torch.int32)
    return CommonAttentionMetadata(
        query_start_loc=where,
        query_start_loc_cpu=where,
        seq_lens=torch.tensor(lengths, dtype=torch.int32),
        num_reqs=len(lengths),
        num_actual_tokens=starts[-1],
        max_query_len=max(end - begin for begin, end in pairwise(starts)),
        max_seq_len=max(lengths),
        block_table_tensor=table,
        slot_mapping=torch.tensor(slots, dtype=torch.int64),
        **more,
    )


def built(batch: Any) -> Any:
    builder = Builder.__new__(Builder)
    return builder.build(0, batch)


def test_a_prefill_then_a_decode(reference: Callable[..., torch.Tensor]) -> None:
    """Two steps of two requests through the builder and the implementation."""
    torch.manual_seed(0)
    layer = impl()
    cache = torch.full(Backend.get_kv_cache_shape(8, BLOCK, KV_HEADS, SIZE), float("nan"))
    blocks = [[5, 2], [7, 0]]
    keys, values = ([torch.empty(0, KV_HEADS, SIZE)] * 2 for _ in range(2))
    for starts, lengths in (([0, 4, 6], [4, 2]), ([0, 1, 2], [5, 3])):
        count = starts[-1]
        # vLLM's tensors may be longer than the batch.
        query, output = torch.randn(2, count + 3, HEADS, SIZE)
        key, value = torch.randn(2, count + 3, KV_HEADS, SIZE)
        tail = output[count:].clone()
        batch = built(common(starts, lengths, blocks))
        assert layer.forward(None, query, key, value, cache, batch, output) is output
        for number, span in enumerate(slice(*ends) for ends in pairwise(starts)):
            keys[number] = torch.cat((keys[number], key[span]))
            values[number] = torch.cat((values[number], value[span]))
            expected = reference(query[span], keys[number], values[number], scale=layer.scale)
            assert torch.allclose(output[span].double(), expected, atol=1e-5)
        assert torch.equal(output[count:], tail)


def test_an_encoder_attends_both_ways_and_keeps_nothing(
    reference: Callable[..., torch.Tensor],
) -> None:
    torch.manual_seed(0)
    layer = impl(attn_type="encoder_only")
    query, output = torch.randn(2, 5, HEADS, SIZE)
    key, value = torch.randn(2, 5, KV_HEADS, SIZE)
    batch = built(common([0, 3, 5], [3, 2], [[0], [1]], causal=False))
    layer.forward(None, query, key, value, torch.empty(0), batch, output)
    for span in (slice(0, 3), slice(3, 5)):
        expected = reference(query[span], key[span], value[span], scale=layer.scale, causal=False)
        assert torch.allclose(output[span].double(), expected, atol=1e-5)


def test_a_layer_that_shares_a_cache_writes_nothing_to_it() -> None:
    layer = impl(kv_sharing_target_layer_name="model.layers.0.self_attn.attn")
    cache = torch.zeros(Backend.get_kv_cache_shape(2, BLOCK, KV_HEADS, SIZE))
    query, output = torch.randn(2, 2, HEADS, SIZE)
    key, value = torch.randn(2, 2, KV_HEADS, SIZE)
    layer.forward(None, query, key, value, cache, built(common([0, 2], [2], [[1]])), output)
    assert not cache.any()


def test_a_rehearsal_without_a_batch_gives_zeros() -> None:
    query, output = torch.randn(2, 2, HEADS, SIZE)
    key, value = torch.randn(2, 2, KV_HEADS, SIZE)
    assert not impl().forward(None, query, key, value, torch.empty(0), None, output).any()


def test_what_a_step_cannot_do_is_refused() -> None:
    query, output = torch.randn(2, 2, HEADS, SIZE)
    key, value = torch.randn(2, 2, KV_HEADS, SIZE)
    with pytest.raises(NotImplementedError, match="fused quantisation"):
        impl().forward(None, query, key, value, None, None, output, torch.ones(1))
    with pytest.raises(NotImplementedError, match="causality"):
        built(common([0, 2], [2], [[1]], causal=torch.tensor([True])))
