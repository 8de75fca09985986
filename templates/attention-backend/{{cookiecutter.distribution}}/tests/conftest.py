"""What the tests compare with: attention written out token by token, in double precision."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from torch import Tensor


def attention(
    query: Tensor,
    key: Tensor,
    value: Tensor,
    *,
    scale: float,
    causal: bool = True,
    window: int | None = None,
) -> Tensor:
    """Return the attention of one request; the arguments are those of `paged.attend`."""
    import torch

    queries, heads, size = query.shape
    tokens, kv_heads, _ = key.shape
    output = torch.zeros(queries, heads, size, dtype=torch.float64)
    for number in range(queries):
        place = tokens - queries + number
        seen = [
            other
            for other in range(tokens)
            if (other <= place or not causal) and (window is None or abs(place - other) < window)
        ]
        for head in range(heads):
            shared = head * kv_heads // heads
            products = [
                scale * float(query[number, head].double() @ key[other, shared].double())
                for other in seen
            ]
            highest = max(products)
            weights = [math.exp(product - highest) for product in products]
            for other, weight in zip(seen, weights, strict=True):
                output[number, head] += weight / sum(weights) * value[other, shared].double()
    return output


@pytest.fixture
def reference() -> Callable[..., Tensor]:
    """The function above; as a fixture, so that torch is not needed to collect the tests."""
    return attention
