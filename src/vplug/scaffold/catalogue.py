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
        vllm: the vLLM releases whose sources the template was checked against.
        description: a first description for the project.
        options: what this type asks beyond the questions of every type.
        variants: what it can be made as, the default first; most types are one thing only.
    """

    name: str
    summary: str
    group: str
    vllm: str
    description: str
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


#: The interface, its callers, and the calls for logs and models that the templates use were read in
#: all 19 releases from 0.20.0 to 0.33.0: vllm/plugins/io_processors/, vllm/entrypoints/pooling/,
#: vllm/pooling_params.py, vllm/outputs.py, vllm/model_executor/models/registry.py. Before 0.20 the
#: front end calls an IO processor from other places.
_RANGE = ">=0.20,<0.34"

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
        vllm=_RANGE,
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
        vllm=_RANGE,
        description="A vLLM general plugin.",
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
