"""Taking tokens away: the one computation, the same for both model runners."""

import torch

# Rows worked on at a time: each needs a few copies of its logits, which vLLM's own measurement of
# the memory it needs has not seen.
ROWS = 32


def restrict(
    logits: torch.Tensor,
    rows: torch.Tensor,
    tokens: torch.Tensor,
    allow: torch.Tensor,
    active: torch.Tensor | None = None,
) -> None:
    """Set the logits of tokens that are not to be chosen to -inf, in place.

    A row that would have no token left stays as it is: a grammar or another processor has taken
    the others away, and sampling from nothing gives a token at random, or an error.

    Args:
        logits: [n, vocabulary].
        rows: [m], the rows to change.
        tokens: [m, k] token ids; a shorter list is filled up by repeating one of its own.
        allow: [m], whether `tokens` are the only ones allowed, or the only ones banned.
        active: [m], whether the row is to be changed at all; None for all of them.
    """
    nothing = float("-inf")
    for start in range(0, rows.shape[0], ROWS):
        part = slice(start, start + ROWS)
        before, ids = logits[rows[part]], tokens[part]
        only = torch.full_like(before, nothing).scatter_(1, ids, before.gather(1, ids))
        after = torch.where(allow[part, None], only, before.scatter(1, ids, nothing))
        changed = (after > nothing).any(1, keepdim=True)
        if active is not None:
            changed &= active[part, None]
        logits[rows[part]] = torch.where(changed, after, before)


def padded(lists: list[tuple[int, ...]], width: int = 0) -> list[list[int]]:
    """Return the lists made as long as the longest, or `width`, by repeating each one's first."""
    width = max([width, *map(len, lists)])
    return [[*tokens, *[tokens[0]] * (width - len(tokens))] for tokens in lists]
