"""Runs a logits processor in the sampler of vLLM's second model runner, on the CPU; run with vLLM.

Usage: python second_runner.py PACKAGE

The runner itself samples with Triton, which has no CPU backend here. What comes before, loading the
plugin, its slots, and the processors over the logits, is vLLM's own code on vLLM's own objects.
"""

import json
import sys
from types import SimpleNamespace

import numpy as np
import torch
from vllm import SamplingParams
from vllm.v1.worker.gpu import buffer_utils
from vllm.v1.worker.gpu.sample.logits_processor import build_custom_logits_processors
from vllm.v1.worker.gpu.sample.sampler import Sampler
from vllm.v1.worker.gpu.states import RequestState

VOCABULARY = 16
SLOTS = 4


def main(package: str) -> None:
    device = torch.device("cpu")
    # Without an accelerator there is no pinned memory to share with it.
    buffer_utils.is_uva_available = lambda: False
    config = SimpleNamespace(
        speculative_config=None, reasoning_config=None, num_speculative_tokens=0
    )
    states = RequestState(
        max_num_reqs=SLOTS,
        max_model_len=64,
        max_num_batched_tokens=64,
        num_speculative_steps=0,
        vocab_size=VOCABULARY,
        device=device,
    )
    processors = build_custom_logits_processors(config, states, False, ())
    assert [type(processor).__module__ for processor in processors] == [f"{package}.processor"]
    sampler = Sampler(
        config,
        max_num_reqs=SLOTS,
        vocab_size=VOCABULARY,
        device=device,
        req_states=states,
        custom_logits_processors=processors,
    )

    def begin(name: str, prompt: list[int], **options: object) -> int:
        extra_args = {f"{package}.{key}": value for key, value in options.items()}
        states.add_request(name, len(prompt), prompt, 0, 8)
        slot = states.req_id_to_index[name]
        sampler.add_request(slot, SamplingParams(temperature=0, extra_args=extra_args))
        return slot

    def step(slots: list[int], lengths: list[int]) -> list[list[int]]:
        """The tokens left to each slot's request, whose sequence has a length."""
        sampler.apply_staged_writes()
        mapping = torch.tensor(slots, dtype=torch.int32)
        pos = torch.tensor(lengths) - 1
        logits = sampler.apply_sampling_params(
            torch.arange(float(VOCABULARY)).repeat(len(slots), 1),
            mapping,
            mapping,
            np.array(slots),
            pos,
            torch.zeros(len(slots), dtype=torch.int32),
            torch.zeros(len(slots), dtype=torch.int32),
            np.array(lengths),
        )
        return [torch.nonzero(row > float("-inf")).flatten().tolist() for row in logits]

    ruled = begin("ruled", [1, 2, 3], allow=[5, 6], first=2)
    plain = begin("plain", [1, 2])
    other = begin("other", [1], ban=list(range(1, VOCABULARY)))
    said = [
        step([ruled, plain, other], [3, 2, 1]),
        step([other, ruled, plain], [2, 4, 3]),
        step([plain, ruled], [4, 5]),
    ]
    # The slot of a request that ended goes to one without a rule, then to one with another.
    states.remove_request("ruled")
    assert begin("next", [1, 2, 3]) == ruled
    said.append(step([ruled, other], [3, 3]))
    states.remove_request("next")
    assert begin("last", [1, 2, 3], allow=[9]) == ruled
    said.append(step([ruled, plain], [3, 5]))
    print(json.dumps(said))


if __name__ == "__main__":
    main(sys.argv[1])
