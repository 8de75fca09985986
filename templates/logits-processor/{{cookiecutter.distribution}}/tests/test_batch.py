"""The first model runner's batch: requests that come, go, move and swap."""

from __future__ import annotations

import random
from enum import Enum, auto
from types import SimpleNamespace
from typing import Any

import pytest

pytest.importorskip("torch", reason="torch is not installed; it comes with vLLM")

import torch

from {{ cookiecutter.package }} import batch as batch_module
from {{ cookiecutter.package }}.batch import BatchRules
from {{ cookiecutter.package }}.rules import TokenRule

VOCABULARY = 10


class Direction(Enum):
    """As vLLM's `MoveDirectionality`."""

    UNIDIRECTIONAL = auto()
    SWAP = auto()


def changes(**kinds: Any) -> SimpleNamespace:
    return SimpleNamespace(**{"removed": (), "added": (), "moved": (), **kinds})


def only(token: int, first: int | None = None) -> TokenRule:
    return TokenRule(True, (token,), first)


@pytest.fixture
def rules() -> BatchRules:
    # A request's parameters are its rule here.
    return BatchRules(torch.device("cpu"), lambda rule: rule)


def chosen(rules: BatchRules, rows: int) -> list[int | None]:
    """The token that each row is left with; None where all are."""
    logits = rules.apply(torch.zeros(rows, VOCABULARY))
    return [int(row.argmax()) if int((row > float("-inf")).sum()) == 1 else None for row in logits]


def test_requests_come_and_go(rules: BatchRules) -> None:
    rules.update(changes(added=[(0, only(3), [], []), (1, None, [], []), (2, only(5), [], [])]))
    assert chosen(rules, 3) == [3, None, 5]
    rules.update(None)
    assert chosen(rules, 3) == [3, None, 5]
    rules.update(changes(removed=[0]))
    assert chosen(rules, 3) == [None, None, 5]


def test_a_request_takes_the_row_of_another(rules: BatchRules) -> None:
    rules.update(changes(added=[(0, only(3), [], []), (1, only(4), [], [])]))
    rules.update(changes(added=[(0, only(5), [], []), (1, None, [], [])]))
    assert chosen(rules, 2) == [5, None]


def test_a_move_one_way_leaves_its_row_empty(rules: BatchRules) -> None:
    rules.update(changes(added=[(0, only(3), [], []), (2, only(5), [], [])]))
    rules.update(changes(removed=[0], moved=[(2, 0, Direction.UNIDIRECTIONAL)]))
    assert chosen(rules, 3) == [5, None, None]
    # A request without a rule moves onto one with a rule.
    rules.update(changes(moved=[(1, 0, Direction.UNIDIRECTIONAL)]))
    assert chosen(rules, 3) == [None, None, None]


def test_a_swap_keeps_both(rules: BatchRules) -> None:
    rules.update(changes(added=[(0, only(3), [], []), (1, only(4), [], []), (2, None, [], [])]))
    rules.update(changes(moved=[(0, 1, Direction.SWAP)]))
    assert chosen(rules, 3) == [4, 3, None]
    rules.update(changes(moved=[(2, 0, Direction.SWAP)]))
    assert chosen(rules, 3) == [None, 3, 4]


def test_all_at_once_in_vllms_order(rules: BatchRules) -> None:
    rules.update(changes(added=[(row, only(row), [], []) for row in range(4)]))
    rules.update(
        changes(
            removed=[1],
            added=[(0, only(9), [], [])],
            moved=[(3, 1, Direction.UNIDIRECTIONAL), (0, 2, Direction.SWAP)],
        )
    )
    assert chosen(rules, 4) == [2, 3, 9, None]


def test_a_rule_ends_with_its_number_of_tokens(rules: BatchRules) -> None:
    output: list[int] = []
    rules.update(changes(added=[(0, only(3, first=2), [], output)]))
    for _ in range(2):
        assert chosen(rules, 1) == [3]
        output.append(-1)  # a placeholder, as with asynchronous scheduling
        rules.update(None)
    assert chosen(rules, 1) == [None]


def test_a_request_that_was_interrupted_goes_on_counting(rules: BatchRules) -> None:
    rules.update(changes(added=[(0, only(3, first=2), [], [7, 7]), (1, only(4, first=3), [], [7])]))
    assert chosen(rules, 2) == [None, 4]


def test_tokens_that_the_model_does_not_have_restrict_nothing(rules: BatchRules) -> None:
    rules.update(changes(added=[(0, only(VOCABULARY), [], []), (1, only(1), [], [])]))
    assert chosen(rules, 2) == [None, 1]


def test_any_sequence_of_changes_keeps_each_request_its_rule(rules: BatchRules) -> None:
    chance = random.Random(0)
    expected: list[TokenRule | None] = []
    for _ in range(300):
        update = changes(added=[], moved=[])
        if expected and chance.random() < 0.4:
            # As vLLM closes a gap: the last request moves into it.
            gap = chance.randrange(len(expected))
            update.removed = [gap]
            last = expected.pop()
            if gap < len(expected):
                expected[gap] = last
                update.moved.append((len(expected), gap, Direction.UNIDIRECTIONAL))
        elif len(expected) < 8:
            rule = chance.choice([None, only(chance.randrange(VOCABULARY))])
            update.added.append((len(expected), rule, [], []))
            expected.append(rule)
        if len(expected) > 1 and chance.random() < 0.5:
            one, other = chance.sample(range(len(expected)), 2)
            expected[one], expected[other] = expected[other], expected[one]
            update.moved.append((one, other, Direction.SWAP))
        rules.update(update)
        assert rules.rules == {row: rule for row, rule in enumerate(expected) if rule is not None}
        tokens = [None if rule is None else rule.tokens[0] for rule in expected]
        assert chosen(rules, len(expected)) == tokens


def test_without_rules_the_logits_are_not_touched(
    rules: BatchRules, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(batch_module, "restrict", None)
    logits = torch.zeros(2, VOCABULARY)
    rules.update(changes(added=[(0, None, [], []), (1, None, [], [])]))
    assert rules.apply(logits) is logits


def test_tensors_are_made_only_when_something_changed(
    rules: BatchRules, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = 0
    make = rules._made

    def counted(vocab_size: int) -> Any:
        nonlocal made
        made += 1
        return make(vocab_size)

    monkeypatch.setattr(rules, "_made", counted)
    rules.update(changes(added=[(0, only(3), [], [])]))
    for _ in range(20):
        rules.update(None)
        rules.update(changes(added=[(1, None, [], [])], removed=[2]))
        assert chosen(rules, 2) == [3, None]
    assert made == 1
