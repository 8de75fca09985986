"""The worker: owns the device in one process, and the model runner on it."""

from __future__ import annotations

from vllm.logger import init_logger
from vllm.platforms import current_platform
from vllm.v1.worker.cpu_worker import CPUWorker

from . import attention, communicator

logger = init_logger(f"vllm.{__name__}")


# DEVICE: derive from vllm.v1.worker.worker_base.WorkerBase instead. What vLLM calls of it, in this
# order: init_device, load_model, get_kv_cache_spec, determine_available_memory,
# initialize_from_config, compile_or_warm_up_model; then execute_model and sample_tokens each step.
class DeviceWorker(CPUWorker):
    """Runs the model on one device; with tensor parallelism there is one worker a device."""

    def init_device(self) -> None:
        """Take the device, join the other workers, and build the model runner."""
        # DEVICE: set self.device and make it current, call
        # vllm.v1.worker.gpu_worker.init_worker_distributed_environment, build self.model_runner.
        super().init_device()
        logger.info(
            "Worker %d runs on %s (%s).", self.rank, current_platform.get_device_name(), self.device
        )

    def determine_available_memory(self) -> int:
        """Return how many bytes the KV cache may take."""
        # DEVICE: measure it: free memory after a run of the model at its largest batch.
        available: int = super().determine_available_memory()
        return available

    def device_report(self) -> dict[str, str | int]:
        """Return what this plugin did in this process.

        For people and tests: `llm.collective_rpc("device_report")` asks every worker.
        """
        return {
            "rank": self.rank,
            "worker": _name(type(self)),
            "platform": _name(type(current_platform)),
            "device": str(self.device),
            "attention_calls": attention.calls.count,
            "collective_calls": communicator.calls.count,
        }


def _name(kind: type) -> str:
    return f"{kind.__module__}.{kind.__qualname__}"
