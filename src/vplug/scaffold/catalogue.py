"""The table of plugin types that can be scaffolded: one row and one template folder each."""

from __future__ import annotations

import difflib
from dataclasses import dataclass

from vplug.errors import UsageFault


@dataclass(frozen=True)
class TypeOption:
    """A question that only one type asks; given as ``--set NAME=VALUE``.

    Attributes:
        name: the template variable it fills.
        default: its value when not given.
        help: what it is, in a few words.
    """

    name: str
    default: str
    help: str


@dataclass(frozen=True)
class Variant:
    """One of the things that a type can be made as; given as ``--variant NAME``.

    Attributes:
        name: what a person types, and its folder under the type's ``variants/``.
        summary: one line for ``vplug scaffold --list``.
        description: a first description for the project.
    """

    name: str
    summary: str
    description: str


@dataclass(frozen=True)
class PluginType:
    """One type of plugin.

    Attributes:
        name: what a person types.
        summary: one line for ``vplug scaffold --list``.
        group: the entry-point group that vLLM reads it from.
        vllm: the vLLM releases whose sources the template was checked against. It is held to what
            the contracts say of the rendered project: `python docs/ranges.py` computes it.
        since: why the range begins later than the contracts would let it; empty where it does not.
        description: a first description for the project.
        target: what the entry point names in the module ``plugin``: the function ``register``, or
            the class where vLLM wants the class itself.
        options: what this type asks beyond the questions of every type.
        variants: what it can be made as, the default first; most types are one thing only.
    """

    name: str
    summary: str
    group: str
    vllm: str
    description: str
    target: str = "register"
    since: str = ""
    options: tuple[TypeOption, ...] = ()
    variants: tuple[Variant, ...] = ()

    def find_variant(self, name: str = "") -> Variant | None:
        """Return the variant called ``name``, the default for ""; ``None`` if it has none at all.

        Raises:
            UsageFault: there is none of that name.
        """
        if not name:
            return self.variants[0] if self.variants else None
        wanted = name.strip().lower().replace("_", "-")
        for variant in self.variants:
            if variant.name == wanted:
                return variant
        known = ", ".join(variant.name for variant in self.variants)
        raise UsageFault(
            f"a plugin of type {self.name} has no variant {name!r}",
            f"its variants are: {known}" if known else "it has none: leave --variant away",
        )

    def folders(self, variant: str = "") -> tuple[str, ...]:
        """Return its folders under templates/, each laid over the one before.

        Raises:
            UsageFault: there is no such variant.
        """
        chosen = self.find_variant(variant)
        return (self.name, f"{self.name}/variants/{chosen.name}") if chosen else (self.name,)


#: Read in all 19 releases from 0.20.0 to 0.33.0: vllm/platforms/ (interface, cpu, resolution),
#: vllm/v1/worker/cpu_worker.py, vllm/v1/attention/backends/cpu_attn.py, vllm/distributed/
#: device_communicators/cpu_communicator.py. What the template overrides has the same parameters in
#: all of them; in 0.19 and before, an attention backend had to ask for its output buffer.
_DEVICE_RANGE = ">=0.20,<0.34"

#: Read in the same releases: vllm/v1/attention/ (backend, selector, backends/registry), the calls of
#: both model runners and of vllm/model_executor/layers/attention/attention.py. A cache's shape is
#: asked of the backend to 0.28 and set by vLLM from 0.29 on (vllm/v1/kv_cache_layout.py).
_ATTENTION_RANGE = ">=0.20,<0.34"

#: vllm/lora/resolver.py is there from 0.8.5 on; its interface, the fields of LoRARequest that are
#: used (vllm/lora/request.py) and the one caller (OpenAIServingModels.resolve_lora, which sets the
#: adapter's number itself) were read in all releases to 0.33.0 and did not change.
_LORA_RANGE = ">=0.8.5,<0.34"

#: The signatures of the layers, of get_rope and of the helpers in models/utils.py that the template
#: uses were read in all releases from 0.16.0, the first with Attention under
#: vllm/model_executor/layers/attention/__init__.py.
_MODEL_RANGE = ">=0.16,<0.34"

TYPES: tuple[PluginType, ...] = (
    PluginType(
        name="io-processor",
        summary="Own requests and answers for a pooling model, e.g. long texts or GeoTIFFs.",
        group="vllm.io_processor_plugins",
        # vllm/plugins/io_processors/, vllm/entrypoints/pooling/, vllm/pooling_params.py and
        # vllm/outputs.py were read in all releases from 0.20.0 to 0.33.0.
        vllm=">=0.20,<0.34",
        since="before 0.20 the front end calls an IO processor from other places",
        description="A vLLM IO processor.",
        variants=(
            Variant(
                "text",
                "Long texts to one vector each.",
                "A vLLM IO processor that embeds texts of any length.",
            ),
            Variant(
                "geospatial",
                "GeoTIFFs to a geospatial model in windows, and a GeoTIFF of its answers.",
                "A vLLM IO processor for GeoTIFFs.",
            ),
        ),
    ),
    PluginType(
        name="general",
        summary="Code that runs at the start of every vLLM process, e.g. to register a model.",
        group="vllm.general_plugins",
        # The calls for models (vllm/model_executor/models/registry.py), logs (vllm/logger.py) and
        # plugins were compared in all releases.
        vllm=">=0.9.1,<0.34",
        since="the project's tests ask for vllm.plugins.DEFAULT_PLUGINS_GROUP, new in 0.9.1",
        description="A vLLM general plugin.",
    ),
    PluginType(
        name="stat-logger",
        summary="Statistics of a served engine, e.g. to a file of JSON lines that is rotated.",
        group="vllm.stat_logger_plugins",
        vllm=">=0.11.1,<0.34",
        description="A vLLM stat logger that writes JSON lines.",
        target="JsonLinesStatLogger",
    ),
    PluginType(
        name="logits-processor",
        summary="Changes which tokens a request is answered with, e.g. allows or bans some.",
        group="vllm.logits_processors",
        vllm=">=0.11.1,<0.34",
        since="vLLM asks validate_params from 0.11.1 on; before, a wrong request is not refused",
        description="A vLLM logits processor that allows or bans tokens, as each request asks.",
        target="TokenRules",
    ),
    PluginType(
        name="endpoint",
        summary="A route of one's own on vLLM's API server, e.g. to rank choices by likelihood.",
        group="vllm.endpoint_plugins",
        vllm=">=0.26,<0.34",
        description="A vLLM endpoint that ranks choices by how likely the model finds them.",
    ),
    PluginType(
        name="platform",
        summary="A device of your own: platform, worker, attention backend and communicator.",
        group="vllm.platform_plugins",
        vllm=_DEVICE_RANGE,
        since="before 0.20 an attention backend has to ask for its output buffer",
        description="A vLLM platform plugin.",
    ),
    PluginType(
        name="attention-backend",
        summary="An attention backend of your own, registered with vLLM as CUSTOM.",
        group="vllm.general_plugins",
        vllm=_ATTENTION_RANGE,
        since="before 0.20 an attention backend has to ask for its output buffer",
        description="A vLLM attention backend.",
    ),
    PluginType(
        name="model",
        summary="A model of one's own, written with vLLM's layers, registered lazily.",
        group="vllm.general_plugins",
        vllm=_MODEL_RANGE,
        description="A decoder model for vLLM.",
    ),
    PluginType(
        name="lora-resolver",
        summary="LoRA adapters found by name when they are asked for, in a folder or on the web.",
        group="vllm.general_plugins",
        vllm=_LORA_RANGE,
        description="A vLLM LoRA resolver for a folder and a web address.",
    ),
)


def find_type(name: str, types: tuple[PluginType, ...] = TYPES) -> PluginType:
    """Return the type called ``name``; underscores and capitals are forgiven.

    Raises:
        UsageFault: there is none.
    """
    wanted = name.strip().lower().replace("_", "-")
    names = [plugin_type.name for plugin_type in types]
    for plugin_type in types:
        if plugin_type.name == wanted:
            return plugin_type
    close = difflib.get_close_matches(wanted, names, n=1)
    hint = f"did you mean {close[0]}?" if close else f"the types are: {', '.join(names)}"
    raise UsageFault(f"there is no plugin type {name!r} to scaffold", hint)
