"""The model, of vLLM's layers.

Each layer norms its input once, and adds attention and a gated feed-forward network of it in
parallel; queries and keys are normed head by head. `tests/reference.py` is the same in plain
PyTorch: change both, and the comparison of the two tells whether they are still one model.

vLLM's linear layers split their weights over the processes of tensor parallelism, `make_layers`
gives each process of pipeline parallelism its part of the layers, and every layer takes the
quantization config and its name in the checkpoint (`prefix`), by which quantization, LoRA and the
key-value cache find it.
"""

from collections.abc import Iterable
from itertools import islice

import torch
from torch import nn
from vllm.compilation.decorators import support_torch_compile
from vllm.config import VllmConfig
from vllm.distributed import get_pp_group, get_tensor_model_parallel_world_size
from vllm.model_executor.layers.activation import SiluAndMul
from vllm.model_executor.layers.attention import Attention
from vllm.model_executor.layers.layernorm import RMSNorm
from vllm.model_executor.layers.linear import (
    MergedColumnParallelLinear,
    QKVParallelLinear,
    RowParallelLinear,
)
from vllm.model_executor.layers.logits_processor import LogitsProcessor
from vllm.model_executor.layers.rotary_embedding import get_rope
from vllm.model_executor.layers.vocab_parallel_embedding import (
    ParallelLMHead,
    VocabParallelEmbedding,
)
from vllm.model_executor.model_loader.weight_utils import default_weight_loader
from vllm.model_executor.models.interfaces import SupportsLoRA, SupportsPP
from vllm.model_executor.models.utils import (
    PPMissingLayer,
    is_pp_missing_parameter,
    make_empty_intermediate_tensors_factory,
    make_layers,
    maybe_prefix,
)
from vllm.sequence import IntermediateTensors

from .config import DecoderConfig

#: Weights of a checkpoint that are parts of one here: part → (the one, which part of it).
STACKED: dict[str, tuple[str, str | int]] = {
    ".q_proj.": (".qkv_proj.", "q"),
    ".k_proj.": (".qkv_proj.", "k"),
    ".v_proj.": (".qkv_proj.", "v"),
    ".gate_proj.": (".gate_up_proj.", 0),
    ".up_proj.": (".gate_up_proj.", 1),
}


class DecoderAttention(nn.Module):
    """Causal attention with rotary positions; several query heads may share a key-value head."""

    def __init__(self, vllm_config: VllmConfig, prefix: str) -> None:
        super().__init__()
        config: DecoderConfig = vllm_config.model_config.hf_config
        processes = get_tensor_model_parallel_world_size()
        heads, kv_heads = config.num_attention_heads, config.num_key_value_heads
        if heads % processes or max(kv_heads, processes) % min(kv_heads, processes):
            raise ValueError(
                f"{heads} attention heads and {kv_heads} key-value heads cannot be split over "
                f"{processes} processes: choose another --tensor-parallel-size"
            )
        self.head_dim = config.head_dim
        self.heads = heads // processes
        # Fewer key-value heads than processes are replicated, as QKVParallelLinear does.
        self.kv_heads = max(1, kv_heads // processes)
        self.qkv_proj = QKVParallelLinear(
            config.hidden_size,
            self.head_dim,
            heads,
            kv_heads,
            bias=False,
            quant_config=vllm_config.quant_config,
            prefix=f"{prefix}.qkv_proj",
        )
        self.q_norm = RMSNorm(self.head_dim, eps=config.rms_norm_eps)
        self.k_norm = RMSNorm(self.head_dim, eps=config.rms_norm_eps)
        self.rotary_emb = get_rope(
            self.head_dim,
            max_position=config.max_position_embeddings,
            rope_parameters=config.rope_parameters,
        )
        self.attn = Attention(
            self.heads,
            self.head_dim,
            self.head_dim**-0.5,
            num_kv_heads=self.kv_heads,
            cache_config=vllm_config.cache_config,
            quant_config=vllm_config.quant_config,
            prefix=f"{prefix}.attn",
        )
        self.o_proj = RowParallelLinear(
            heads * self.head_dim,
            config.hidden_size,
            bias=False,
            quant_config=vllm_config.quant_config,
            prefix=f"{prefix}.o_proj",
        )

    def forward(self, positions: torch.Tensor, hidden_states: torch.Tensor) -> torch.Tensor:
        qkv, _ = self.qkv_proj(hidden_states)
        q_size, kv_size = self.heads * self.head_dim, self.kv_heads * self.head_dim
        q, k, v = qkv.split([q_size, kv_size, kv_size], dim=-1)
        q = self.q_norm(q.reshape(-1, self.heads, self.head_dim)).flatten(-2)
        k = self.k_norm(k.reshape(-1, self.kv_heads, self.head_dim)).flatten(-2)
        q, k = self.rotary_emb(positions, q, k)
        output, _ = self.o_proj(self.attn(q, k, v))
        return output


class DecoderMLP(nn.Module):
    """A feed-forward network, gated by SiLU."""

    def __init__(self, vllm_config: VllmConfig, prefix: str) -> None:
        super().__init__()
        config: DecoderConfig = vllm_config.model_config.hf_config
        self.gate_up_proj = MergedColumnParallelLinear(
            config.hidden_size,
            [config.intermediate_size] * 2,
            bias=False,
            quant_config=vllm_config.quant_config,
            prefix=f"{prefix}.gate_up_proj",
        )
        self.act_fn = SiluAndMul()
        self.down_proj = RowParallelLinear(
            config.intermediate_size,
            config.hidden_size,
            bias=False,
            quant_config=vllm_config.quant_config,
            prefix=f"{prefix}.down_proj",
        )

    def forward(self, hidden_states: torch.Tensor) -> torch.Tensor:
        gate_up, _ = self.gate_up_proj(hidden_states)
        output, _ = self.down_proj(self.act_fn(gate_up))
        return output


class DecoderLayer(nn.Module):
    """Attention and feed-forward network in parallel, on one normed input."""

    def __init__(self, vllm_config: VllmConfig, prefix: str) -> None:
        super().__init__()
        config: DecoderConfig = vllm_config.model_config.hf_config
        self.input_layernorm = RMSNorm(config.hidden_size, eps=config.rms_norm_eps)
        self.self_attn = DecoderAttention(vllm_config, f"{prefix}.self_attn")
        self.mlp = DecoderMLP(vllm_config, f"{prefix}.mlp")

    def forward(self, positions: torch.Tensor, hidden_states: torch.Tensor) -> torch.Tensor:
        normed = self.input_layernorm(hidden_states)
        return hidden_states + self.self_attn(positions, normed) + self.mlp(normed)


# vLLM compiles what is decorated, and takes from the annotations which tensors vary in length: they
# must not be strings, so that this module has no "from __future__ import annotations".
@support_torch_compile
class DecoderModel(nn.Module):
    """The layers, without the head."""

    def __init__(self, *, vllm_config: VllmConfig, prefix: str = "") -> None:
        super().__init__()
        config: DecoderConfig = vllm_config.model_config.hf_config
        pipeline = get_pp_group()
        # A head that is tied to the embedding needs it too.
        if pipeline.is_first_rank or (config.tie_word_embeddings and pipeline.is_last_rank):
            self.embed_tokens = VocabParallelEmbedding(
                config.vocab_size,
                config.hidden_size,
                quant_config=vllm_config.quant_config,
                prefix=f"{prefix}.embed_tokens",
            )
        else:
            self.embed_tokens = PPMissingLayer()
        self.start_layer, self.end_layer, self.layers = make_layers(
            config.num_hidden_layers,
            lambda prefix: DecoderLayer(vllm_config, prefix),
            prefix=f"{prefix}.layers",
        )
        if pipeline.is_last_rank:
            self.norm = RMSNorm(config.hidden_size, eps=config.rms_norm_eps)
        else:
            self.norm = PPMissingLayer()
        self.make_empty_intermediate_tensors = make_empty_intermediate_tensors_factory(
            ["hidden_states"], config.hidden_size
        )

    def embed_input_ids(self, input_ids: torch.Tensor) -> torch.Tensor:
        return self.embed_tokens(input_ids)

    def forward(
        self,
        input_ids: torch.Tensor | None,
        positions: torch.Tensor,
        intermediate_tensors: IntermediateTensors | None = None,
        inputs_embeds: torch.Tensor | None = None,
    ) -> torch.Tensor | IntermediateTensors:
        if not get_pp_group().is_first_rank:
            assert intermediate_tensors is not None
            hidden_states = intermediate_tensors["hidden_states"]
        elif inputs_embeds is not None:
            hidden_states = inputs_embeds
        else:
            hidden_states = self.embed_tokens(input_ids)
        for layer in islice(self.layers, self.start_layer, self.end_layer):
            hidden_states = layer(positions, hidden_states)
        if not get_pp_group().is_last_rank:
            return IntermediateTensors({"hidden_states": hidden_states})
        return self.norm(hidden_states)


class DecoderForCausalLM(nn.Module, SupportsLoRA, SupportsPP):
    """The model with its head: what vLLM builds, loads and calls."""

    # By these, LoRA and quantization find the parts of a checkpoint in the layers of this model.
    packed_modules_mapping = {  # noqa: RUF012 - vLLM's own is a plain dict
        "qkv_proj": ["q_proj", "k_proj", "v_proj"],
        "gate_up_proj": ["gate_proj", "up_proj"],
    }

    def __init__(self, *, vllm_config: VllmConfig, prefix: str = "") -> None:
        super().__init__()
        config: DecoderConfig = vllm_config.model_config.hf_config
        self.config = config
        self.model = DecoderModel(vllm_config=vllm_config, prefix=maybe_prefix(prefix, "model"))
        if get_pp_group().is_last_rank:
            self.lm_head = ParallelLMHead(
                config.vocab_size,
                config.hidden_size,
                quant_config=vllm_config.quant_config,
                prefix=maybe_prefix(prefix, "lm_head"),
            )
            if config.tie_word_embeddings:
                self.lm_head = self.lm_head.tie_weights(self.model.embed_tokens)
        else:
            self.lm_head = PPMissingLayer()
        self.logits_processor = LogitsProcessor(config.vocab_size)
        self.make_empty_intermediate_tensors = self.model.make_empty_intermediate_tensors

    def embed_input_ids(self, input_ids: torch.Tensor) -> torch.Tensor:
        return self.model.embed_input_ids(input_ids)

    def forward(
        self,
        input_ids: torch.Tensor | None,
        positions: torch.Tensor,
        intermediate_tensors: IntermediateTensors | None = None,
        inputs_embeds: torch.Tensor | None = None,
    ) -> torch.Tensor | IntermediateTensors:
        return self.model(input_ids, positions, intermediate_tensors, inputs_embeds)

    def compute_logits(self, hidden_states: torch.Tensor) -> torch.Tensor | None:
        return self.logits_processor(self.lm_head, hidden_states)

    def load_weights(self, weights: Iterable[tuple[str, torch.Tensor]]) -> set[str]:
        """Load a checkpoint's weights; return the names of the parameters that were loaded.

        vLLM refuses the checkpoint when a parameter is left out.

        Raises:
            ValueError: the checkpoint holds a weight that the model has not.
        """
        parameters = dict(self.named_parameters())
        loaded: set[str] = set()
        for given, weight in weights:
            if self.config.tie_word_embeddings and given.startswith("lm_head."):
                continue
            name, shard = stacked(given)
            if is_pp_missing_parameter(name, self):
                continue
            if name not in parameters:
                raise ValueError(f"the checkpoint holds {given!r}, which this model has not")
            parameter = parameters[name]
            load = getattr(parameter, "weight_loader", default_weight_loader)
            if shard is None:
                load(parameter, weight)
            else:
                load(parameter, weight, shard)
            loaded.add(name)
        return loaded


def stacked(name: str) -> tuple[str, str | int | None]:
    """Return the parameter that the checkpoint's weight `name` goes to, and which part of it."""
    for part, (whole, shard) in STACKED.items():
        if part in name:
            return name.replace(part, whole), shard
    return name, None
