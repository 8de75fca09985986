"""From token ids and their probabilities to a ranking: plain functions."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

from .schema import RankAnswer, RankedChoice


def first_own_token(context: Sequence[int], whole: Sequence[int]) -> int:
    """Return where a choice begins: the first token of `whole` that `context` does not have there.

    A tokenizer may join the end of the prompt and the beginning of the choice into one token, so
    that the length of the context alone would not say. The first token of all is never a choice's:
    a model gives no probability for it.

    Raises:
        ValueError: there is no such token.
    """
    same = 0
    while same < min(len(context), len(whole)) and context[same] == whole[same]:
        same += 1
    start = max(same, 1)
    if start >= len(whole):
        raise ValueError("it adds no token to the prompt")
    return start


def logprob_of(
    tokens: Sequence[int], logprobs: Sequence[Mapping[int, Any] | None], start: int
) -> float:
    """Return the sum of the log probabilities of `tokens` from `start` on.

    Args:
        tokens: the token ids of prompt and choice.
        logprobs: vLLM's `prompt_logprobs`: for each token a mapping that holds it.
        start: where the choice begins.
    """
    total = 0.0
    for token, known in zip(tokens[start:], logprobs[start:], strict=True):
        assert known is not None
        total += known[token].logprob
    return total


def ranking(scores: Sequence[tuple[int, float]], *, normalize: bool) -> RankAnswer:
    """Return the answer for each choice's number of tokens and log probability.

    Args:
        scores: the choices in their order.
        normalize: compare by the mean over a choice's tokens, so that long ones are not worse off.
    """
    compared = [logprob / tokens if normalize else logprob for tokens, logprob in scores]
    most = max(compared)
    # Beside the likeliest one, so that nothing is too small to be divided by.
    weights = [math.exp(value - most) for value in compared]
    total = math.fsum(weights)
    choices = [
        RankedChoice(index=index, tokens=tokens, logprob=logprob, probability=weight / total)
        for index, ((tokens, logprob), weight) in enumerate(zip(scores, weights, strict=True))
    ]
    return RankAnswer(best=compared.index(most), choices=choices)
