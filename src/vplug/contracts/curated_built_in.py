"""vLLM's own subclasses that plugins derive from in turn: built-in platforms, workers, backends.

What vLLM asks of a plugin's class it asks of these too, so each names the class of
:mod:`vplug.contracts.curated` that it stands for (``of``). Names as there: the first that a release
has is the contract.
"""

from __future__ import annotations

#: Key, the curated key that it derives from, and its full names over the releases.
BUILT_IN: tuple[tuple[str, str, tuple[str, ...]], ...] = (
    ("CpuPlatform", "Platform", ("vllm.platforms.cpu.CpuPlatform",)),
    ("CudaPlatformBase", "Platform", ("vllm.platforms.cuda.CudaPlatformBase",)),
    ("NvmlCudaPlatform", "Platform", ("vllm.platforms.cuda.NvmlCudaPlatform",)),
    ("NonNvmlCudaPlatform", "Platform", ("vllm.platforms.cuda.NonNvmlCudaPlatform",)),
    ("RocmPlatform", "Platform", ("vllm.platforms.rocm.RocmPlatform",)),
    ("XPUPlatform", "Platform", ("vllm.platforms.xpu.XPUPlatform",)),
    ("TpuPlatform", "Platform", ("vllm.platforms.tpu.TpuPlatform",)),
    ("GPUWorker", "WorkerBase", ("vllm.v1.worker.gpu_worker.Worker",)),
    ("CPUWorker", "WorkerBase", ("vllm.v1.worker.cpu_worker.CPUWorker",)),
    ("XPUWorker", "WorkerBase", ("vllm.v1.worker.xpu_worker.XPUWorker",)),
    (
        "FlashAttentionBackend",
        "AttentionBackend",
        ("vllm.v1.attention.backends.flash_attn.FlashAttentionBackend",),
    ),
    (
        "FlashAttentionImpl",
        "AttentionImpl",
        ("vllm.v1.attention.backends.flash_attn.FlashAttentionImpl",),
    ),
    (
        "FlashAttentionMetadataBuilder",
        "AttentionMetadataBuilder",
        ("vllm.v1.attention.backends.flash_attn.FlashAttentionMetadataBuilder",),
    ),
    (
        "TritonAttentionBackend",
        "AttentionBackend",
        ("vllm.v1.attention.backends.triton_attn.TritonAttentionBackend",),
    ),
    (
        "TritonAttentionImpl",
        "AttentionImpl",
        ("vllm.v1.attention.backends.triton_attn.TritonAttentionImpl",),
    ),
    (
        "CPUAttentionBackend",
        "AttentionBackend",
        (
            "vllm.v1.attention.backends.cpu_attn.CPUAttentionBackend",
            "vllm.v1.attention.backends.cpu_attn.TorchSDPABackend",
        ),
    ),
    (
        "FlashInferBackend",
        "AttentionBackend",
        ("vllm.v1.attention.backends.flashinfer.FlashInferBackend",),
    ),
    (
        "MLACommonBackend",
        "AttentionBackend",
        (
            "vllm.model_executor.layers.attention.mla_attention.MLACommonBackend",
            "vllm.v1.attention.backends.mla.common.MLACommonBackend",
        ),
    ),
    (
        "CudaCommunicator",
        "DeviceCommunicatorBase",
        ("vllm.distributed.device_communicators.cuda_communicator.CudaCommunicator",),
    ),
    (
        "CpuCommunicator",
        "DeviceCommunicatorBase",
        ("vllm.distributed.device_communicators.cpu_communicator.CpuCommunicator",),
    ),
    ("LoggingStatLogger", "StatLoggerBase", ("vllm.v1.metrics.loggers.LoggingStatLogger",)),
    ("PrometheusStatLogger", "StatLoggerBase", ("vllm.v1.metrics.loggers.PrometheusStatLogger",)),
    ("AsyncScheduler", "Scheduler", ("vllm.v1.core.sched.async_scheduler.AsyncScheduler",)),
    (
        "DefaultModelLoader",
        "BaseModelLoader",
        (
            "vllm.model_executor.model_loader.default_loader.DefaultModelLoader",
            "vllm.model_executor.model_loader.loader.DefaultModelLoader",
        ),
    ),
    (
        "FilesystemResolver",
        "LoRAResolver",
        ("vllm.plugins.lora_resolvers.filesystem_resolver.FilesystemResolver",),
    ),
    (
        "OffloadingConnector",
        "KVConnectorBase_V1",
        ("vllm.distributed.kv_transfer.kv_connector.v1.offloading_connector.OffloadingConnector",),
    ),
    (
        "LMCacheConnectorV1",
        "KVConnectorBase_V1",
        ("vllm.distributed.kv_transfer.kv_connector.v1.lmcache_connector.LMCacheConnectorV1",),
    ),
)

#: Full name → key, of names that stand for one of several classes, told apart when vLLM runs:
#: ``CudaPlatform = NvmlCudaPlatform if … else NonNvmlCudaPlatform`` (``vllm/platforms/cuda.py``).
ONE_OF_SEVERAL = {"vllm.platforms.cuda.CudaPlatform": "CudaPlatformBase"}
