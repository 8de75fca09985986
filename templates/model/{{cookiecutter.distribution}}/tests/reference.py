"""The same model in plain PyTorch, without vLLM: slow, and easy to read.

`save` writes it as a checkpoint. Its parameters are called as in the checkpoint.
"""

import json
from pathlib import Path

import torch
from torch import nn
from torch.nn import functional

from {{ cookiecutter.package }}.config import DecoderConfig
from {{ cookiecutter.package }}.plugin import ARCHITECTURE


class Norm(nn.Module):
    def __init__(self, size: int, eps: float) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.ones(size))
        self.eps = eps

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.weight * x * torch.rsqrt(x.pow(2).mean(-1, keepdim=True) + self.eps)


def rotated(x: torch.Tensor, theta: float) -> torch.Tensor:
    """Return (heads, tokens, head_dim) with the rotary position of each token."""
    tokens, size = x.shape[-2:]
    frequencies = theta ** (-torch.arange(0, size, 2) / size)
    angles = torch.arange(tokens)[:, None] * frequencies
    first, second = x.chunk(2, dim=-1)
    return torch.cat(
        (
            first * angles.cos() - second * angles.sin(),
            second * angles.cos() + first * angles.sin(),
        ),
        dim=-1,
    )


class Attention(nn.Module):
    def __init__(self, config: DecoderConfig) -> None:
        super().__init__()
        self.config = config
        wide, size = config.hidden_size, config.head_dim
        self.q_proj = nn.Linear(wide, config.num_attention_heads * size, bias=False)
        self.k_proj = nn.Linear(wide, config.num_key_value_heads * size, bias=False)
        self.v_proj = nn.Linear(wide, config.num_key_value_heads * size, bias=False)
        self.o_proj = nn.Linear(config.num_attention_heads * size, wide, bias=False)
        self.q_norm = Norm(size, config.rms_norm_eps)
        self.k_norm = Norm(size, config.rms_norm_eps)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        size = self.config.head_dim
        theta = self.config.rope_parameters["rope_theta"]
        q, k, v = (
            layer(x).unflatten(-1, (-1, size)).transpose(0, 1)
            for layer in (self.q_proj, self.k_proj, self.v_proj)
        )
        q, k = rotated(self.q_norm(q), theta), rotated(self.k_norm(k), theta)
        shared = self.config.num_attention_heads // self.config.num_key_value_heads
        k, v = k.repeat_interleave(shared, 0), v.repeat_interleave(shared, 0)
        output = functional.scaled_dot_product_attention(q, k, v, is_causal=True)
        return self.o_proj(output.transpose(0, 1).flatten(-2))


class FeedForward(nn.Module):
    def __init__(self, config: DecoderConfig) -> None:
        super().__init__()
        wide, inner = config.hidden_size, config.intermediate_size
        self.gate_proj = nn.Linear(wide, inner, bias=False)
        self.up_proj = nn.Linear(wide, inner, bias=False)
        self.down_proj = nn.Linear(inner, wide, bias=False)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.down_proj(functional.silu(self.gate_proj(x)) * self.up_proj(x))


class Layer(nn.Module):
    def __init__(self, config: DecoderConfig) -> None:
        super().__init__()
        self.input_layernorm = Norm(config.hidden_size, config.rms_norm_eps)
        self.self_attn = Attention(config)
        self.mlp = FeedForward(config)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        normed = self.input_layernorm(x)
        return x + self.self_attn(normed) + self.mlp(normed)


class Model(nn.Module):
    def __init__(self, config: DecoderConfig) -> None:
        super().__init__()
        self.embed_tokens = nn.Embedding(config.vocab_size, config.hidden_size)
        self.layers = nn.ModuleList(Layer(config) for _ in range(config.num_hidden_layers))
        self.norm = Norm(config.hidden_size, config.rms_norm_eps)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = self.embed_tokens(x)
        for layer in self.layers:
            x = layer(x)
        return self.norm(x)


class Reference(nn.Module):
    """Token ids to the logits of what follows each."""

    def __init__(self, config: DecoderConfig, seed: int = 0) -> None:
        super().__init__()
        self.config = config
        self.model = Model(config)
        if not config.tie_word_embeddings:
            self.lm_head = nn.Linear(config.hidden_size, config.vocab_size, bias=False)
        generator = torch.Generator().manual_seed(seed)
        for name, parameter in self.named_parameters():
            # Norms other than 1, and weights large enough for every part to matter.
            spread = 0.3 if name.endswith("norm.weight") else 2 * parameter.shape[-1] ** -0.5
            noise = torch.randn(parameter.shape, generator=generator) * spread
            parameter.data = 1 + noise if name.endswith("norm.weight") else noise

    def forward(self, token_ids: torch.Tensor) -> torch.Tensor:
        hidden = self.model(token_ids)
        head = self.model.embed_tokens if self.config.tie_word_embeddings else self.lm_head
        return hidden @ head.weight.T

    @torch.inference_mode()
    def logprobs(self, token_ids: list[int]) -> torch.Tensor:
        """Return (tokens, vocabulary): the log-probabilities of what follows each token."""
        return self(torch.tensor(token_ids)).log_softmax(-1)


def tiny_config(**changes: object) -> DecoderConfig:
    """Return a configuration of a few hundred kilobytes, two query heads to a key-value head."""
    sizes: dict[str, object] = {
        "vocab_size": 256,
        "hidden_size": 64,
        "intermediate_size": 128,
        "num_hidden_layers": 2,
        "num_attention_heads": 4,
        "num_key_value_heads": 2,
        # vLLM's attention on the CPU has no smaller heads.
        "head_dim": 32,
        "max_position_embeddings": 256,
        "bos_token_id": 1,
        "eos_token_id": 2,
        "pad_token_id": 0,
    }
    return DecoderConfig(**{**sizes, **changes})


def save(reference: Reference, folder: Path) -> None:
    """Write `reference` as a checkpoint, without a tokenizer."""
    from safetensors.torch import save_file

    folder.mkdir(parents=True, exist_ok=True)
    save_file(reference.state_dict(), folder / "model.safetensors", metadata={"format": "pt"})
    settings = {**reference.config.to_dict(), "architectures": [ARCHITECTURE]}
    (folder / "config.json").write_text(json.dumps(settings), encoding="utf-8")
