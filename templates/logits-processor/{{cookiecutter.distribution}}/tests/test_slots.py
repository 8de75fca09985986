"""The second model runner's slots: rows in any order, several for one request, slots used again."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

pytest.importorskip("torch", reason="torch is not installed; it comes with vLLM")

import numpy as np
import torch

from {{ cookiecutter.package }} import slots as slots_module
from {{ cookiecutter.package }}.rules import TokenRule
from {{ cookiecutter.package }}.slots import SlotRules

VOCABULARY = 10
PROMPT = 4


def only(*tokens: int, first: int | None = None) -> TokenRule:
    return TokenRule(True, tokens, first)


@pytest.fixture
def rules() -> SlotRules:
    return SlotRules(
        SimpleNamespace(
            device=torch.device("cpu"),
            max_num_reqs=8,
            vocab_size=VOCABULARY,
            prompt_len=SimpleNamespace(np=np.full(8, PROMPT)),
        )
    )


def step(slots: list[int], rows: list[int] | None = None, pos: list[int] | None = None) -> Any:
    """A step's context: the slots of the batch, and of each row with its position."""
    rows = slots if rows is None else rows
    return SimpleNamespace(
        idx_mapping_np=np.array(slots),
        expanded_idx_mapping=torch.tensor(rows, dtype=torch.int32),
        pos=torch.tensor([PROMPT - 1] * len(rows) if pos is None else pos),
    )


def chosen(rules: SlotRules, ctx: Any) -> list[list[int] | None]:
    """The tokens that each row is left with; None where it is all of them."""
    logits = rules.apply(torch.zeros(len(ctx.expanded_idx_mapping), VOCABULARY), ctx)
    left = [torch.nonzero(row > float("-inf")).flatten().tolist() for row in logits]
    return [None if len(tokens) == VOCABULARY else tokens for tokens in left]


def test_rows_come_in_any_order(rules: SlotRules) -> None:
    assert rules.add(0, only(3))
    assert not rules.add(1, None)
    assert rules.add(5, TokenRule(False, tuple(range(1, VOCABULARY))))
    rules.write()
    assert chosen(rules, step([0, 1, 5])) == [[3], None, [0]]
    assert chosen(rules, step([5, 0, 1])) == [[0], [3], None]
    assert chosen(rules, step([1])) == [None]


def test_a_slot_used_again_holds_nothing_of_the_request_before(rules: SlotRules) -> None:
    rules.add(2, only(3, 4, 5, first=1))
    rules.write()
    rules.add(2, None)
    rules.write()
    assert chosen(rules, step([2])) == [None]
    rules.add(2, only(6))
    rules.write()
    assert chosen(rules, step([2], pos=[50])) == [[6]]


def test_a_longer_list_leaves_the_others_as_they_were(rules: SlotRules) -> None:
    rules.add(0, only(3))
    rules.write()
    rules.add(1, only(4, 5, 6, 7))
    rules.write()
    rules.add(2, only(8, 9))
    rules.write()
    assert chosen(rules, step([0, 1, 2])) == [[3], [4, 5, 6, 7], [8, 9]]


def test_a_rule_ends_with_its_number_of_tokens(rules: SlotRules) -> None:
    rules.add(0, only(3, first=2))
    rules.write()
    # The row of the prompt's last token chooses the first token of the answer.
    ends = [chosen(rules, step([0], pos=[PROMPT - 1 + n])) for n in range(4)]
    assert ends == [[[3]], [[3]], [None], [None]]


def test_the_rows_of_a_request_with_drafts_end_one_by_one(rules: SlotRules) -> None:
    rules.add(0, only(3, first=2))
    rules.add(1, None)
    rules.write()
    rows = step([1, 0], rows=[1, 0, 0, 0], pos=[9, PROMPT - 1, PROMPT, PROMPT + 1])
    assert chosen(rules, rows) == [None, [3], [3], None]


def test_tokens_that_the_model_does_not_have_make_no_rule(rules: SlotRules) -> None:
    assert not rules.add(0, only(VOCABULARY))


def test_without_rules_in_the_batch_the_logits_are_not_touched(
    rules: SlotRules, monkeypatch: pytest.MonkeyPatch
) -> None:
    rules.add(0, only(3))
    rules.add(1, None)
    rules.write()
    monkeypatch.setattr(slots_module, "restrict", None)
    logits = torch.zeros(1, VOCABULARY)
    assert rules.apply(logits, step([1])) is logits


def test_nothing_new_means_nothing_written(
    rules: SlotRules, monkeypatch: pytest.MonkeyPatch
) -> None:
    rules.add(0, only(3))
    rules.write()
    monkeypatch.setattr(slots_module, "padded", None)
    rules.add(1, None)
    for _ in range(3):
        rules.write()
    assert chosen(rules, step([0, 1])) == [[3], None]
