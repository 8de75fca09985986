"""The rules of requests as vLLM's second model runner keeps them: each in a slot of its own.

A request stays in its slot, and a slot is not cleared but given to the next request
(vllm/v1/worker/gpu/sample/logits_processor/interface.py, from 0.31.0 on). What a step computes are
rows in any order, and with speculative decoding several for one request, so that a row's request
and position are looked up on the device; waiting for it would hold the GPU up.
"""

from typing import Any

import numpy as np
import torch

from .masking import padded, restrict
from .rules import TokenRule

# Farther than any sequence is long.
NEVER = 2**31 - 1


class SlotRules:
    """The rules by slot, in tables on the device."""

    def __init__(self, req_states: Any) -> None:
        self._device = req_states.device
        self._vocab_size = req_states.vocab_size
        # On the host; the runner sets a slot's before it adds the request.
        self._prompt_len = req_states.prompt_len.np
        slots = req_states.max_num_reqs
        self._ruled = np.zeros(slots, dtype=bool)
        self._staged: dict[int, TokenRule | None] = {}
        self._tokens = torch.zeros((slots, 1), dtype=torch.int64, device=self._device)
        self._allow = torch.zeros(slots, dtype=torch.bool, device=self._device)
        # The sequence length at which a slot's rule ends; 0 for no rule.
        self._until = torch.zeros(slots, dtype=torch.int64, device=self._device)

    def add(self, slot: int, rule: TokenRule | None) -> bool:
        """Give the slot to a request; return whether it has a rule."""
        rule = None if rule is None else rule.within(self._vocab_size)
        if rule is not None or self._ruled[slot]:
            self._staged[slot] = rule
        self._ruled[slot] = rule is not None
        return rule is not None

    def write(self) -> None:
        """Bring what was added since the last step to the device, in one go."""
        if not self._staged:
            return
        rules = [rule or TokenRule(False, (0,)) for rule in self._staged.values()]
        ends = [self._end(slot, rule) for slot, rule in self._staged.items()]
        tokens = padded([rule.tokens for rule in rules], width=self._tokens.shape[1])
        if len(tokens[0]) > self._tokens.shape[1]:
            wider = self._tokens[:, :1].repeat(1, len(tokens[0]))
            wider[:, : self._tokens.shape[1]] = self._tokens
            self._tokens = wider
        slots = torch.tensor(list(self._staged), device=self._device)
        self._tokens[slots] = torch.tensor(tokens, device=self._device)
        self._allow[slots] = torch.tensor([rule.allow for rule in rules], device=self._device)
        self._until[slots] = torch.tensor(ends, dtype=torch.int64, device=self._device)
        self._staged.clear()

    def _end(self, slot: int, rule: TokenRule | None) -> int:
        if rule is None:
            return 0
        return NEVER if rule.first is None else int(self._prompt_len[slot]) + rule.first

    def apply(self, logits: torch.Tensor, ctx: Any) -> torch.Tensor:
        """Return the logits, restricted in place; untouched where no request has a rule."""
        (with_rule,) = np.nonzero(self._ruled[ctx.idx_mapping_np])
        if not with_rule.size:
            return logits
        if logits.shape[0] == len(ctx.idx_mapping_np):
            rows = torch.from_numpy(with_rule).to(self._device)
        else:
            rows = torch.arange(logits.shape[0], device=self._device)
        slots = ctx.expanded_idx_mapping[rows].long()
        # A row at position p chooses the token that makes the sequence p + 2 long.
        active = ctx.pos[rows] + 1 < self._until[slots]
        restrict(logits, rows, self._tokens[slots], self._allow[slots], active)
        return logits
