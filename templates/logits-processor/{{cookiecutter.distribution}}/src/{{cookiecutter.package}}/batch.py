"""The rules of a batch as vLLM's first model runner keeps it: requests in numbered rows that move.

A step's changes come as `BatchUpdate` (vllm/v1/sample/logits_processor/interface.py) and are to be
worked off in this order: removed, added, moved. An added request may take the row of another, and a
move goes one way, leaving the row it came from empty, or swaps two.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import torch

from .masking import padded, restrict
from .rules import TokenRule


@dataclass
class _Row:
    rule: TokenRule
    # vLLM's own list, which grows. Only its length is looked at: with asynchronous scheduling it
    # may hold placeholders, which vLLM fills in only for processors given by --logits-processors.
    output: Sequence[int]

    @property
    def done(self) -> bool:
        return self.rule.first is not None and len(self.output) >= self.rule.first


class BatchRules:
    """The rules by row, and their tensors, made anew only when something changed."""

    def __init__(self, device: torch.device, rule_of: Callable[[Any], TokenRule | None]) -> None:
        self._device = device
        self._rule_of = rule_of
        self._rows: dict[int, _Row] = {}
        self._tensors: tuple[torch.Tensor, torch.Tensor, torch.Tensor] | None = None
        self._stale = False

    @property
    def rules(self) -> dict[int, TokenRule]:
        """The rule of each row that has one."""
        return {index: row.rule for index, row in self._rows.items()}

    def update(self, update: Any | None) -> None:
        """Follow one step of vLLM; None if no request came, went or moved."""
        if update is not None:
            self._follow(update)
        for index in [index for index, row in self._rows.items() if row.done]:
            self._take(index)

    def _follow(self, update: Any) -> None:
        for index in update.removed:
            self._take(index)
        for index, params, _, output in update.added:
            rule = self._rule_of(params)
            self._put(index, None if rule is None else _Row(rule, output))
        for source, target, direction in update.moved:
            moved, replaced = self._take(source), self._take(target)
            self._put(target, moved)
            if direction.name == "SWAP":
                self._put(source, replaced)

    def _take(self, index: int) -> _Row | None:
        row = self._rows.pop(index, None)
        self._stale |= row is not None
        return row

    def _put(self, index: int, row: _Row | None) -> None:
        self._take(index)
        if row is not None:
            self._rows[index] = row
            self._stale = True

    def apply(self, logits: torch.Tensor) -> torch.Tensor:
        """Return the logits, restricted in place; untouched where no row has a rule."""
        if self._stale:
            self._tensors = self._made(logits.shape[-1])
            self._stale = False
        if self._tensors is not None:
            restrict(logits, *self._tensors)
        return logits

    def _made(self, vocab_size: int) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor] | None:
        known = {index: row.rule.within(vocab_size) for index, row in self._rows.items()}
        rules = {index: rule for index, rule in known.items() if rule is not None}
        if not rules:
            return None
        tokens = padded([rule.tokens for rule in rules.values()])
        return (
            torch.tensor(list(rules), device=self._device),
            torch.tensor(tokens, device=self._device),
            torch.tensor([rule.allow for rule in rules.values()], device=self._device),
        )
