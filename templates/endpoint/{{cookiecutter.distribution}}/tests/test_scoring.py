"""From tokens and probabilities to a ranking."""

import math
from types import SimpleNamespace

import pytest

from {{ cookiecutter.package }}.scoring import first_own_token, logprob_of, ranking


@pytest.mark.parametrize(
    ("context", "whole", "start"),
    [
        ([0, 1, 2], [0, 1, 2, 3], 3),
        ([0, 1, 2], [0, 1, 9, 3], 2),  # the end of the prompt was joined with the choice
        ([0, 1, 99], [0, 1, 3, 99], 2),  # a tokenizer that ends every text with a token
        ([], [5, 6], 1),
        ([7], [5, 6], 1),
    ],
)
def test_a_choice_begins_where_the_context_ends(
    context: list[int], whole: list[int], start: int
) -> None:
    assert first_own_token(context, whole) == start


@pytest.mark.parametrize(("context", "whole"), [([0, 1], [0, 1]), ([0, 1], [0]), ([], [5])])
def test_a_choice_without_a_token_is_refused(context: list[int], whole: list[int]) -> None:
    with pytest.raises(ValueError, match="adds no token"):
        first_own_token(context, whole)


def test_only_the_choices_tokens_count() -> None:
    logprobs = [None, *({token: SimpleNamespace(logprob=-token)} for token in (5, 6, 7))]
    assert logprob_of([4, 5, 6, 7], logprobs, 2) == -13


def test_probabilities_add_up_and_keep_the_order() -> None:
    answer = ranking([(1, -2.0), (1, -1.0), (4, -2.0)], normalize=False)
    assert answer.best == 1
    assert [choice.index for choice in answer.choices] == [0, 1, 2]
    probabilities = [choice.probability for choice in answer.choices]
    assert math.fsum(probabilities) == pytest.approx(1)
    assert probabilities[1] / probabilities[0] == pytest.approx(math.e)
    assert probabilities[0] == probabilities[2]


def test_long_choices_can_be_compared_by_their_mean() -> None:
    assert ranking([(1, -2.0), (4, -4.0)], normalize=False).best == 0
    assert ranking([(1, -2.0), (4, -4.0)], normalize=True).best == 1


def test_very_unlikely_choices_are_ranked_too() -> None:
    answer = ranking([(1, -5000.0), (1, -4000.0)], normalize=False)
    assert answer.best == 1
    assert [choice.probability for choice in answer.choices] == [0.0, 1.0]
