"""What vLLM's own code calls plugins with and for, where the base class's signatures do not say.

Read from ``vllm/v1/metrics/loggers.py`` (``StatLoggerManager``, ``PerEngineStatLoggerAdapter``),
``vllm/plugins/io_processors/interface.py`` and ``vllm/attention/layer.py`` (later
``vllm/model_executor/layers/attention``) of the releases 0.8.5 to 0.33.0.
"""

from __future__ import annotations

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
#: Classes whose constructor vLLM passes more than the base's takes: ``impl_cls(…, **extra_impl_args)``.
_GIVEN_MORE = frozenset({"AttentionImpl", "MLAAttentionImpl"})
#: Methods that are not abstract but that vLLM calls for every plugin of the kind.
_REQUIRED = {"IOProcessor": ("parse_data", "parse_request", "output_to_response")}


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
    return _PASSED.get((key, method), frozenset())


def passes_more(key: str, method: str) -> bool:
    """Return whether vLLM passes a method arguments that the base's does not have."""
    return method == "__init__" and key in _GIVEN_MORE


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
