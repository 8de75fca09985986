"""The maths against attention written out token by token; skipped where torch is not installed."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

import pytest

pytest.importorskip("torch", reason="torch, which comes with vLLM, is not installed")

import torch

from {{ cookiecutter.package }} import paged

Reference = Callable[..., Any]

SIZE = 16
SCALE = SIZE**-0.5


@pytest.fixture(autouse=True)
def same_numbers() -> None:
    torch.manual_seed(0)
    random.seed(0)


def close(given: torch.Tensor, expected: torch.Tensor, tolerance: float = 1e-5) -> bool:
    return torch.allclose(given.double(), expected, atol=tolerance, rtol=tolerance)


@pytest.mark.parametrize(("heads", "kv_heads"), [(4, 4), (4, 2), (6, 1)])
@pytest.mark.parametrize(("queries", "tokens"), [(7, 7), (3, 9), (1, 9), (1, 1)])
@pytest.mark.parametrize("causal", [True, False])
@pytest.mark.parametrize("window", [None, 1, 4])
def test_one_request(
    reference: Reference,
    heads: int,
    kv_heads: int,
    queries: int,
    tokens: int,
    causal: bool,
    window: int | None,
) -> None:
    query = torch.randn(queries, heads, SIZE)
    key, value = torch.randn(2, tokens, kv_heads, SIZE)
    given = paged.attend(query, key, value, scale=SCALE, causal=causal, window=window)
    expected = reference(query, key, value, scale=SCALE, causal=causal, window=window)
    assert given.shape == query.shape
    assert close(given, expected)


class Batch:
    """Requests with a history, their tokens scattered over a paged cache in random blocks."""

    def __init__(self, sizes: list[tuple[int, int]], heads: int, kv_heads: int, block: int) -> None:
        """Take for each request how many tokens it had, and how many come in this step."""
        self.heads, self.kv_heads, self.block = heads, kv_heads, block
        self.lengths = [before + now for before, now in sizes]
        self.starts = [0]
        for _, now in sizes:
            self.starts.append(self.starts[-1] + now)
        self.widest = max(-(-length // block) for length in self.lengths)
        free = list(range(len(sizes) * self.widest + 3))
        random.shuffle(free)
        rows = [[free.pop() for _ in range(self.widest)] for _ in sizes]
        self.block_table = torch.tensor(rows, dtype=torch.int32)
        self.blocks = len(sizes) * self.widest + 3
        self.keys = [torch.randn(length, kv_heads, SIZE) for length in self.lengths]
        self.values = [torch.randn(length, kv_heads, SIZE) for length in self.lengths]
        self.query = torch.randn(self.starts[-1], heads, SIZE)
        self.before = [before for before, _ in sizes]

    def slots(self, request: int, begin: int, end: int) -> torch.Tensor:
        places = torch.arange(begin, end)
        blocks = self.block_table[request].long()[places // self.block]
        return blocks * self.block + places % self.block

    def cache(self, dtype: torch.dtype = torch.float32) -> torch.Tensor:
        """A cache with the history in it, and elsewhere numbers that spoil any result."""
        shape = (self.blocks, self.kv_heads, self.block, 2 * SIZE)
        cache = torch.full(shape, float("nan"), dtype=dtype)
        for request, before in enumerate(self.before):
            key, value = self.keys[request][:before], self.values[request][:before]
            paged.write(cache, key, value, self.slots(request, 0, before))
        return cache

    def step(self) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        """This step's keys, values and slots, one request's after another's."""
        spans = list(enumerate(zip(self.before, self.lengths, strict=True)))
        return (
            torch.cat([self.keys[request][begin:end] for request, (begin, end) in spans]),
            torch.cat([self.values[request][begin:end] for request, (begin, end) in spans]),
            torch.cat([self.slots(request, begin, end) for request, (begin, end) in spans]),
        )

    def expected(self, reference: Reference, window: int | None = None) -> torch.Tensor:
        return torch.cat(
            [
                reference(
                    self.query[self.starts[request] : self.starts[request + 1]],
                    self.keys[request],
                    self.values[request],
                    scale=SCALE,
                    window=window,
                )
                for request in range(len(self.lengths))
            ]
        )

    def attended(self, cache: torch.Tensor, window: int | None = None) -> torch.Tensor:
        output = torch.empty_like(self.query)
        paged.attend_batch(
            self.query,
            cache,
            output,
            starts=self.starts,
            lengths=self.lengths,
            block_table=self.block_table,
            scale=SCALE,
            window=window,
        )
        return output


BATCHES = {
    "prefill": [(0, 5), (0, 9), (0, 1)],
    "decode": [(8, 1), (3, 1), (16, 1)],
    "both": [(0, 6), (11, 1), (5, 4)],
    "a padded request": [(4, 1), (7, 0), (0, 3)],
}


@pytest.mark.parametrize("sizes", BATCHES.values(), ids=list(BATCHES))
@pytest.mark.parametrize("block", [1, 4, 16])
@pytest.mark.parametrize(("heads", "kv_heads"), [(4, 4), (4, 2)])
@pytest.mark.parametrize("window", [None, 3])
def test_a_batch_over_the_paged_cache(
    reference: Reference,
    sizes: list[tuple[int, int]],
    block: int,
    heads: int,
    kv_heads: int,
    window: int | None,
) -> None:
    batch = Batch(sizes, heads, kv_heads, block)
    cache = batch.cache()
    paged.write(cache, *batch.step())
    assert close(batch.attended(cache, window), batch.expected(reference, window))


# How vLLM may lay [blocks, heads, tokens, content] out in memory (vllm/v1/kv_cache_layout.py).
@pytest.mark.parametrize("order", [(0, 1, 2, 3), (0, 2, 1, 3), (1, 0, 2, 3)])
def test_the_order_in_memory_does_not_matter(reference: Reference, order: tuple[int, ...]) -> None:
    batch = Batch(BATCHES["both"], 4, 2, 4)
    plain = batch.cache()
    laid_out = torch.empty([plain.shape[axis] for axis in order])
    cache = laid_out.permute([order.index(axis) for axis in range(4)])
    cache.copy_(plain)
    assert cache.stride() == plain.stride() or order != (0, 1, 2, 3)
    paged.write(cache, *batch.step())
    assert close(batch.attended(cache), batch.expected(reference))


def test_a_token_without_a_slot_is_written_nowhere() -> None:
    batch = Batch([(0, 3)], 2, 2, 4)
    cache = batch.cache()
    key, value, slots = batch.step()
    slots[1] = -1
    before = cache.clone()
    paged.write(cache, key, value, slots)
    changed = (cache != before) & ~(cache.isnan() & before.isnan())
    assert int(changed.any(-1).sum()) == 2 * 2  # two tokens, two heads


@pytest.mark.parametrize(("dtype", "tolerance"), [(torch.bfloat16, 0.05), (torch.float16, 0.01)])
def test_a_cache_of_a_smaller_type(
    reference: Reference, dtype: torch.dtype, tolerance: float
) -> None:
    batch = Batch(BATCHES["both"], 4, 2, 4)
    cache = batch.cache(dtype)
    paged.write(cache, *batch.step())
    assert close(batch.attended(cache), batch.expected(reference), tolerance)


def test_a_request_costs_one_attention_over_its_own_tokens(monkeypatch: pytest.MonkeyPatch) -> None:
    """Not over the block table's width, which is that of the longest request possible."""
    read: list[int] = []
    attend = paged.scaled_dot_product_attention

    def counted(query: torch.Tensor, key: torch.Tensor, *args: object, **named: object) -> object:
        read.append(key.shape[-2])
        return attend(query, key, *args, **named)

    monkeypatch.setattr(paged, "scaled_dot_product_attention", counted)
    batch = Batch(BATCHES["both"], 4, 2, 4)
    cache = batch.cache()
    paged.write(cache, *batch.step())
    batch.attended(cache)
    assert read == batch.lengths
