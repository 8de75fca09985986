"""The three classes of an attention backend: the only module here that imports vLLM at its top.

vLLM asks the first what the backend supports; the second makes each batch's metadata, once a step;
the third is called once a layer and step.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any, ClassVar

import torch
from vllm.logger import init_logger
from vllm.v1.attention.backend import (
    AttentionBackend,
    AttentionImpl,
    AttentionMetadata,
    AttentionMetadataBuilder,
    AttentionType,
    MultipleOf,
)

from . import paged

if TYPE_CHECKING:
    from vllm.config import VllmConfig
    from vllm.v1.attention.backend import AttentionLayer, CommonAttentionMetadata
    from vllm.v1.kv_cache_interface import AttentionSpec, KVCacheSpec

# vLLM gives handlers to the logger "vllm" alone; under another name, INFO would go nowhere.
logger = init_logger(f"vllm.{__name__}")

DISTRIBUTION = "{{ cookiecutter.distribution }}"

_CACHE_TYPES = ("auto", "float16", "bfloat16")


class SdpaAttentionBackend(AttentionBackend):
    """Attention by torch's scaled-dot-product attention, on whatever device the tensors are."""

    supported_dtypes: ClassVar[list[torch.dtype]] = [torch.float16, torch.bfloat16, torch.float32]
    supported_kv_cache_dtypes: ClassVar[list[Any]] = list(_CACHE_TYPES)

    @staticmethod
    def get_name() -> str:
        """Return a name of AttentionBackendEnum: vLLM looks it up there. CUSTOM is for plugins."""
        return "CUSTOM"

    @staticmethod
    def get_impl_cls() -> type[SdpaAttentionImpl]:
        """Return the class that attends."""
        return SdpaAttentionImpl

    @staticmethod
    def get_builder_cls() -> type[SdpaMetadataBuilder]:
        """Return the class that makes the metadata."""
        return SdpaMetadataBuilder

    @staticmethod
    def get_supported_kernel_block_sizes(
        kv_cache_spec: KVCacheSpec | None = None,
    ) -> list[int | MultipleOf]:
        """Return which numbers of tokens a block may have; releases before 0.31 pass nothing."""
        return [MultipleOf(1)]

    @staticmethod
    def get_kv_cache_shape(
        num_blocks: int,
        block_size: int,
        num_kv_heads: int,
        head_size: int,
        cache_dtype_str: str = "auto",
    ) -> tuple[int, ...]:
        """Return the shape of a layer's cache, for the releases that ask: those before 0.29.

        From 0.29 on vLLM gives every backend this very shape.
        """
        return (num_blocks, num_kv_heads, block_size, 2 * head_size)

    @classmethod
    def supports_attn_type(cls, attn_type: str) -> bool:
        """Return whether the backend can attend so: for decoders, and for encoders alone."""
        return attn_type in (AttentionType.DECODER, AttentionType.ENCODER_ONLY)

    @classmethod
    def supports_sliding_window(cls) -> bool:
        """Return whether a token may attend to the last few only; asked from 0.26 on."""
        return True


@dataclass
class SdpaMetadata(AttentionMetadata):
    """What `SdpaAttentionImpl` needs of a batch.

    Attributes:
        num_actual_tokens: the tokens of the batch; its tensors may be longer.
        starts: where each request's tokens begin, and where the last one's end.
        lengths: how many tokens each request has in the cache, those of this step among them.
        block_table: [requests, blocks].
        slot_mapping: [tokens], where in the cache each token goes.
        causal: whether a token attends to none that come after it.
    """

    num_actual_tokens: int
    starts: list[int]
    lengths: list[int]
    block_table: torch.Tensor
    slot_mapping: torch.Tensor
    causal: bool


class SdpaMetadataBuilder(AttentionMetadataBuilder[SdpaMetadata]):
    """Makes the metadata of each batch."""

    def __init__(
        self,
        kv_cache_spec: AttentionSpec,
        layer_names: list[str],
        vllm_config: VllmConfig,
        device: torch.device,
    ) -> None:
        # Abstract in vLLM, so that it has to be here.
        super().__init__(kv_cache_spec, layer_names, vllm_config, device)

    def build(
        self,
        common_prefix_len: int,
        common_attn_metadata: CommonAttentionMetadata,
        fast_build: bool = False,
    ) -> SdpaMetadata:
        """Return the metadata.

        Raises:
            NotImplementedError: some requests of the batch are causal and others not.
        """
        common = common_attn_metadata
        if not isinstance(common.causal, bool):
            raise NotImplementedError("requests of their own causality are not supported")
        return SdpaMetadata(
            num_actual_tokens=common.num_actual_tokens,
            starts=common.query_start_loc_cpu.tolist(),
            # On an accelerator this waits for the device: a kernel would take the tensor instead.
            lengths=common.seq_lens.tolist(),
            block_table=common.block_table_tensor,
            slot_mapping=common.slot_mapping,
            causal=common.causal,
        )


class SdpaAttentionImpl(AttentionImpl[SdpaMetadata]):
    """Attends, for one layer of the model."""

    def __init__(
        self,
        num_heads: int,
        head_size: int,
        scale: float,
        num_kv_heads: int | None = None,
        alibi_slopes: list[float] | None = None,
        sliding_window: int | None = None,
        kv_cache_dtype: str = "auto",
        logits_soft_cap: float | None = None,
        attn_type: str = AttentionType.DECODER,
        kv_sharing_target_layer_name: str | None = None,
        **extra: Any,
    ) -> None:
        """Take what vLLM tells of the layer.

        Raises:
            NotImplementedError: the model needs what the backend cannot do, so that vLLM stops at
                the start, and not with wrong tokens.
        """
        supports = SdpaAttentionBackend.supports_attn_type
        refused = {
            "ALiBi slopes": alibi_slopes is not None,
            "a soft cap of the logits": bool(logits_soft_cap),
            f"the cache type {kv_cache_dtype}": kv_cache_dtype not in _CACHE_TYPES,
            f"the attention type {attn_type}": not supports(attn_type),
        } | {name: value is not None and value is not False for name, value in extra.items()}
        if reasons := [what for what, present in refused.items() if present]:
            raise NotImplementedError(f"{type(self).__name__} lacks {', '.join(reasons)}")
        self.num_heads = num_heads
        self.head_size = head_size
        self.scale = float(scale)
        self.num_kv_heads = num_heads if num_kv_heads is None else num_kv_heads
        self.window = sliding_window
        self.kv_cache_dtype = kv_cache_dtype
        self.encoder = attn_type == AttentionType.ENCODER_ONLY
        self.kv_sharing_target_layer_name = kv_sharing_target_layer_name
        logger.info_once("Attention by %s of %s.", type(self).__name__, DISTRIBUTION)

    def forward(
        self,
        layer: AttentionLayer,
        query: torch.Tensor,
        key: torch.Tensor,
        value: torch.Tensor,
        kv_cache: torch.Tensor,
        attn_metadata: SdpaMetadata | None,
        output: torch.Tensor,
        output_scale: torch.Tensor | None = None,
        output_block_scale: torch.Tensor | None = None,
    ) -> torch.Tensor:
        """Keep this step's keys and values, attend, write to `output` and return it.

        Args:
            layer: the layer; holds the scales of quantised caches, which are not supported.
            query: [tokens, query heads, head size].
            key: [tokens, key-value heads, head size].
            value: as `key`.
            kv_cache: see `paged`.
            attn_metadata: the batch; None in a rehearsal of the largest one.
            output: as `query`.
            output_scale: for fused quantisation of the output; not supported.
            output_block_scale: likewise.
        """
        if output_scale is not None or output_block_scale is not None:
            raise NotImplementedError("fused quantisation of the output is not supported")
        if attn_metadata is None:
            return output.fill_(0)
        count = attn_metadata.num_actual_tokens
        query, key, value = query[:count], key[:count], value[:count]
        if self.encoder:
            self._attend_without_cache(query, key, value, attn_metadata, output)
            return output
        # A layer that shares another's cache finds its keys and values there.
        if self.kv_sharing_target_layer_name is None:
            paged.write(kv_cache, key, value, attn_metadata.slot_mapping[:count])
        paged.attend_batch(
            query,
            kv_cache,
            output,
            starts=attn_metadata.starts,
            lengths=attn_metadata.lengths,
            block_table=attn_metadata.block_table,
            scale=self.scale,
            causal=attn_metadata.causal,
            window=self.window,
        )
        return output

    def _attend_without_cache(
        self,
        query: torch.Tensor,
        key: torch.Tensor,
        value: torch.Tensor,
        metadata: SdpaMetadata,
        output: torch.Tensor,
    ) -> None:
        for begin, end in pairwise(metadata.starts):
            if begin < end:
                output[begin:end] = paged.attend(
                    query[begin:end],
                    key[begin:end],
                    value[begin:end],
                    scale=self.scale,
                    causal=metadata.causal,
                    window=self.window,
                )
