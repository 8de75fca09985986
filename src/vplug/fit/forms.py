"""How vLLM's own code writes its calls of plugins: what by position, what by keyword.

A base's signature allows either; a plugin that renames a parameter or puts one of its own between
fails or not by how the call is written. Read from ``vllm/v1/metrics/loggers.py``,
``vllm/plugins/io_processors/interface.py``, ``vllm/entrypoints/llm.py``, the serving classes and
``io_processor.py`` under ``vllm/entrypoints/pooling``, ``vllm/v1/sample/logits_processor``,
``vllm/v1/worker/worker_base.py`` and the calls on ``current_platform``, 0.8.5 to 0.33.0.
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
    """

    positional: int
    keywords: tuple[str, ...] = ()
    without: str = ""


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
    key = contract.key if method == "__init__" else BASE_OF.get(contract.key, contract.key)
    form = _form(_FORMS.get((key, method), ()), base, contract)
    if form is None:
        return ""
    why = takes_call(own, form.positional, form.keywords)
    if why is None:
        return ""
    fact = why.replace("has no argument", "takes no")
    return f"{fact}; vLLM calls it with ({_text(form, base)})"


def _form(forms: tuple[_Form, ...], base: Signature, contract: ClassContract) -> _Form | None:
    """The form that a release has; ``None`` where its base could not take any."""
    for form in forms:
        if form.without and form.without in contract.members:
            continue
        if set(form.keywords) <= {parameter.name for parameter in base.parameters}:
            if takes_call(base, form.positional, form.keywords) is None:
                return form
    return None


def _text(form: _Form, base: Signature) -> str:
    placed = [_plain(parameter) for parameter in base.parameters[: form.positional]]
    return ", ".join([*placed, *(f"{name}=…" for name in form.keywords)])


def _plain(parameter: Parameter) -> str:
    star = "*" if parameter.kind is ParameterKind.VAR_POSITIONAL else ""
    return f"{star}{parameter.name}"
