"""The model in the real vLLM; skipped where vLLM is not installed.

Numbers are compared with those of the plain PyTorch reference, for random weights: each step's
log-probabilities of the whole vocabulary.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from importlib import metadata
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("vllm", reason="vLLM is not installed: the model cannot be tried in it")

import torch
import vllm.plugins
from vllm import ModelRegistry

import reference
from {{ cookiecutter.package }} import model, plugin

HERE = Path(__file__).parent
NAME = "{{ cookiecutter.plugin_name }}"
PROMPTS = [[5, 6, 7], [250], list(range(3, 40))]
STEPS = 6


@pytest.fixture(scope="module")
def installed() -> None:
    if not metadata.entry_points(group=vllm.plugins.DEFAULT_PLUGINS_GROUP, name=NAME):
        pytest.skip("this plugin is not installed, so that vLLM cannot find it")


def run(tmp_path: Path, folder: Path, plugins: str = NAME, **settings: Any) -> Any:
    """Generate in an engine of its own; return the answers, or the output of one that failed."""
    request, reply = tmp_path / "request.json", tmp_path / "reply.json"
    asked = {
        "model": str(folder),
        "prompts": PROMPTS,
        "tokens": STEPS,
        "settings": {"enforce_eager": True, **settings},
    }
    if torch.cuda.device_count() == 0:
        asked["settings"].setdefault("kv_cache_memory_bytes", 64 * 1024 * 1024)
    request.write_text(json.dumps(asked), encoding="utf-8")
    done = subprocess.run(
        [sys.executable, str(HERE / "engine.py"), str(request), str(reply)],
        env={**os.environ, "VLLM_PLUGINS": plugins, "HF_HUB_OFFLINE": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    if done.returncode:
        return done.stdout
    return json.loads(reply.read_text(encoding="utf-8"))


@pytest.mark.parametrize("tied", [False, True])
def test_it_generates_what_the_reference_does(installed: None, tmp_path: Path, tied: bool) -> None:
    plain = reference.Reference(reference.tiny_config(tie_word_embeddings=tied))
    reference.save(plain, tmp_path / "model")
    answers = run(tmp_path, tmp_path / "model")
    assert isinstance(answers, list), answers
    for prompt, answer in zip(PROMPTS, answers, strict=True):
        assert len(answer["tokens"]) == STEPS
        whole = plain.logprobs([*prompt, *answer["tokens"][:-1]])[len(prompt) - 1 :]
        seen = torch.tensor(answer["logprobs"])
        assert seen.shape == whole.shape
        torch.testing.assert_close(seen, whole, atol=2e-3, rtol=1e-3)
        assert answer["tokens"] == whole.argmax(-1).tolist()


class Parts(torch.nn.Module):
    """Parameters called as the model's are, and none of its layers: enough to load weights into."""

    def __init__(self, tied: bool) -> None:
        super().__init__()
        self.config = reference.tiny_config(tie_word_embeddings=tied)
        self.norm = torch.nn.Linear(1, 1, bias=False)
        self.attention = torch.nn.Module()
        self.attention.qkv_proj = torch.nn.Linear(1, 3, bias=False)
        self.attention.qkv_proj.weight.weight_loader = self.load_shard

    @staticmethod
    def load_shard(parameter: torch.nn.Parameter, weight: torch.Tensor, shard: str) -> None:
        parameter.data["qkv".index(shard)] = weight


def test_weights_are_loaded_each_to_its_place() -> None:
    parts = Parts(tied=True)
    weights = [
        ("norm.weight", torch.tensor([[5.0]])),
        ("attention.k_proj.weight", torch.tensor([1.0])),
        ("attention.q_proj.weight", torch.tensor([0.0])),
        ("attention.v_proj.weight", torch.tensor([2.0])),
        # Tied to the embedding: some checkpoints hold it all the same.
        ("lm_head.weight", torch.zeros(1)),
    ]
    loaded = model.DecoderForCausalLM.load_weights(parts, weights)
    assert loaded == {"norm.weight", "attention.qkv_proj.weight"}
    assert parts.attention.qkv_proj.weight.flatten().tolist() == [0, 1, 2]
    assert parts.norm.weight.item() == 5


def test_a_weight_too_many_is_refused() -> None:
    for name in ("model.surplus", "lm_head.weight"):
        with pytest.raises(ValueError, match=f"'{name}', which this model has not"):
            model.DecoderForCausalLM.load_weights(Parts(tied=False), [(name, torch.zeros(1))])


@pytest.mark.parametrize(("plugins", "known"), [(NAME, True), ("another_plugin", False)])
def test_vllm_plugins_decides_whether_vllm_knows_it(
    installed: None, plugins: str, known: bool
) -> None:
    code = (
        "from vllm.plugins import load_general_plugins; load_general_plugins();"
        "from vllm import ModelRegistry;"
        f"assert ({plugin.ARCHITECTURE!r} in ModelRegistry.get_supported_archs()) is {known}"
    )
    env = {**os.environ, "VLLM_PLUGINS": plugins}
    assert subprocess.run([sys.executable, "-c", code], env=env, check=False).returncode == 0


def test_it_is_registered_once_and_by_name() -> None:
    plugin.register()
    first = ModelRegistry.models[plugin.ARCHITECTURE]
    plugin.register()
    assert ModelRegistry.models[plugin.ARCHITECTURE] is first
    assert plugin.ARCHITECTURE in ModelRegistry.get_supported_archs()


def test_vllm_takes_it_for_what_it_is() -> None:
    from vllm.model_executor.models import interfaces, interfaces_base

    found = model.DecoderForCausalLM
    assert interfaces_base.is_vllm_model(found)
    assert interfaces_base.is_text_generation_model(found)
    assert interfaces.supports_pp(found)
    assert interfaces.supports_lora(found)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("layers.1.self_attn.q_proj.weight", ("layers.1.self_attn.qkv_proj.weight", "q")),
        ("layers.0.mlp.up_proj.weight", ("layers.0.mlp.gate_up_proj.weight", 1)),
        ("layers.0.self_attn.q_norm.weight", ("layers.0.self_attn.q_norm.weight", None)),
        ("lm_head.weight", ("lm_head.weight", None)),
    ],
)
def test_where_a_checkpoints_weights_go(name: str, expected: tuple[str, object]) -> None:
    assert model.stacked(name) == expected
