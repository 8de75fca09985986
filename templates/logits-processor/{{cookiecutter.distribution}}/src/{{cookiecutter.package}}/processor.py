"""The class that vLLM builds and calls: the only module here that imports vLLM.

vLLM has two model runners, each with an interface of its own, and reads logits processors for both
from one entry point. The second one takes them from 0.31.0 on, and refuses a class that does not
derive from its own base (vllm/v1/worker/gpu/sample/logits_processor/loader.py); the first one
builds and calls whatever it is given. So the class derives from both bases, and finds out by what
it is built with which runner it works for.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from vllm.logger import init_logger
from vllm.v1.sample.logits_processor import LogitsProcessor

from .batch import BatchRules
from .environment import max_tokens
from .rules import TokenRule, parse_rule
from .slots import SlotRules

try:
    from vllm.v1.worker.gpu.sample.logits_processor import LogitsProcessor as SlotLogitsProcessor
except ImportError:  # before 0.31.0 there is only the first interface
    SlotLogitsProcessor = object

if TYPE_CHECKING:
    import torch
    from vllm.config import VllmConfig
    from vllm.sampling_params import SamplingParams
    from vllm.v1.sample.logits_processor import BatchUpdate

# vLLM gives handlers to the logger "vllm" alone; under another name, INFO would go nowhere.
logger = init_logger(f"vllm.{__name__}")


class TokenRules(LogitsProcessor, SlotLogitsProcessor):
    """Allows or bans tokens as each request asks.

    To apply it twice is harmless: vLLM builds it twice where it is both installed and named by
    `--logits-processors`.
    """

    @classmethod
    def validate_params(cls, sampling_params: SamplingParams) -> None:
        """Refuse a request that asks for no possible rule; called in the front end.

        Raises:
            ValueError: with the reason, which vLLM answers with, and status 400.
        """
        parse_rule(sampling_params.extra_args, max_tokens())

    def __init__(
        self,
        vllm_config: VllmConfig,
        device_or_states: Any,
        is_pin_memory: bool | None = None,
    ) -> None:
        """Take what the runner passes: a device and a flag, or the states of its slots."""
        self._max_tokens = max_tokens()
        self._batch: BatchRules | None = None
        self._slots: SlotRules | None = None
        if is_pin_memory is None:
            self._slots = SlotRules(device_or_states)
        else:
            self._batch = BatchRules(device_or_states, self._rule_of)

    def _rule_of(self, params: SamplingParams) -> TokenRule | None:
        try:
            return parse_rule(params.extra_args, self._max_tokens)
        except ValueError as error:
            # The front end lets no such request through. An exception here would end the engine.
            logger.error("A request's token rule is ignored: %s", error)
            return None

    def is_argmax_invariant(self) -> bool:
        """Return False: the likeliest token may be one that is taken away.

        vLLM does not ask a processor that says True for requests of temperature 0.
        """
        return False

    def apply(self, logits: torch.Tensor, ctx: Any = None) -> torch.Tensor:
        """Restrict the logits of the requests with a rule; `ctx` is the second runner's."""
        if self._batch is not None:
            return self._batch.apply(logits)
        assert self._slots is not None
        return self._slots.apply(logits, ctx)

    def update_state(self, batch_update: BatchUpdate | None) -> None:
        """Follow the first runner's batch; called before each step."""
        assert self._batch is not None
        self._batch.update(batch_update)

    def add_request(self, req_idx: int, sampling_params: SamplingParams) -> bool:
        """Begin a request in the second runner's slot; return whether it has a rule."""
        assert self._slots is not None
        return self._slots.add(req_idx, self._rule_of(sampling_params))

    def apply_staged_writes(self) -> None:
        """Bring what was added to the device; the second runner calls it before each step."""
        assert self._slots is not None
        self._slots.write()
