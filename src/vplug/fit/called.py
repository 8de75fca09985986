"""What vLLM's own code calls plugins with and for, where the base class's signatures do not say.

Read from ``vllm/v1/metrics/loggers.py`` (``StatLoggerManager``, ``PerEngineStatLoggerAdapter``),
``vllm/plugins/io_processors/interface.py`` and ``vllm/attention/layer.py`` (later
``vllm/model_executor/layers/attention``) of the releases 0.8.5 to 0.33.0.
"""

from __future__ import annotations

from vplug.contracts.curated import BASE_OF
from vplug.model import ClassContract

#: Optional parameters that vLLM passes at every call, in each release whose base class has them.
_PASSED = {
    # `logger_factory(vllm_config, engine_index)` since 0.8.5
    ("StatLoggerBase", "__init__"): frozenset({"engine_index"}),
    # `record(…, engine_idx)` since 0.10.0; both by keyword since 0.11.1
    ("StatLoggerBase", "record"): frozenset({"mm_cache_stats", "engine_idx"}),
    ("AggregateStatLoggerBase", "record"): frozenset({"mm_cache_stats", "engine_idx"}),
    # by the base's `pre_process_async` and `post_process_async`, since 0.10.2
    ("IOProcessor", "pre_process"): frozenset({"request_id"}),
    ("IOProcessor", "post_process"): frozenset({"request_id"}),
}
#: Optional parameters that vLLM leaves out of a call: an override must not require them. Read from
#: the calls ``current_platform.get_device_capability()`` and its like (0.10.2 to 0.33.0),
#: ``vllm/v1/attention/backend.py`` (0.33.0) and
#: ``vllm/entrypoints/pooling/pooling/serving.py``, later ``io_processor.py`` (0.18.1, 0.33.0).
_LEFT_OUT = {
    ("Platform", "get_device_capability"): frozenset({"device_id"}),
    ("Platform", "get_device_name"): frozenset({"device_id"}),
    ("Platform", "get_device_total_memory"): frozenset({"device_id"}),
    ("AttentionBackend", "get_supported_kernel_block_sizes"): frozenset({"kv_cache_spec"}),
    ("IOProcessor", "merge_pooling_params"): frozenset({"params"}),
}
#: Methods for which the plugin's own word decides what they are called with: a backend's
#: ``accept_output_buffer`` (``vllm/model_executor/layers/attention/attention.py``), its model runner.
_AS_ASKED = frozenset(
    {("AttentionImpl", "forward"), ("MLAAttentionImpl", "forward")}
    | {("AttentionMetadataBuilder", "build")}
)
#: Classes whose constructor is given more than the base's takes: ``impl_cls(…, **extra_impl_args)``;
#: an op by the layer that it replaces or by the plugin's own model, a quantization config by its own
#: ``from_config`` (``vllm/model_executor/model_loader/weight_utils.py``, 0.10.2 to 0.33.0).
_GIVEN_MORE = frozenset(
    {"AttentionImpl", "MLAAttentionImpl", "CustomOp", "PluggableLayer", "QuantizationConfig"}
)
#: Methods that are not abstract but that vLLM calls for every plugin of the kind.
_REQUIRED = {"IOProcessor": ("parse_data", "parse_request", "output_to_response")}
#: What vLLM calls on any class of a kind though its base defines it: ``current_platform.is_cuda()`` and
#: ``.is_cpu()`` in ``vllm/engine/arg_utils.py`` and ``vllm/config`` (0.7.3 to 0.33.0).
_ON_ANY = {"Platform": frozenset({"is_cuda", "is_cpu"})}


def called_on_any(key: str) -> frozenset[str]:
    """Return the methods that are not abstract and that vLLM calls on every class of a kind."""
    return _ON_ANY.get(key, frozenset())


def always_passed(key: str, method: str, defined: frozenset[str]) -> frozenset[str]:
    """Return the optional parameters of a method that vLLM passes at every call.

    Args:
        key: the base class's key in the contracts.
        method: its method.
        defined: the names that the plugin's classes define: one that overrides ``pre_process_async``
            calls its ``pre_process`` as it likes.
    """
    if f"{method}_async" in defined:
        return frozenset()
    return _PASSED.get((BASE_OF.get(key, key), method), frozenset())


def may_require(key: str, method: str) -> bool:
    """Return whether a method may require what the base's has a default for.

    A constructor may: whoever makes an instance passes all that the base's takes.
    """
    return method == "__init__" or (BASE_OF.get(key, key), method) in _AS_ASKED


def left_out(key: str, method: str) -> frozenset[str]:
    """Return the optional parameters of a method that vLLM leaves out of a call."""
    return _LEFT_OUT.get((BASE_OF.get(key, key), method), frozenset())


def passes_more(key: str, method: str) -> bool:
    """Return whether vLLM passes a method arguments that the base's does not have."""
    return method == "__init__" and BASE_OF.get(key, key) in _GIVEN_MORE


def has_shims(contract: ClassContract) -> bool:
    """Return whether the base class calls a plugin's methods by their old names: 0.17.0 to 0.28.0."""
    member = contract.members.get("parse_data")
    return contract.key == "IOProcessor" and member is not None and not member.raises


def calls(contract: ClassContract, method: str, defined: frozenset[str]) -> bool:
    """Return whether vLLM calls a method that only raises unless the plugin defines it."""
    if method not in _REQUIRED.get(contract.key, ()):
        return False
    if contract.members[method].raises:
        return True
    return has_shims(contract) and method == "parse_data" and "parse_request" not in defined
