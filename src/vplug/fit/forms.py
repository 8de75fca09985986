"""How vLLM's own code writes its calls of plugins: what by position, what by keyword.

A base's signature allows either; a plugin that renames a parameter or puts one of its own between
fails or not by how the call is written. Read from ``vllm/v1/metrics/loggers.py``,
``vllm/plugins/io_processors/interface.py``, ``vllm/entrypoints/llm.py``, the serving classes and
``io_processor.py`` under ``vllm/entrypoints/pooling``, ``vllm/v1/sample/logits_processor``,
``vllm/v1/sample/sampler.py``, ``vllm/v1/worker/gpu_input_batch.py``,
``vllm/v1/worker/gpu/sample/sampler.py`` and ``logits_processor/loader.py`` beside it,
``vllm/v1/engine/core.py`` (schedulers), ``vllm/v1/core/sched/scheduler.py``,
``kv_connector_model_runner_mixin.py`` and the attention layers (KV connectors), the serving classes
of models (LoRA resolvers), ``vllm/v1/worker/worker_base.py``, ``vllm/platforms/cuda.py`` (attention
backends) and the calls on ``current_platform``, 0.8.5 to 0.33.0.
"""

from __future__ import annotations

from dataclasses import dataclass

from vplug.analysis.calls import takes_call
from vplug.contracts.curated import BASE_OF
from vplug.model import ClassContract, Parameter, ParameterKind, Signature


@dataclass(frozen=True, slots=True)
class _Form:
    """One way in which a method is called.

    Attributes:
        positional: how many arguments by position.
        keywords: which by keyword; where a release's base lacks one, the form is not that release's.
        without: a method that the base class lacks in the releases in which it is called so.
        every: whether all that the base's takes is passed, by keyword.
    """

    positional: int
    keywords: tuple[str, ...] = ()
    without: str = ""
    every: bool = False

    def names(self, base: Signature) -> tuple[str, ...]:
        """What is passed by keyword where the base's signature is ``base``."""
        if not self.every:
            return self.keywords
        kinds = (ParameterKind.VAR_POSITIONAL, ParameterKind.VAR_KEYWORD)
        return tuple(item.name for item in base.parameters if item.kind not in kinds)


#: What `EngineCore` calls on a scheduler: `schedule(throttle_prefills)` since 0.24.0, before it with
#: nothing; a reset's arguments since 0.12.0 and 0.13.0. A form that a release's base lacks is not its.
_SCHEDULER: dict[str, tuple[_Form, ...]] = {
    "schedule": (_Form(1), _Form(0)),
    "update_from_output": (_Form(2),),
    "add_request": (_Form(1),),
    "finish_requests": (_Form(2),),
    "get_grammar_bitmask": (_Form(1),),
    "update_draft_token_ids": (_Form(1),),
    "update_draft_token_ids_in_output": (_Form(2),),
    "reset_prefix_cache": (_Form(2), _Form(1), _Form(0)),
    "set_pause_state": (_Form(1),),
    "has_request": (_Form(1),),
}

#: The forms of each method, the first that a release can have is its own. What 0.17.0 changed of IO
#: processors is told by ``parse_data``, which came with it.
_FORMS: dict[tuple[str, str], tuple[_Form, ...]] = {
    # `logger_factory(vllm_config, engine_index)` since 0.8.5
    ("StatLoggerBase", "__init__"): (_Form(2),),
    # `stat_logger_factory(vllm_config=…, engine_indexes=…)` since 0.11.1, which has the class
    ("AggregateStatLoggerBase", "__init__"): (_Form(0, ("vllm_config", "engine_indexes")),),
    ("StatLoggerBase", "record"): (_Form(2, ("mm_cache_stats", "engine_idx")), _Form(3), _Form(2)),
    ("AggregateStatLoggerBase", "record"): (_Form(2, ("mm_cache_stats", "engine_idx")),),
    # `ctor(vllm_config, device, is_pin_memory)` since 0.10.1
    ("LogitsProcessor", "__init__"): (_Form(3),),
    ("LogitsProcessor", "apply"): (_Form(1),),
    ("LogitsProcessor", "update_state"): (_Form(1),),
    ("LogitsProcessor", "validate_params"): (_Form(1),),
    ("LogitsProcessorV2", "apply"): (_Form(2),),
    ("LogitsProcessorV2", "add_request"): (_Form(2),),
    ("LogitsProcessorV2", "validate_params"): (_Form(1),),
    **{
        (key, method): forms
        for key in ("SchedulerInterface", "Scheduler")
        for method, forms in _SCHEDULER.items()
    },
    ("KVConnectorBase_V1", "start_load_kv"): (_Form(1),),
    ("KVConnectorBase_V1", "wait_for_layer_load"): (_Form(1),),
    ("KVConnectorBase_V1", "save_kv_layer"): (_Form(3),),
    ("KVConnectorBase_V1", "get_num_new_matched_tokens"): (_Form(2),),
    ("KVConnectorBase_V1", "update_state_after_alloc"): (_Form(3), _Form(2)),
    ("KVConnectorBase_V1", "build_connector_meta"): (_Form(1),),
    ("KVConnectorBase_V1", "request_finished"): (_Form(2),),
    ("LoRAResolver", "resolve_lora"): (_Form(2),),
    ("Platform", "check_and_update_config"): (_Form(1),),
    # `LLM.encode` to 0.19.1, the pooling IO processor since
    ("IOProcessor", "pre_process"): (_Form(0, ("prompt",)),),
    ("IOProcessor", "post_process"): (_Form(0, ("model_output",), without="parse_data"),),
    # Not its async forms: vLLM has them to this day, and calls them itself up to 0.19.1 alone.
    # `worker_class(**kwargs)`, as the executors fill them
    ("WorkerBase", "__init__"): (
        _Form(
            0,
            ("vllm_config", "local_rank", "rank", "distributed_init_method", "is_driver_worker"),
        ),
    ),
    ("Platform", "get_attn_backend_cls"): (
        _Form(1, ("attn_selector_config", "num_heads")),
        _Form(1, ("attn_selector_config",)),
    ),
    ("Platform", "get_vit_attn_backend"): (_Form(2, ("backend",)),),
    ("Platform", "validate_request"): (
        _Form(0, ("prompt", "params", "processed_inputs")),
        _Form(2),
    ),
    ("Platform", "stateless_init_device_torch_dist_pg"): (
        _Form(0, ("backend", "prefix_store", "group_rank", "group_size", "timeout")),
    ),
    ("Platform", "supports_v1"): (_Form(0, ("model_config",)),),
    # `(device_capability=…, **attn_selector_config._asdict())` since 0.13.0, which has the parameter
    ("AttentionBackend", "validate_configuration"): (
        _Form(0, ("use_mm_prefix",), every=True),
        _Form(9),
    ),
}


def failing_call(own: Signature, base: Signature, contract: ClassContract, method: str) -> str:
    """Return why vLLM's own call of a method fails, with the call as it is written; else empty.

    Args:
        own: the plugin's signature, without ``self``.
        base: that of the base class in a release, without ``self``.
        contract: the base class in that release.
        method: what is called. A constructor that a built-in class of vLLM has of its own is not
            judged: who makes its heirs is not told here.
    """
    form = _form(base, contract, method)
    if form is None or form.every:
        return ""  # only some platforms call it so: a mismatch of the signatures tells as much
    why = takes_call(own, form.positional, form.keywords)
    if why is None:
        return ""
    fact = why.replace("has no argument", "takes no")
    return f"{fact}; vLLM calls it with ({_text(form, base)})"


def call_is_known(base: Signature, contract: ClassContract, method: str) -> bool:
    """Return whether :func:`failing_call` knows how a release calls a method.

    Args:
        base: the base class's signature in the release, without ``self``.
        contract: the base class in that release.
        method: what is called.
    """
    return _form(base, contract, method) is not None


def _form(base: Signature, contract: ClassContract, method: str) -> _Form | None:
    """The form that a release has; ``None`` where none is known or its base could not take any."""
    key = contract.key if method == "__init__" else BASE_OF.get(contract.key, contract.key)
    for form in _FORMS.get((key, method), ()):
        if form.without and form.without in contract.members:
            continue
        if set(form.keywords) <= {parameter.name for parameter in base.parameters}:
            if takes_call(base, form.positional, form.names(base)) is None:
                return form
    return None


def _text(form: _Form, base: Signature) -> str:
    placed = [_plain(parameter) for parameter in base.parameters[: form.positional]]
    return ", ".join([*placed, *(f"{name}=…" for name in form.keywords)])


def _plain(parameter: Parameter) -> str:
    star = "*" if parameter.kind is ParameterKind.VAR_POSITIONAL else ""
    return f"{star}{parameter.name}"
