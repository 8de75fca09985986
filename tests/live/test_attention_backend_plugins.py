"""A scaffolded attention backend in a real engine: it attends, and to what vLLM's own cannot."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.live

HERE = Path(__file__).parent
REPLACES = "ACME_ATTENTION_REPLACES"
USED = "Attention by SdpaAttentionImpl of acme-attention."


def generate(live: Any, model: Path, **env: str) -> tuple[int, Any, str]:
    """The engine's status, its answer if it had one, and its output."""
    reply = live.folder / "tokens.json"
    reply.unlink(missing_ok=True)
    status, output = live.run(
        *(HERE / "offline_tokens.py", model, reply, "{}"),
        env=live.environment(**env),
        timeout=900,
    )
    return status, json.loads(reply.read_text(encoding="utf-8")) if not status else None, output


def narrow(live: Any) -> Path:
    """A model whose heads are of 16: vLLM 0.32's CPU attention has no such kernel."""
    folder: Path = live.folder / "narrow"
    status, output = live.run(HERE / "tiny_model.py", folder, "LlamaForCausalLM", "4")
    assert status == 0, output
    return folder


def test_the_projects_own_tests_pass_with_vllm(attention_backend: tuple[Any, Path]) -> None:
    live, folder = attention_backend
    live.install("pytest")
    status, output = live.run("-m", "pytest", "-p", "no:cacheprovider", cwd=folder, timeout=900)
    assert status == 0, output
    assert "skipped" not in output, "with vLLM and the plugin installed, nothing is to be skipped"


def test_it_attends_as_vllms_own_does(attention_backend: tuple[Any, Path], model: Path) -> None:
    """The same tokens with it and without it, over prefills and decodes in one batch."""
    live, _ = attention_backend
    status, plain, output = generate(live, model)
    assert status == 0, output
    assert USED not in output
    status, own, output = generate(live, model, **{REPLACES: "CPU_ATTN"})
    assert status == 0, output
    assert USED in output
    assert own["tokens"] == plain["tokens"]
    assert [len(tokens) for tokens in own["tokens"]] == [8, 8, 8]


def test_a_model_runs_that_vllms_own_backend_refuses(
    attention_backend: tuple[Any, Path],
) -> None:
    live, _ = attention_backend
    model = narrow(live)
    status, _, output = generate(live, model)
    assert status != 0, "if vLLM can do this now, another proof is needed"
    assert "Unsupported CPU attention configuration: head_dim=16" in output
    status, answer, output = generate(live, model, **{REPLACES: "CPU_ATTN"})
    assert status == 0, output
    assert USED in output
    assert [len(tokens) for tokens in answer["tokens"]] == [8, 8, 8]


def test_a_backend_that_vllm_has_not_stops_the_start(
    attention_backend: tuple[Any, Path], model: Path
) -> None:
    live, _ = attention_backend
    status, _, output = generate(live, model, **{REPLACES: "CPU_ATTENTION"})
    assert status != 0
    assert f"{REPLACES}: this vLLM has no attention backend CPU_ATTENTION" in output
