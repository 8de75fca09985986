"""Registering: the functions of vLLM, and of what it builds on, by which it is done, and one call of them."""

from __future__ import annotations

from dataclasses import dataclass

from vplug.analysis.scopes import FunctionNode, Value
from vplug.model import Location


@dataclass(frozen=True, slots=True)
class RegistrationKind:
    """One registration function of vLLM (or of what vLLM builds on).

    Attributes:
        what: the noun for a person.
        owner: the class it is called on; empty for a plain function, or for one that many classes
            have.
        function: its name.
        package: the package it belongs to: one of the same name in another is none.
    """

    what: str
    owner: str
    function: str
    package: str = "vllm"


#: Classes of transformers with a ``register`` of their own, by what is registered with them
#: (``transformers/models/auto``, 4.5x and 5.x).
_AUTO = {
    "config": ("AutoConfig",),
    "tokenizer": ("AutoTokenizer",),
    "processor": (
        "AutoProcessor",
        "AutoImageProcessor",
        "AutoVideoProcessor",
        "AutoFeatureExtractor",
    ),
    "model": (
        "AutoModel",
        "AutoModelForCausalLM",
        "AutoModelForSeq2SeqLM",
        "AutoModelForSequenceClassification",
        "AutoModelForTokenClassification",
        "AutoModelForImageTextToText",
        "AutoModelForVision2Seq",
    ),
}

#: From vLLM's sources, 0.7.0 to 0.33.0: ``model_executor/models/registry.py``, ``lora/resolver.py``,
#: ``distributed/kv_transfer/kv_connector/factory.py``, ``distributed/ec_transfer/ec_connector``,
#: ``distributed/weight_transfer/factory.py``, ``distributed/kv_events.py``, ``v1/kv_offload``,
#: ``v1/kv_cache_spec_registry.py``, ``model_executor/layers/quantization``,
#: ``model_executor/custom_op.py``, ``model_executor/kernels/linear``, ``model_executor/model_loader``,
#: ``v1/attention/backends/registry.py`` and ``mla/prefill/registry.py`` beside it, ``tool_parsers``,
#: ``reasoning``, ``parser/parser_manager.py``, ``transformers_utils/config.py``, ``multimodal``,
#: ``renderers/registry.py``, ``tokenizers/registry.py``, ``device_allocator/sleep_mode_backend.py``.
KINDS = (
    RegistrationKind("model", "ModelRegistry", "register_model"),
    RegistrationKind("LoRA resolver", "LoRAResolverRegistry", "register_resolver"),
    RegistrationKind("KV connector", "KVConnectorFactory", "register_connector"),
    RegistrationKind("EC connector", "ECConnectorFactory", "register_connector"),
    RegistrationKind("weight-transfer engine", "WeightTransferEngineFactory", "register_engine"),
    RegistrationKind(
        "weight-transfer trainer engine", "WeightTransferTrainerFactory", "register_engine"
    ),
    RegistrationKind("KV event publisher", "EventPublisherFactory", "register_publisher"),
    RegistrationKind("KV offloading spec", "OffloadingSpecFactory", "register_spec"),
    RegistrationKind("KV offloading tier", "SecondaryTierFactory", "register_tier"),
    RegistrationKind("KV offloading policy", "CachePolicyFactory", "register_cache_policy"),
    RegistrationKind("KV cache spec", "KVCacheSpecRegistry", "register"),
    RegistrationKind("KV cache spec", "", "register_kv_cache_spec"),
    RegistrationKind("quantization", "", "register_quantization_config"),
    RegistrationKind("model loader", "", "register_model_loader"),
    RegistrationKind("config parser", "", "register_config_parser"),
    RegistrationKind("sleep-mode backend", "SleepModeBackendFactory", "register_backend"),
    RegistrationKind("attention backend", "", "register_backend"),
    RegistrationKind("MLA prefill backend", "", "register_mla_prefill_backend"),
    RegistrationKind("linear kernel", "", "register_linear_kernel"),
    RegistrationKind("routing strategy", "RoutingSimulator", "register_strategy"),
    RegistrationKind("layer", "PluggableLayer", "register_oot"),
    RegistrationKind("custom op", "", "register_oot"),
    RegistrationKind("custom op", "CustomOp", "register"),
    RegistrationKind("layer", "PluggableLayer", "register"),
    RegistrationKind("torch operator", "", "direct_register_custom_op"),
    RegistrationKind("torch operator", "library", "custom_op", "torch"),
    RegistrationKind("torch operator", "library", "triton_op", "torch"),
    RegistrationKind("tool parser", "ToolParserManager", "register_module"),
    RegistrationKind("tool parser", "ToolParserManager", "register_lazy_module"),
    RegistrationKind("reasoning parser", "ReasoningParserManager", "register_module"),
    RegistrationKind("reasoning parser", "ReasoningParserManager", "register_lazy_module"),
    RegistrationKind("parser", "ParserManager", "register_module"),
    RegistrationKind("parser", "ParserManager", "register_lazy_module"),
    RegistrationKind("chat template", "", "register_chat_template_fallback_path"),
    RegistrationKind("multimodal processor", "MULTIMODAL_REGISTRY", "register_processor"),
    RegistrationKind("video loader", "VIDEO_LOADER_REGISTRY", "register"),
    RegistrationKind("media connector", "MEDIA_CONNECTOR_REGISTRY", "register"),
    RegistrationKind("tokenizer", "TokenizerRegistry", "register"),
    RegistrationKind("renderer", "RENDERER_REGISTRY", "register"),
    RegistrationKind("renderer", "RendererRegistry", "register"),
    *(
        RegistrationKind(f"transformers {what}", owner, "register", "transformers")
        for what, owners in _AUTO.items()
        for owner in owners
    ),
)
BY_FUNCTION = frozenset(kind.function for kind in KINDS)


def kind_of(owner: str, function: str, package: str | None) -> RegistrationKind | None:
    """Return the kind of registration that a call is, or ``None``.

    Args:
        owner: the class or module that the function is called on, by its last name.
        function: the function's name.
        package: the package that the call leads to; ``None`` where that is not known.
    """
    for kind in KINDS:
        if (
            kind.function == function
            and (not kind.owner or kind.owner == owner)
            and package in (None, kind.package)
        ):
            return kind
    return None


@dataclass(frozen=True, slots=True)
class Registration:
    """One registration.

    Attributes:
        kind: what is registered.
        arguments: as given: text in quotes, references by full name, ``?`` for what only running
            would tell.
        values: the positional arguments' values, evaluated.
        location: the call.
        positional: how many arguments are passed by position; ``None`` where some are unpacked.
        keywords: the names of those passed by keyword; ``None`` where some are unpacked.
        named: the values of those passed by keyword.
        name: the full name of the function called, where it leads out of the package.
        at_import: whether it stands at a module's top level.
        given: the class or function that is given to it as to a decorator; ``None`` for none.
        untold: those of the arguments that only running would tell.
        module: the name of the module that it stands in.
        function: the function that it stands in; ``None`` for a module's top level.
    """

    kind: RegistrationKind
    arguments: tuple[str, ...]
    values: tuple[Value, ...]
    location: Location
    positional: int | None = None
    keywords: tuple[str, ...] | None = None
    name: str = ""
    named: tuple[tuple[str, Value], ...] = ()
    at_import: bool = False
    given: Value = None
    untold: tuple[str, ...] = ()
    module: str = ""
    function: FunctionNode | None = None

    @property
    def called(self) -> str:
        """What is called, with the class it is called on: `RMSNorm.register_oot`."""
        owner = self.kind.owner
        if not owner and self.name:
            parts = self.name.split(".")
            owner = parts[-2] if len(parts) > 1 and parts[-2][:1].isupper() else ""
        return f"{owner}.{self.kind.function}" if owner else self.kind.function

    def value(self, index: int, keyword: str) -> Value:
        """Return the argument at a position or of a name; ``None`` where it is not given."""
        if index < len(self.values):
            return self.values[index]
        return dict(self.named).get(keyword)
