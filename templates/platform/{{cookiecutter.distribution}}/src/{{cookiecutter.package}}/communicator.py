"""What joins the workers of a model that is spread over several devices."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vllm.distributed.device_communicators.cpu_communicator import CpuCommunicator

from .counting import Counter

if TYPE_CHECKING:
    import torch

#: Collective operations in this process.
calls = Counter()


# DEVICE: derive from vllm.distributed.device_communicators.base_device_communicator's
# DeviceCommunicatorBase, whose operations go through torch.distributed, and replace those for which
# the device has something faster.
class DeviceCommunicator(CpuCommunicator):
    """Joins the workers of one group, e.g. those of tensor parallelism.

    vLLM builds it for groups of two or more; what it passes has grown over the releases, so that
    `__init__` is left to the base class.
    """

    def all_reduce(self, input_: torch.Tensor) -> torch.Tensor:
        """Return the sum of `input_` over the group."""
        calls.add()
        return super().all_reduce(input_)

    def all_gather(self, input_: torch.Tensor, dim: int = -1) -> torch.Tensor:
        """Return every worker's `input_`, joined along `dim`."""
        calls.add()
        return super().all_gather(input_, dim)

    def gather(self, input_: torch.Tensor, dst: int = 0, dim: int = -1) -> torch.Tensor | None:
        """Return every worker's `input_`, joined along `dim`, at worker `dst`; None elsewhere."""
        calls.add()
        return super().gather(input_, dst, dim)
