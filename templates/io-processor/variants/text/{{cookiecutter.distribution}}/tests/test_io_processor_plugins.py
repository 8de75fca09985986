"""The processor against vLLM's real interface; skipped where vLLM is not installed.

No engine and no model: the outputs are made up. Named after vLLM's own test of its IO processors.
"""

from __future__ import annotations

import math
from importlib import metadata
from types import SimpleNamespace
from typing import Any

import pytest

pytest.importorskip("vllm", reason="vLLM is not installed: its real interface cannot be tried")

import torch
from vllm.outputs import PoolingOutput, PoolingRequestOutput
from vllm.plugins.io_processors import get_io_processor
from vllm.plugins.io_processors.interface import IOProcessor
from vllm.pooling_params import PoolingParams

from {{ cookiecutter.package }}.environment import MAX_CHARS, MAX_CHUNKS
from {{ cookiecutter.package }}.plugin import register
from {{ cookiecutter.package }}.processor import TextEmbedProcessor

NAME = "{{ cookiecutter.plugin_name }}"
CONFIG: Any = SimpleNamespace(model_config=None)
RENDERER: Any = SimpleNamespace()


@pytest.fixture
def processor() -> TextEmbedProcessor:
    return TextEmbedProcessor(CONFIG, RENDERER)


def output(vector: list[float], tokens: int = 1) -> PoolingRequestOutput[PoolingOutput]:
    return PoolingRequestOutput(
        request_id="0",
        outputs=PoolingOutput(data=torch.tensor(vector)),
        prompt_token_ids=[0] * tokens,
        num_cached_tokens=0,
        finished=True,
    )


def test_the_entry_point_names_a_subclass_of_vllms_interface() -> None:
    assert register() == f"{TextEmbedProcessor.__module__}.{TextEmbedProcessor.__qualname__}"
    assert issubclass(TextEmbedProcessor, IOProcessor)
    assert not TextEmbedProcessor.__abstractmethods__


def test_vllm_finds_and_builds_it_by_name() -> None:
    if not metadata.entry_points(group="vllm.io_processor_plugins", name=NAME):
        pytest.skip("this plugin is not installed, so that vLLM cannot find it")
    assert isinstance(get_io_processor(CONFIG, RENDERER, NAME), TextEmbedProcessor)


def test_one_request_through(processor: TextEmbedProcessor) -> None:
    request = processor.parse_data(
        {"texts": ["one two three", "four"], "chunk_chars": 8, "overlap_chars": 0}
    )
    assert list(processor.pre_process(request)) == ["one two", "three", "four"]
    answer = processor.post_process([output([1, 0], 3), output([0, 1], 1), output([0, 5])])
    assert answer.dimensions == 2
    assert [(vector.index, vector.chunks) for vector in answer.vectors] == [(0, 2), (1, 1)]
    first, second = (vector.embedding for vector in answer.vectors)
    assert first == pytest.approx([3 / math.sqrt(10), 1 / math.sqrt(10)])
    assert second == pytest.approx([0, 1])


def test_requests_under_way_together_are_kept_apart(processor: TextEmbedProcessor) -> None:
    long = processor.parse_data({"texts": "one two", "chunk_chars": 3, "overlap_chars": 0})
    short = processor.parse_data("one")
    assert len(processor.pre_process(long, request_id="long")) == 2
    assert len(processor.pre_process(short, request_id="short")) == 1
    assert processor.post_process([output([1])], request_id="short").vectors[0].chunks == 1
    answer = processor.post_process([output([1]), output([1])], request_id="long")
    assert answer.vectors[0].chunks == 2


def test_more_chunks_than_allowed_are_refused_and_leave_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv(MAX_CHUNKS, "3")
    processor = TextEmbedProcessor(CONFIG, RENDERER)
    small = {"chunk_chars": 2, "overlap_chars": 0}
    fits = processor.parse_data({"texts": ["abcd", "ef"], **small})
    assert len(processor.pre_process(fits, request_id="fits")) == 3
    more = processor.parse_data({"texts": ["abcd", "efg"], **small})
    with pytest.raises(ValueError, match="more than the 3 chunks allowed: choose a larger"):
        processor.pre_process(more, request_id="more")
    with pytest.raises(LookupError):
        processor.post_process([], request_id="more")


def test_the_task_is_set_on_the_parameters_passed_in(processor: TextEmbedProcessor) -> None:
    params = PoolingParams()
    assert processor.merge_pooling_params(params) is params
    assert params.task == "embed"
    # vLLM may pass one object once for each prompt.
    assert processor.merge_pooling_params(params).task == "embed"


def test_without_parameters_there_are_some(processor: TextEmbedProcessor) -> None:
    assert processor.merge_pooling_params().task == "embed"


def test_another_task_is_refused(processor: TextEmbedProcessor) -> None:
    with pytest.raises(ValueError, match="needs the pooling task 'embed', not 'classify'"):
        processor.merge_pooling_params(PoolingParams(task="classify"))


def test_outputs_that_do_not_fit_are_refused(processor: TextEmbedProcessor) -> None:
    processor.pre_process(processor.parse_data("one"))
    with pytest.raises(ValueError, match="2 outputs for 1 chunks"):
        processor.post_process([output([1]), output([1])])


def test_a_failed_chunk_and_a_matrix_are_refused(processor: TextEmbedProcessor) -> None:
    failed = output([1])
    failed.error = "out of memory"
    matrix = output([1])
    matrix.outputs = PoolingOutput(data=torch.ones(2, 3))
    for wrong, reason in ((failed, "out of memory"), (matrix, "2 dimensions")):
        processor.pre_process(processor.parse_data("one"))
        with pytest.raises(ValueError, match=reason):
            processor.post_process([wrong])


def test_a_wrong_environment_stops_the_start(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(MAX_CHARS, "none")
    with pytest.raises(ValueError, match=MAX_CHARS):
        TextEmbedProcessor(CONFIG, RENDERER)
