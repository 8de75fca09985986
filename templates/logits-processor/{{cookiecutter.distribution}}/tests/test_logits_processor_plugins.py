"""The processor against vLLM's real interfaces; skipped where vLLM is not installed.

No engine and no model: the logits are made up, and the batch's changes are vLLM's own objects.
"""

from __future__ import annotations

import subprocess
import sys
from importlib import metadata
from types import SimpleNamespace
from typing import Any

import pytest

pytest.importorskip("vllm", reason="vLLM is not installed: its real interface cannot be tried")

import torch
from vllm import SamplingParams
from vllm.v1.sample import logits_processor as first_interface
from vllm.v1.sample.logits_processor import BatchUpdate, LogitsProcessor, MoveDirectionality

from {{ cookiecutter.package }} import plugin, processor
from {{ cookiecutter.package }}.environment import MAX_TOKENS
from {{ cookiecutter.package }}.processor import TokenRules
from {{ cookiecutter.package }}.rules import ALLOW, BAN, FIRST

NAME = "{{ cookiecutter.plugin_name }}"
CONFIG: Any = SimpleNamespace()
VOCABULARY = 10


def asking(**options: object) -> SamplingParams:
    names = {"allow": ALLOW, "ban": BAN, "first": FIRST}
    return SamplingParams(extra_args={names[key]: value for key, value in options.items()})


def left(logits: torch.Tensor) -> list[list[int]]:
    return [torch.nonzero(row > float("-inf")).flatten().tolist() for row in logits]


@pytest.fixture
def rules() -> TokenRules:
    return TokenRules(CONFIG, torch.device("cpu"), False)


def test_the_entry_point_is_a_class_that_vllm_can_build(rules: TokenRules) -> None:
    assert plugin.TokenRules is TokenRules
    assert isinstance(rules, LogitsProcessor)
    assert not rules.is_argmax_invariant()


def test_vllm_finds_it_by_its_entry_point() -> None:
    if not metadata.entry_points(group="{{ cookiecutter.group }}", name=NAME):
        pytest.skip("this plugin is not installed, so that vLLM cannot find it")
    assert TokenRules in first_interface._load_logitsprocs_plugins()


@pytest.mark.parametrize("module", [plugin.__name__, processor.__name__])
def test_vllm_finds_it_by_its_qualified_name(module: str) -> None:
    loaded = first_interface._load_logitsprocs_by_fqcns([f"{module}:TokenRules"])
    assert loaded == [TokenRules]


def test_a_batch_with_vllms_own_changes(rules: TokenRules) -> None:
    added = [(0, asking(allow=[3]), [], []), (1, SamplingParams(), [], [])]
    rules.update_state(BatchUpdate(batch_size=2, removed=[], added=added, moved=[]))
    everything = list(range(VOCABULARY))
    assert left(rules.apply(torch.zeros(2, VOCABULARY))) == [[3], everything]
    moved = [(0, 1, MoveDirectionality.SWAP)]
    rules.update_state(BatchUpdate(batch_size=2, removed=[], added=[], moved=moved))
    assert left(rules.apply(torch.zeros(2, VOCABULARY))) == [everything, [3]]
    moved = [(1, 0, MoveDirectionality.UNIDIRECTIONAL)]
    rules.update_state(BatchUpdate(batch_size=1, removed=[0], added=[], moved=moved))
    rules.update_state(None)
    assert left(rules.apply(torch.zeros(1, VOCABULARY))) == [[3]]


def test_wrong_parameters_are_refused_at_the_front_end_and_bear_being_met_later(
    rules: TokenRules,
) -> None:
    TokenRules.validate_params(SamplingParams())
    TokenRules.validate_params(asking(ban=[1], first=2))
    wrong = asking(first=2)
    with pytest.raises(ValueError, match="says how long"):
        TokenRules.validate_params(wrong)
    rules.update_state(BatchUpdate(batch_size=1, removed=[], added=[(0, wrong, [], [])], moved=[]))
    assert left(rules.apply(torch.zeros(1, VOCABULARY))) == [list(range(VOCABULARY))]


def test_the_environment_limits_a_request(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(MAX_TOKENS, "2")
    with pytest.raises(ValueError, match="3 tokens, and 2 are allowed"):
        TokenRules.validate_params(asking(ban=[1, 2, 3]))
    monkeypatch.setenv(MAX_TOKENS, "none")
    with pytest.raises(ValueError, match=MAX_TOKENS):
        TokenRules(CONFIG, torch.device("cpu"), False)


def test_a_release_with_the_first_runner_only() -> None:
    # None makes the import fail, as it does before 0.31. In a process of its own, as the class is
    # there already in this one.
    code = f"""
import sys
sys.modules["vllm.v1.worker.gpu.sample.logits_processor"] = None
import torch
from {plugin.__name__} import TokenRules
rules = TokenRules(None, torch.device("cpu"), False)
rules.update_state(None)
print(rules.apply(torch.zeros(1, 2)).tolist(), TokenRules.__bases__[1].__name__)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[-1] == "[[0.0, 0.0]] object"


@pytest.fixture
def second_interface() -> Any:
    return pytest.importorskip(
        "vllm.v1.worker.gpu.sample.logits_processor",
        reason="this vLLM has no second model runner with logits processors (0.31 has)",
    )


def test_the_second_runner_takes_it_too(second_interface: Any) -> None:
    from vllm.v1.worker.gpu.sample.logits_processor import loader

    assert issubclass(TokenRules, second_interface.LogitsProcessor)
    name = f"{plugin.__name__}:TokenRules"
    assert loader._load_v2_logitsprocs_by_fqcns([name]) == [TokenRules]
    if metadata.entry_points(group="{{ cookiecutter.group }}", name=NAME):
        assert TokenRules in loader._load_v2_logitsprocs_plugins()


def test_a_step_of_the_second_runner(second_interface: Any) -> None:
    import numpy as np

    prompt_len = SimpleNamespace(np=np.full(4, 5, dtype=np.int32))
    states = second_interface.LogitsProcRequestState(
        device=torch.device("cpu"),
        max_num_reqs=4,
        vocab_size=VOCABULARY,
        all_token_ids=None,
        prompt_len=prompt_len,
        prefill_len=None,
        total_len=None,
    )
    rules = TokenRules(CONFIG, states)
    assert rules.add_request(2, asking(allow=[3], first=1))
    assert not rules.add_request(0, SamplingParams())
    assert not rules.add_request(1, asking(first=1))
    rules.apply_staged_writes()
    for position, expected in ((4, [3]), (5, list(range(VOCABULARY)))):
        mapping = torch.tensor([0, 2], dtype=torch.int32)
        ctx = second_interface.LogitsContext(
            expanded_idx_mapping=mapping,
            idx_mapping=mapping,
            idx_mapping_np=mapping.numpy(),
            expanded_local_pos=torch.zeros(2, dtype=torch.int32),
            input_ids=torch.zeros(2, dtype=torch.int32),
            pos=torch.tensor([position, position]),
            seq_lens_upper_bound_np=np.array([position + 1] * 2),
        )
        logits = rules.apply(torch.zeros(2, VOCABULARY), ctx)
        assert left(logits) == [list(range(VOCABULARY)), expected]
