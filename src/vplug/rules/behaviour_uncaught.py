"""VP306: what may raise in a general plugin's function, where nothing catches it."""

from __future__ import annotations

import ast
import builtins
import re
import sys
from collections.abc import Iterator

from packaging.requirements import InvalidRequirement, Requirement

from vplug.analysis.conditions import Always, is_of_vllm
from vplug.analysis.guards import Guard
from vplug.analysis.imported import Import
from vplug.analysis.imports import module_imports
from vplug.analysis.modules import Module, ModuleKind
from vplug.analysis.places import Place, places
from vplug.analysis.words import RAISING, READERS, renamed
from vplug.loader import Group
from vplug.model import Location, Severity
from vplug.rules.evidence import PluginEvidence
from vplug.rules.registry import requires
from vplug.rules.verdict import CannotTell, Fault, Skip

#: What vLLM requires itself, by import name (``requirements/common.txt`` of 0.10.2 to 0.33.0): it is
#: there wherever the function is called.
_OF_VLLM = frozenset(
    {
        "PIL", "aiohttp", "blake3", "cachetools", "cloudpickle", "compressed_tensors", "cv2",
        "depyf", "einops", "fastapi", "filelock", "google", "httpx", "huggingface_hub", "jinja2",
        "jsonschema", "lark", "llguidance", "lmformatenforcer", "mistral_common", "msgspec",
        "ninja", "numba", "numpy", "openai", "outlines_core", "packaging", "partial_json_parser",
        "prometheus_client", "prometheus_fastapi_instrumentator",
        "psutil", "pybase64", "pydantic", "regex", "requests", "safetensors", "sentencepiece",
        "setproctitle", "setuptools", "six", "starlette", "tiktoken", "tokenizers", "torch", "tqdm",
        "transformers", "triton", "typing_extensions", "uvicorn", "uvloop", "vllm", "watchfiles",
        "xgrammar", "yaml", "zmq",
    }
)  # fmt: skip
#: Distributions whose import name cannot be told from theirs.
_IMPORTED_AS = {
    "attrs": "attr", "beautifulsoup4": "bs4", "fms-model-optimizer": "fms_mo", "grpcio": "grpc",
    "mthreads-ml-py": "pymtml", "nvidia-ml-py": "pynvml", "opencv-python": "cv2",
    "opencv-python-headless": "cv2", "pillow": "PIL", "protobuf": "google",
    "python-dateutil": "dateutil", "python-dotenv": "dotenv", "pyyaml": "yaml", "pyzmq": "zmq",
    "scikit-image": "skimage", "scikit-learn": "sklearn",
}  # fmt: skip


@requires("VP102", "VP103", "VP104")
def uncaught_error(plugin: PluginEvidence, group: Group) -> Iterator[Fault]:
    """A general plugin's function may raise, and nothing catches it.

    ## What it does
    Looks at the function and at what it plainly calls and imports, for

    - a `raise` that no handler around it catches, and that hangs on more than vLLM's release (the
      others are [VP222](VP222.md)'s),
    - `os.environ["NAME"]`, which raises where the variable is not set,
    - `int()` or `float()` of a variable's text (`info`),
    - an unguarded import of a distribution that the plugin does not require, or requires only with an
      extra (`info` where the import's name fits none of its requirements).

    A `raise` that the docstring of the function or of the entry function names is meant, and let pass.
    A finding is an error where it surely raises, and `info` for a `raise` under a condition in what the
    function calls. What importing the entry module raises is not looked at: vLLM logs that and goes on
    without the plugin.

    ## Why is this bad?
    vLLM calls the function in every process and catches nothing: the front end, the engine and the
    workers die, whether or not anybody wanted this plugin.

    ## Example
    ```python
    def register():
        cache = os.environ["MY_PLUGIN_CACHE"]
    ```
    Use instead:
    ```python
    def register():
        cache = os.environ.get("MY_PLUGIN_CACHE")
        if cache is not None:
            register_with(cache)
        else:
            logger.warning("MY_PLUGIN_CACHE is not set: my_plugin does nothing")
    ```
    """
    if group.short != "general":
        raise Skip("no general plugin")
    entry = plugin.function[1]
    # What hangs on vLLM alone is VP222's.
    refusals = plugin.evidence.execution.refusals(*plugin.starts)
    told = {item.location for item in refusals if is_of_vllm(item.condition)}
    for home, function in plugin.loading.called.values():
        if isinstance(function, ast.Lambda):
            continue
        for place in places(home, renamed(RAISING, home, READERS), within=function):
            if place.function is function:
                yield from _at_place(plugin, place, function is entry, told)
    for name, held in plugin.loading.called_modules.items():
        module = plugin.evidence.finder.find(name)
        if not held.is_sure or held.is_caught:
            continue
        for place in places(module, RAISING, at_import=True):
            if place.function is None and (place.is_sure or not isinstance(place.node, ast.Raise)):
                yield from _at_place(plugin, place, False, told)
    yield from _imports(plugin)


def _at_place(
    plugin: PluginEvidence, place: Place, is_entry: bool, told: set[Location]
) -> Iterator[Fault]:
    if isinstance(place.node, ast.Raise):
        name = _raised(place.node)
        error = getattr(builtins, name, Exception) if name else Exception
        if not isinstance(error, type) or not issubclass(error, BaseException):
            error = Exception
        meant = not place.is_sure and _is_meant(plugin, place, name)
        if not (place.location in told or place.is_caught(error) or meant):
            does = "raises" if place.is_sure else "may raise"
            yield Fault(
                f"it {does} {name or 'again what it caught'}, and vLLM does not catch it",
                place.location,
                "log why the plugin does nothing, and return",
                Severity.ERROR if place.is_sure else None if is_entry else Severity.INFO,
            )
        return
    names = plugin.evidence.names
    for node in place.walk():
        match node:
            case ast.Subscript(value=table, slice=ast.Constant(value=str(name)), ctx=ast.Load()):
                if names.full(place.module, place.functions, table) != "os.environ":
                    continue
                if place.is_caught(KeyError) or _is_asked_before(place, name):
                    continue
                yield Fault(
                    f"it raises KeyError where {name} is not set, and vLLM does not catch it",
                    place.at(node),
                    f"use os.environ.get({name!r})",
                )
            case ast.Call(func=ast.Name(id="int" | "float" as kind), args=[argument, *_]):
                variable = _variable(plugin, place, argument)
                if variable is not None and not place.is_caught(ValueError):
                    yield Fault(
                        f"it raises ValueError where {variable} is no number, and vLLM does not catch it",
                        place.at(node),
                        f"catch ValueError around {kind}()",
                        Severity.INFO,
                    )
            case _:
                continue


def _is_meant(plugin: PluginEvidence, place: Place, name: str) -> bool:
    """Whether the docstring of the function, or of the entry function, says that it raises ``name``."""
    for node in (place.function, plugin.function[1]):
        if not isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            continue
        _, found, rest = (ast.get_docstring(node) or "").partition("Raises")
        named = re.search(rf":raises? {re.escape(name)}\b", ast.get_docstring(node) or "")
        if name and (named or (found and re.search(rf"\b{re.escape(name)}\b", rest))):
            return True
    return False


def _raised(node: ast.Raise) -> str:
    expression = node.exc.func if isinstance(node.exc, ast.Call) else node.exc
    return ast.unparse(expression) if expression is not None else ""


def _is_asked_before(place: Place, name: str) -> bool:
    """Whether the variable is tested or set around or before: `"X" in os.environ`, `setdefault("X")`."""
    for step in place.inner:
        if isinstance(step.node, ast.If) and name in ast.unparse(step.node.test):
            return True
    block = place.inner[-1].block if place.inner else getattr(place.function, "body", place.top)
    for before in block:
        if before is place.node:
            break
        text = ast.unparse(before)
        if name in text and ("setdefault" in text or "] = " in text or "not in" in text):
            return True
    return False


def _variable(plugin: PluginEvidence, place: Place, node: ast.expr) -> str | None:
    """The environment variable whose text an expression is, or ``None``."""
    names = plugin.evidence.names
    match node:
        case ast.Call(func=function, args=[ast.Constant(value=str(name)), *_]):
            full = names.full(place.module, place.functions, function)
            return name if full in {"os.environ.get", "os.getenv"} else None
        case ast.Subscript(value=table, slice=ast.Constant(value=str(name))):
            full = names.full(place.module, place.functions, table)
            return name if full == "os.environ" else None
        case _:
            return None


def _imports(plugin: PluginEvidence) -> Iterator[Fault]:
    resolver = plugin.evidence.resolver
    items: list[tuple[Module, Import]] = []
    for module, function in plugin.loading.called.values():
        found = module_imports(resolver, module).functions.get(id(function), ())
        items += [(module, item) for item in found]
    for name, held in plugin.loading.called_modules.items():
        if held.is_sure and not held.is_caught:
            module = resolver.finder.find(name)
            items += [(module, item) for item in module_imports(resolver, module).top]
    seen: set[str] = set()
    for _, item in items:
        top = item.module.partition(".")[0]
        if not top or top in seen or top in _OF_VLLM or top in sys.stdlib_module_names:
            continue
        if not isinstance(item.condition, Always) or item.guard is not Guard.NONE:
            continue
        if resolver.finder.find(top).kind is not ModuleKind.EXTERNAL:
            continue
        seen.add(top)
        wanted = _requirement(plugin, top)
        if wanted == "":
            continue
        undecided = plugin.evidence.target.undecided_about("dependencies")
        if undecided is not None:
            raise CannotTell(undecided.reason, undecided.location)
        yield Fault(
            f"it imports {top}, which the package requires only with its extra {wanted}"
            if wanted
            else f"it imports {top}, and no requirement of the package has that name",
            item.location,
            "catch ImportError, log it and return, or require the distribution",
            None if wanted else Severity.INFO,
        )


def _requirement(plugin: PluginEvidence, top: str) -> str | None:
    """What makes an import there: ``""`` for a requirement, an extra's name, ``None`` for nothing."""
    extra: str | None = None
    for text in plugin.evidence.distribution.requires:
        try:
            requirement = Requirement(text)
        except InvalidRequirement:
            continue
        if not _provides(requirement.name, top):
            continue
        found = re.search(r"extra\s*==\s*[\"']([^\"']+)", str(requirement.marker or ""))
        if found is None:
            return ""
        extra = extra or found[1]
    return extra


def _provides(distribution: str, top: str) -> bool:
    name = distribution.lower().replace("_", "-").replace(".", "-")
    wanted = top.lower().strip("_").replace("_", "-")
    if _IMPORTED_AS.get(name) == top or name == wanted:
        return True
    # `ibm-fms` gives `fms`, `mblt-model-zoo` `mblt_model_zoo`, `torch-rbln` `torch_rbln`.
    squeezed = name.replace("-", "")
    return wanted in name.split("-") or squeezed == wanted.replace("-", "") or f"py{wanted}" == name
