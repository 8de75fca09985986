"""The attention backend that the platform names; the maths is that of vLLM's CPU kernels.

A backend is three classes: the one that vLLM asks what is supported, the builder that makes each
batch's metadata, and the implementation that is called once a layer and step.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from vllm.v1.attention.backends.cpu_attn import (
    CPUAttentionBackend,
    CPUAttentionBackendImpl,
    CPUAttentionMetadataBuilder,
)

from .counting import Counter

if TYPE_CHECKING:
    import torch
    from vllm.v1.attention.backend import AttentionLayer, CommonAttentionMetadata
    from vllm.v1.attention.backends.cpu_attn import CPUAttentionMetadata

#: Calls of the implementation in this process.
calls = Counter()


# DEVICE: derive from vllm.v1.attention.backend.AttentionBackend; say which head sizes, types, block
# sizes and layouts of the KV cache the device's kernels take.
class DeviceAttentionBackend(CPUAttentionBackend):
    """What vLLM asks about the backend."""

    @staticmethod
    def get_name() -> str:
        """Return a name of AttentionBackendEnum: vLLM looks it up there. CUSTOM is for plugins."""
        return "CUSTOM"

    @staticmethod
    def get_impl_cls() -> type[DeviceAttentionImpl]:
        """Return the class of the implementation."""
        return DeviceAttentionImpl

    @staticmethod
    def get_builder_cls() -> type[DeviceAttentionMetadataBuilder]:
        """Return the class of the metadata's builder."""
        return DeviceAttentionMetadataBuilder


# DEVICE: derive from vllm.v1.attention.backend.AttentionMetadataBuilder.
class DeviceAttentionMetadataBuilder(CPUAttentionMetadataBuilder):
    """Makes the metadata of a batch, once a step for all layers of a kind."""

    def build(
        self,
        common_prefix_len: int,
        common_attn_metadata: CommonAttentionMetadata,
        fast_build: bool = False,
    ) -> CPUAttentionMetadata:
        """Return the metadata; what the kernels need of the batch is worked out here."""
        # DEVICE: from the lengths, block table and slots of common_attn_metadata.
        return super().build(common_prefix_len, common_attn_metadata, fast_build)


# DEVICE: derive from vllm.v1.attention.backend.AttentionImpl.
class DeviceAttentionImpl(CPUAttentionBackendImpl):
    """Attends, for one layer of the model."""

    def forward(
        self,
        layer: AttentionLayer,
        query: torch.Tensor,
        key: torch.Tensor,
        value: torch.Tensor,
        kv_cache: torch.Tensor,
        attn_metadata: CPUAttentionMetadata | None,
        output: torch.Tensor,
        output_scale: torch.Tensor | None = None,
        output_block_scale: torch.Tensor | None = None,
    ) -> torch.Tensor:
        """Attend, write to `output`, and return it; without metadata the run is a rehearsal."""
        calls.add()
        # DEVICE: call your kernel.
        return super().forward(
            layer,
            query,
            key,
            value,
            kv_cache,
            attn_metadata,
            output,
            output_scale,
            output_block_scale,
        )
