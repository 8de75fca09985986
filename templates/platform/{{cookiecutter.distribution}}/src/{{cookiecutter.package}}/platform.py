"""What vLLM asks about the device: the class that becomes `vllm.platforms.current_platform`.

vLLM imports this module while it is choosing a platform. It may import `vllm.platforms` and what
that itself needs, but nothing that asks for the current platform at its top.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from vllm.logger import init_logger
from vllm.platforms.cpu import CpuPlatform
from vllm.platforms.interface import PlatformEnum

if TYPE_CHECKING:
    from vllm.config import VllmConfig
    from vllm.v1.attention.backends.registry import AttentionBackendEnum
    from vllm.v1.attention.selector import AttentionSelectorConfig

# vLLM gives handlers to the logger "vllm" alone; under another name, INFO would go nowhere.
logger = init_logger(f"vllm.{__name__}")

# With dots only: vLLM imports each where it is needed, and splits the name at the last one.
ATTENTION = "{{ cookiecutter.package }}.attention.DeviceAttentionBackend"
COMMUNICATOR = "{{ cookiecutter.package }}.communicator.DeviceCommunicator"
WORKER = "{{ cookiecutter.package }}.worker.DeviceWorker"


# DEVICE: derive from vllm.platforms.interface.Platform instead, and answer what CpuPlatform answers
# here: get_device_total_memory, set_device, supported_dtypes, import_kernels, inference_mode,
# is_pin_memory_available, get_punica_wrapper and the rest of the interface.
class DevicePlatform(CpuPlatform):
    """An out-of-tree platform (`is_out_of_tree()`) whose device is the CPU (`is_cpu()`)."""

    _enum = PlatformEnum.OOT
    # DEVICE: torch's name of it, e.g. "npu" or "privateuseone". vLLM makes torch.device() of both
    # (vllm/distributed/parallel_state.py of the first, on out-of-tree platforms).
    device_name = "cpu"
    device_type = "cpu"
    # DEVICE: the dispatch key of its operators, e.g. "PrivateUse1".
    dispatch_key = "CPU"
    # DEVICE: the backend of torch.distributed that reaches it.
    dist_backend = "gloo"

    def is_cpu(self) -> bool:
        """Return True for as long as the CPU stands in: vLLM's CPU worker counts on it."""
        # DEVICE: remove this. vLLM's custom operators then run their forward_oot.
        return True

    @classmethod
    def get_device_name(cls, device_id: int = 0) -> str:
        """Return what a person calls the device."""
        # DEVICE: ask the driver.
        return "{{ cookiecutter.plugin_name }} (CPU)"

    @classmethod
    def get_attn_backend_cls(
        cls,
        selected_backend: AttentionBackendEnum | None,
        attn_selector_config: AttentionSelectorConfig,
        num_heads: int | None = None,
    ) -> str:
        """Return the dotted name of the attention backend for one layer."""
        if attn_selector_config.use_mla or attn_selector_config.use_sparse:
            # DEVICE: name backends of your own, or raise NotImplementedError with the reason.
            answer: str = super().get_attn_backend_cls(
                selected_backend, attn_selector_config, num_heads
            )
            return answer
        if selected_backend is not None and selected_backend.name != "CUSTOM":
            logger.info("%s is not used: this platform has a backend of its own.", selected_backend)
        return ATTENTION

    @classmethod
    def get_device_communicator_cls(cls) -> str:
        """Return the dotted name of what joins the workers; built where there are two or more."""
        return COMMUNICATOR

    @classmethod
    def check_and_update_config(cls, vllm_config: VllmConfig) -> None:
        """Fill in what vLLM leaves to the platform, and refuse what it cannot do."""
        # A class that the user named stays.
        if vllm_config.parallel_config.worker_cls == "auto":
            vllm_config.parallel_config.worker_cls = WORKER
        # DEVICE: set the block size of the KV cache, compilation_config and whatever else the
        # device needs; raise ValueError for what it cannot do.
        super().check_and_update_config(vllm_config)
