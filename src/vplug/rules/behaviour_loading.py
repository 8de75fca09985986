"""VP303, VP304: what loading a plugin costs, and what it does to the devices."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from vplug.analysis.conditions import Always
from vplug.analysis.guards import Guard
from vplug.analysis.imports import module_imports
from vplug.analysis.loading import Held
from vplug.analysis.modules import Module
from vplug.analysis.places import Place, places
from vplug.analysis.scopes import FunctionNode
from vplug.analysis.words import DEVICES
from vplug.loader import Group
from vplug.model import Severity
from vplug.rules.evidence import Evidence, PluginEvidence
from vplug.rules.registry import requires
from vplug.rules.verdict import CannotTell, Fault, Skip

#: Libraries that take long to import and that vLLM has not loaded by then: seen in the modules that a
#: running 0.32.0 holds when it asks platform plugins (torch and numpy are there), and what general
#: plugins find loaded (transformers too).
_HEAVY = frozenset(
    {
        "accelerate", "datasets", "deepspeed", "diffusers", "gradio", "jax", "keras", "librosa",
        "lightning", "matplotlib", "mlx_lm", "mlx_vlm", "nemo", "onnxruntime", "pandas", "peft",
        "pytorch_lightning", "scipy", "sentence_transformers", "skimage", "sklearn", "spacy",
        "streamlit", "tensorflow", "timm", "torchaudio", "torchvision", "xgboost",
    }
)  # fmt: skip
_HEAVY_FOR_PLATFORMS = _HEAVY | {"torch", "transformers"}


@requires("VP102", "VP103", "VP104")
def heavy_import(plugin: PluginEvidence, group: Group) -> Iterator[Fault]:
    """Loading the entry module imports a library that takes long to import.

    ## What it does
    Looks at what importing the entry module, its parent packages and what they import at their top
    imports in turn, for libraries such as `scipy`, `pandas` or `tensorflow`. For platform plugins
    `torch` and `transformers` count too: their function is there to answer one question.

    ## Why is this bad?
    The entry module is imported in every vLLM process, also where the plugin then declines or does
    nothing, and by tools that only look. What fails in such a library takes the plugin with it.

    ## Example
    ```python
    import tensorflow as tf


    def register(): ...
    ```
    Use instead:
    ```python
    def register(): ...


    def convert(model):
        import tensorflow as tf
    ```
    """
    resolver = plugin.evidence.resolver
    heavy = _HEAVY_FOR_PLATFORMS if group.short == "platform" else _HEAVY
    seen: set[str] = set()
    for name, held in plugin.loading.entry_modules.items():
        if not held.is_sure:
            continue
        for item in module_imports(resolver, resolver.finder.find(name)).top:
            top = item.module.partition(".")[0]
            if top not in heavy or top in seen or item.guard is not Guard.NONE:
                continue
            if not isinstance(item.condition, Always):
                continue
            seen.add(top)
            yield Fault(
                f"loading the entry module imports {top}, in every vLLM process",
                item.location,
                "import it in the functions that use it",
            )


#: Names of accelerators under ``torch`` that share the functions below.
_DEVICE_MODULES = frozenset(
    {"cuda", "npu", "xpu", "hpu", "musa", "mlu", "gcu", "mps", "accelerator"}
)
#: Functions of these modules that ask the driver without taking the device.
_ASKING = frozenset({"is_available", "device_count", "get_arch_list"})
#: Those that do nothing to it: seeds and settings kept until the device is used.
_HARMLESS = frozenset(
    {
        "amp", "current_accelerator", "graphs", "is_initialized", "jit", "manual_seed",
        "manual_seed_all", "nvtx", "tunable",
    }
)  # fmt: skip
_TYPES = frozenset({"cuda", "npu", "xpu", "hpu", "musa", "mlu", "gcu", "mps"})
#: Makers of tensors take ``device``; so do other calls, whose meaning is their own.
_NO_TENSOR = frozenset({"torch.device", "torch.set_default_device"})


def device_touched_at_import(evidence: Evidence) -> Iterator[Fault]:
    """Importing the plugin's modules uses the accelerator.

    ## What it does
    Looks at the top level of the modules that loading the plugin imports, class bodies, decorators and
    default values included, and at the functions called plainly there, for calls that take a device:
    `torch.cuda.get_device_capability()`, `.cuda()`, `torch.zeros(…, device="cuda")`, and the like for
    other accelerators. An error where the call surely runs, a warning where a condition stands before
    it; `is_available()` and `device_count()` only ask and are `info`.

    ## Why is this bad?
    Plugins are loaded in the front end too. Once it holds a device, a worker that is forked from it
    fails with "Cannot re-initialize CUDA in forked subprocess", and every process takes memory on
    device 0.

    ## Example
    ```python
    CAPABILITY = torch.cuda.get_device_capability()
    ```
    Use instead:
    ```python
    @functools.cache
    def capability():
        return torch.cuda.get_device_capability()
    ```
    """
    finder = evidence.finder
    modules: dict[str, Held] = {}
    functions: dict[int, tuple[Module, FunctionNode]] = {}
    doubt: CannotTell | None = None
    for plugin in evidence.plugins:
        try:
            loading = plugin.loading
        except Skip:
            continue
        except CannotTell as reason:
            doubt = doubt or reason
            continue
        functions |= loading.functions
        for name, held in (*loading.modules.items(), *loading.called_modules.items()):
            modules[name] = modules[name].stronger(held) if name in modules else held
    for name, held in modules.items():
        for place in places(finder.find(name), DEVICES, at_import=True):
            if place.function is None:
                yield from _at_place(evidence, place, held.is_sure)
    for module, function in functions.values():
        if isinstance(function, ast.Lambda):
            continue
        for place in places(module, DEVICES, within=function):
            if place.function is function:
                yield from _at_place(evidence, place, True)
    if doubt is not None:
        raise doubt


def _at_place(evidence: Evidence, place: Place, sure: bool) -> Iterator[Fault]:
    for call in place.calls():
        touched = _touched(evidence, place, call)
        if touched is None:
            continue
        what, asks = touched
        yield Fault(
            f"importing the module {'asks for the devices' if asks else 'takes a device'}: {what}",
            place.at(call),
            "do it in the function that needs it",
            _severity(asks, sure and place.is_sure),
        )


def _severity(asks: bool, sure: bool) -> Severity:
    if asks:
        return Severity.INFO
    return Severity.ERROR if sure else Severity.WARNING


def _touched(evidence: Evidence, place: Place, call: ast.Call) -> tuple[str, bool] | None:
    """What a call does to the devices, as text, and whether it only asks; ``None`` if nothing."""
    function = call.func
    full = evidence.names.full(place.module, place.functions, function)
    if isinstance(function, ast.Attribute) and (full is None or "()" in full):
        # Of something made at run time: a tensor, most likely.
        if function.attr in _TYPES and not call.args:
            return f".{function.attr}()", False
        if function.attr == "to" and any(map(_is_device, call.args[:1])):
            return f".to({ast.unparse(call.args[0])})", False
        return None
    parts = (full or "").replace("torch_npu.npu", "torch.npu").split(".")
    if len(parts) < 2 or parts[0] != "torch" or full in _NO_TENSOR:
        return None
    if len(parts) > 2 and parts[1] in _DEVICE_MODULES:
        return None if parts[2] in _HARMLESS else (f"{full}()", parts[-1] in _ASKING)
    for keyword in call.keywords:
        if keyword.arg == "device" and _is_device(keyword.value):
            return f"{full}(device={ast.unparse(keyword.value)})", False
    return None


def _is_device(node: ast.expr) -> bool:
    match node:
        case ast.Constant(value=str(text)):
            return text.partition(":")[0] in _TYPES
        case ast.Call(func=ast.Attribute(attr="device"), args=[first, *_]):
            return _is_device(first)
        case _:
            return False
