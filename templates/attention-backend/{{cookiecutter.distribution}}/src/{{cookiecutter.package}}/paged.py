"""Attention over a paged key-value cache, in plain torch: what a kernel of one's own replaces.

A layer's cache has the shape [blocks, key-value heads, tokens a block, 2 x head size]: each token's
key, then its value. It is indexed by its logical axes only, so that any order in memory will do.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch.nn.functional import scaled_dot_product_attention

if TYPE_CHECKING:
    from collections.abc import Sequence


def write(cache: torch.Tensor, key: torch.Tensor, value: torch.Tensor, slots: torch.Tensor) -> None:
    """Put each token's key and value into its slot of the cache.

    Args:
        cache: [blocks, key-value heads, tokens a block, 2 x head size].
        key: [tokens, key-value heads, head size].
        value: as `key`.
        slots: [tokens]; block times tokens a block, plus the place in it; negative for a token that
            is not to be kept.
    """
    kept = slots >= 0
    slots = slots[kept]
    tokens = cache.shape[2]
    both = torch.cat((key, value), dim=-1)[kept]
    cache[slots // tokens, :, slots % tokens] = both.to(cache.dtype)


def read(
    cache: torch.Tensor, blocks: torch.Tensor, length: int
) -> tuple[torch.Tensor, torch.Tensor]:
    """Return the keys and the values of one request: two times [tokens, heads, head size].

    Args:
        cache: as for `write`.
        blocks: the request's row of the block table; may be longer than it needs.
        length: how many tokens it has in the cache.
    """
    tokens = cache.shape[2]
    needed = -(-length // tokens)
    both = cache[blocks[:needed]].transpose(1, 2).flatten(0, 1)[:length]
    key, value = both.chunk(2, dim=-1)
    return key, value


def attend(
    query: torch.Tensor,
    key: torch.Tensor,
    value: torch.Tensor,
    *,
    scale: float,
    causal: bool = True,
    window: int | None = None,
) -> torch.Tensor:
    """Return the attention of one request: [queries, query heads, head size].

    Args:
        query: [queries, query heads, head size], of the request's last tokens.
        key: [tokens, key-value heads, head size], of all its tokens; the query heads are a multiple
            of these heads.
        value: as `key`.
        scale: what the products are multiplied by.
        causal: whether a token attends to none that come after it.
        window: how many tokens one attends to, itself among them; None is all.
    """
    queries, tokens = query.shape[0], key.shape[0]
    mask = None
    # One query at the end attends to everything; no mask lets torch take its fastest way.
    if window is not None or (causal and queries > 1):
        place = torch.arange(tokens - queries, tokens, device=query.device)[:, None]
        distance = place - torch.arange(tokens, device=query.device)
        mask = distance >= 0 if causal else torch.ones_like(distance, dtype=torch.bool)
        if window is not None:
            mask &= distance.abs() < window
    attended: torch.Tensor = scaled_dot_product_attention(
        query.transpose(0, 1),
        key.transpose(0, 1).to(query.dtype),
        value.transpose(0, 1).to(query.dtype),
        attn_mask=mask,
        scale=scale,
        enable_gqa=query.shape[1] != key.shape[1],
    )
    return attended.transpose(0, 1)


def attend_batch(
    query: torch.Tensor,
    cache: torch.Tensor,
    output: torch.Tensor,
    *,
    starts: Sequence[int],
    lengths: Sequence[int],
    block_table: torch.Tensor,
    scale: float,
    causal: bool = True,
    window: int | None = None,
) -> None:
    """Attend for each request of a batch, prefills and decodes alike, and write to `output`.

    Args:
        query: [tokens, query heads, head size]; one request's after another's.
        cache: as for `write`, with this step's keys and values in it.
        output: as `query`.
        starts: where each request's queries begin, and where the last one's end.
        lengths: how many tokens each request has in the cache.
        block_table: [requests, blocks].
        scale: as for `attend`; so are the others.
    """
    for request, length in enumerate(lengths):
        begin, end = starts[request], starts[request + 1]
        if begin == end:
            continue  # a batch may be padded with requests without a token
        key, value = read(cache, block_table[request], length)
        output[begin:end] = attend(
            query[begin:end], key, value, scale=scale, causal=causal, window=window
        )
