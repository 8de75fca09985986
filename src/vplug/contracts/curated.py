"""Which classes and functions of vLLM plugins are written against: the one list.

A class or function is looked for under its names in order; the first that a release has is its
contract there, and one definition is the contract of one key only. Names are full, and may be
re-exports: the definition is followed. ``called`` are the methods that vLLM calls on a plugin's
object whatever it is, read from the callers named beside them.
"""

from __future__ import annotations

from dataclasses import dataclass

from vplug.contracts.curated_built_in import BUILT_IN


@dataclass(frozen=True, slots=True)
class CuratedClass:
    """A class that plugins derive from.

    Attributes:
        key: the contract's name.
        kind: what ``--kind`` calls its plugins.
        names: its full names over the releases, in order of preference.
        called: methods that vLLM calls without asking whether they are there.
        why: one clause for the reader of this list.
    """

    key: str
    kind: str
    names: tuple[str, ...]
    called: tuple[str, ...] = ()
    why: str = ""


@dataclass(frozen=True, slots=True)
class CuratedFunction:
    """A function by which plugins register things."""

    key: str
    kind: str
    names: tuple[str, ...]


_OLD_TOOL_PARSERS = "vllm.entrypoints.openai.tool_parsers.abstract_tool_parser"
_OLD_REASONING_PARSERS = "vllm.entrypoints.openai.reasoning_parsers.abs_reasoning_parsers"

CLASSES: tuple[CuratedClass, ...] = (
    CuratedClass(
        "IOProcessor",
        "io-processor",
        ("vllm.plugins.io_processors.interface.IOProcessor",),
        # vllm/entrypoints/pooling/**/io_processor.py; before 0.17 the serving classes and LLM.encode.
        ("parse_data", "parse_request", "pre_process", "post_process", "output_to_response"),
        "named by a vllm.io_processor_plugins entry point",
    ),
    CuratedClass(
        "StatLoggerBase",
        "stat-logger",
        ("vllm.v1.metrics.loggers.StatLoggerBase",),
        ("record", "log_engine_initialized"),  # vllm/v1/metrics/loggers.py StatLoggerManager
        "a vllm.stat_logger_plugins entry point",
    ),
    CuratedClass(
        "StatLoggerBaseV0",
        "stat-logger",
        ("vllm.engine.metrics_types.StatLoggerBase",),
        ("log", "info"),
        "the first engine's, gone with it",
    ),
    CuratedClass(
        "AggregateStatLoggerBase",
        "stat-logger",
        ("vllm.v1.metrics.loggers.AggregateStatLoggerBase",),
        ("record", "log_engine_initialized"),
        "one logger over all engines",
    ),
    CuratedClass(
        "LogitsProcessor",
        "logits-processor",
        (
            "vllm.v1.sample.logits_processor.LogitsProcessor",
            "vllm.v1.sample.logits_processor.interface.LogitsProcessor",
        ),
        ("apply", "is_argmax_invariant", "update_state"),  # vllm/v1/sample/sampler.py, state.py
        "a vllm.logits_processors entry point, for the first model runner",
    ),
    CuratedClass(
        "LogitsProcessorV2",
        "logits-processor",
        ("vllm.v1.worker.gpu.sample.logits_processor.interface.LogitsProcessor",),
        ("add_request", "apply_staged_writes", "apply"),
        "a vllm.logits_processors entry point, for the second model runner, which refuses others",
    ),
    CuratedClass(
        "LoRAResolver",
        "lora-resolver",
        ("vllm.lora.resolver.LoRAResolver",),
        ("resolve_lora",),
        "registered with LoRAResolverRegistry",
    ),
    CuratedClass(
        "EndpointPlugin",
        "endpoint",
        (
            "vllm.plugins.endpoint_plugins.interface.EndpointPlugin",
            "vllm.plugins.endpoint_plugins.EndpointPlugin",
        ),
        ("required_tasks",),  # vllm/plugins/__init__.py load_endpoint_plugins
        "given by a vllm.endpoint_plugins entry point",
    ),
    CuratedClass(
        "Platform",
        "platform",
        ("vllm.platforms.interface.Platform",),
        ("check_and_update_config", "get_attn_backend_cls", "get_device_name"),
        "named by a vllm.platform_plugins entry point",
    ),
    CuratedClass(
        "WorkerBase",
        "worker",
        ("vllm.v1.worker.worker_base.WorkerBase",),
        ("init_device", "load_model", "execute_model"),
        "named by a platform as its worker_cls",
    ),
    CuratedClass(
        "WorkerBaseV0",
        "worker",
        ("vllm.worker.worker_base.WorkerBase",),
        why="the first engine's, gone with it",
    ),
    CuratedClass(
        "AttentionBackend",
        "attention-backend",
        (
            "vllm.v1.attention.backend.AttentionBackend",
            "vllm.attention.backends.abstract.AttentionBackend",
        ),
        ("get_name", "get_impl_cls", "get_builder_cls", "get_kv_cache_shape"),
        "named by a platform or registered with register_backend",
    ),
    CuratedClass(
        "AttentionImpl",
        "attention-backend",
        (
            "vllm.v1.attention.backend.AttentionImpl",
            "vllm.attention.backends.abstract.AttentionImpl",
        ),
        ("forward",),
    ),
    CuratedClass(
        "MLAAttentionImpl",
        "attention-backend",
        (
            "vllm.v1.attention.backend.MLAAttentionImpl",
            "vllm.attention.backends.abstract.MLAAttentionImpl",
        ),
    ),
    CuratedClass(
        "AttentionMetadataBuilder",
        "attention-backend",
        (
            "vllm.v1.attention.backend.AttentionMetadataBuilder",
            "vllm.v1.attention.backends.utils.AttentionMetadataBuilder",
        ),
        ("build",),
    ),
    CuratedClass(
        "AttentionMetadataBuilderV0",
        "attention-backend",
        ("vllm.attention.backends.abstract.AttentionMetadataBuilder",),
        why="the first engine's, gone with it",
    ),
    CuratedClass(
        "DeviceCommunicatorBase",
        "communicator",
        ("vllm.distributed.device_communicators.base_device_communicator.DeviceCommunicatorBase",),
        why="named by a platform",
    ),
    CuratedClass(
        "KVConnectorBase_V1",
        "kv-connector",
        ("vllm.distributed.kv_transfer.kv_connector.v1.base.KVConnectorBase_V1",),
        (
            "start_load_kv",
            "wait_for_layer_load",
            "save_kv_layer",
            "wait_for_save",
            "get_num_new_matched_tokens",
            "update_state_after_alloc",
            "build_connector_meta",
        ),
        "registered with KVConnectorFactory",
    ),
    CuratedClass(
        "KVConnectorBase",
        "kv-connector",
        ("vllm.distributed.kv_transfer.kv_connector.base.KVConnectorBase",),
        why="the first engine's; later an alias of KVConnectorBase_V1",
    ),
    CuratedClass(
        "QuantizationConfig",
        "quantization",
        ("vllm.model_executor.layers.quantization.base_config.QuantizationConfig",),
        ("get_name", "get_supported_act_dtypes", "from_config", "get_quant_method"),
        "registered with register_quantization_config",
    ),
    CuratedClass(
        "QuantizeMethodBase",
        "quantization",
        ("vllm.model_executor.layers.quantization.base_config.QuantizeMethodBase",),
        ("create_weights", "apply"),
    ),
    CuratedClass(
        "BaseModelLoader",
        "model-loader",
        (
            "vllm.model_executor.model_loader.base_loader.BaseModelLoader",
            "vllm.model_executor.model_loader.loader.BaseModelLoader",
        ),
        ("download_model", "load_weights"),
        "registered with register_model_loader",
    ),
    CuratedClass(
        "ToolParser",
        "tool-parser",
        (
            "vllm.tool_parsers.abstract_tool_parser.ToolParser",
            "vllm.entrypoints.openai.tool_parsers.abstract_tool_parser.ToolParser",
        ),
        ("extract_tool_calls", "extract_tool_calls_streaming"),
        "registered with ToolParserManager",
    ),
    CuratedClass(
        "ReasoningParser",
        "reasoning-parser",
        (
            "vllm.reasoning.abs_reasoning_parsers.ReasoningParser",
            "vllm.entrypoints.openai.reasoning_parsers.abs_reasoning_parsers.ReasoningParser",
        ),
        ("is_reasoning_end", "extract_content_ids"),
        "registered with ReasoningParserManager",
    ),
    CuratedClass(
        "SchedulerInterface",
        "scheduler",
        ("vllm.v1.core.sched.interface.SchedulerInterface",),
        ("schedule", "update_from_output", "add_request", "finish_requests"),
        "named by --scheduler-cls",
    ),
    CuratedClass(
        "Scheduler",
        "scheduler",
        ("vllm.v1.core.sched.scheduler.Scheduler", "vllm.v1.core.scheduler.Scheduler"),
        why="what schedulers of plugins derive from in fact",
    ),
    CuratedClass(
        "CustomOp",
        "custom-op",
        ("vllm.model_executor.custom_op.CustomOp",),
        ("forward_native",),
        "registered with CustomOp.register_oot",
    ),
    CuratedClass(
        "PluggableLayer",
        "custom-op",
        ("vllm.model_executor.custom_op.PluggableLayer",),
    ),
    CuratedClass(
        "WeightTransferEngine",
        "weight-transfer",
        ("vllm.distributed.weight_transfer.base.WeightTransferEngine",),
        why="registered with WeightTransferEngineFactory",
    ),
)

FUNCTIONS: tuple[CuratedFunction, ...] = (
    CuratedFunction(
        "ModelRegistry.register_model",
        "model",
        ("vllm.model_executor.models.registry.ModelRegistry.register_model",),
    ),
    CuratedFunction(
        "LoRAResolverRegistry.register_resolver",
        "lora-resolver",
        ("vllm.lora.resolver.LoRAResolverRegistry.register_resolver",),
    ),
    CuratedFunction(
        "KVConnectorFactory.register_connector",
        "kv-connector",
        (
            "vllm.distributed.kv_transfer.kv_connector.factory.KVConnectorFactory.register_connector",
        ),
    ),
    CuratedFunction(
        "ECConnectorFactory.register_connector",
        "ec-connector",
        (
            "vllm.distributed.ec_transfer.ec_connector.factory.ECConnectorFactory.register_connector",
        ),
    ),
    CuratedFunction(
        "register_quantization_config",
        "quantization",
        ("vllm.model_executor.layers.quantization.register_quantization_config",),
    ),
    CuratedFunction(
        "register_model_loader",
        "model-loader",
        ("vllm.model_executor.model_loader.register_model_loader",),
    ),
    CuratedFunction(
        "CustomOp.register",
        "custom-op",
        ("vllm.model_executor.custom_op.CustomOp.register",),
    ),
    CuratedFunction(
        "CustomOp.register_oot",
        "custom-op",
        ("vllm.model_executor.custom_op.CustomOp.register_oot",),
    ),
    CuratedFunction(
        "PluggableLayer.register_oot",
        "custom-op",
        ("vllm.model_executor.custom_op.PluggableLayer.register_oot",),
    ),
    CuratedFunction(
        "direct_register_custom_op",
        "custom-op",
        (
            "vllm.utils.torch_utils.direct_register_custom_op",
            "vllm.utils.direct_register_custom_op",
        ),
    ),
    CuratedFunction(
        "register_backend",
        "attention-backend",
        (
            "vllm.v1.attention.backends.registry.register_backend",
            "vllm.attention.backends.registry.register_backend",
        ),
    ),
    CuratedFunction(
        "ToolParserManager.register_module",
        "tool-parser",
        (
            "vllm.tool_parsers.abstract_tool_parser.ToolParserManager.register_module",
            f"{_OLD_TOOL_PARSERS}.ToolParserManager.register_module",
        ),
    ),
    CuratedFunction(
        "ToolParserManager.register_lazy_module",
        "tool-parser",
        (
            "vllm.tool_parsers.abstract_tool_parser.ToolParserManager.register_lazy_module",
            f"{_OLD_TOOL_PARSERS}.ToolParserManager.register_lazy_module",
        ),
    ),
    CuratedFunction(
        "ReasoningParserManager.register_module",
        "reasoning-parser",
        (
            "vllm.reasoning.abs_reasoning_parsers.ReasoningParserManager.register_module",
            f"{_OLD_REASONING_PARSERS}.ReasoningParserManager.register_module",
        ),
    ),
    CuratedFunction(
        "ReasoningParserManager.register_lazy_module",
        "reasoning-parser",
        ("vllm.reasoning.abs_reasoning_parsers.ReasoningParserManager.register_lazy_module",),
    ),
    CuratedFunction(
        "WeightTransferEngineFactory.register_engine",
        "weight-transfer",
        ("vllm.distributed.weight_transfer.factory.WeightTransferEngineFactory.register_engine",),
    ),
    CuratedFunction(
        "OffloadingSpecFactory.register_spec",
        "kv-connector",
        ("vllm.v1.kv_offload.factory.OffloadingSpecFactory.register_spec",),
    ),
    CuratedFunction(
        "TokenizerRegistry.register",
        "tokenizer",
        (
            "vllm.tokenizers.registry.TokenizerRegistry.register",
            "vllm.transformers_utils.tokenizer_base.TokenizerRegistry.register",
        ),
    ),
)

#: What the built-in subclasses stand for, by key.
BASE_OF = {key: of for key, of, _ in BUILT_IN}
CLASSES += tuple(
    CuratedClass(
        key,
        next(curated.kind for curated in CLASSES if curated.key == of),
        names,
        why=f"vLLM's own {of}, which plugins derive from",
    )
    for key, of, names in BUILT_IN
)

CLASS_BY_KEY = {curated.key: curated for curated in CLASSES}
FUNCTION_BY_KEY = {curated.key: curated for curated in FUNCTIONS}
#: Key → kind, classes and functions alike.
KIND_OF: dict[str, str] = {
    **{curated.key: curated.kind for curated in CLASSES},
    **{curated.key: curated.kind for curated in FUNCTIONS},
}
#: What each class is for, by key.
WHY: dict[str, str] = {curated.key: curated.why for curated in CLASSES}
KINDS = tuple(dict.fromkeys(KIND_OF.values()))


def called(key: str) -> tuple[str, ...]:
    """Return the methods of a curated class that vLLM calls in fact; empty for an unknown key."""
    found = CLASS_BY_KEY.get(key)
    return found.called if found is not None else ()
