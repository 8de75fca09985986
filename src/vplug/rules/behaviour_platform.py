"""VP301, VP302: how platform plugins are asked, and what asking them may start."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from vplug.analysis.bindings import BindingKind
from vplug.analysis.conditions import Always, Never
from vplug.analysis.imported import Import
from vplug.analysis.imports import module_imports
from vplug.analysis.loading import closure
from vplug.analysis.modules import Module, ModuleKind, Source
from vplug.analysis.places import places
from vplug.analysis.values import Unsure
from vplug.analysis.words import DECLINING
from vplug.loader import Group
from vplug.model import Location, Severity
from vplug.rules.evidence import PluginEvidence
from vplug.rules.registry import requires
from vplug.rules.verdict import CannotTell, Fault, Skip

#: Modules whose import asks for ``vllm.platforms.current_platform``, with all below them. Read from the
#: top-level imports of vLLM 0.10.2, 0.16.0, 0.18.1 and 0.33.0, followed through; ``vllm.config``,
#: ``vllm.sampling_params`` and ``vllm.model_executor.models`` seen doing so in a running 0.32.0.
_ASKING = (
    "vllm._aiter_ops", "vllm._custom_ops", "vllm.attention", "vllm.compilation.backends",
    "vllm.compilation.decorators", "vllm.config", "vllm.distributed.ec_transfer",
    "vllm.distributed.kv_transfer", "vllm.distributed.weight_transfer", "vllm.engine.arg_utils",
    "vllm.engine.async_llm_engine", "vllm.engine.llm_engine", "vllm.entrypoints.api_server",
    "vllm.entrypoints.llm", "vllm.forward_context", "vllm.lora.layers", "vllm.lora.models",
    "vllm.model_executor.custom_op", "vllm.model_executor.model_loader",
    "vllm.model_executor.models", "vllm.parser", "vllm.plugins.io_processors", "vllm.renderers",
    "vllm.tool_parsers", "vllm.utils.deep_gemm", "vllm.utils.flashinfer", "vllm.utils.mem_utils",
    "vllm.v1.engine", "vllm.v1.request", "vllm.v1.structured_output", "vllm.worker",
)  # fmt: skip
#: Modules whose import does not: what vLLM itself has imported before it asks platform plugins.
_QUIET = (
    "vllm._version", "vllm.envs", "vllm.logger", "vllm.platforms", "vllm.plugins", "vllm.utils",
    "vllm.v1.attention.backends.registry", "vllm.version",
)  # fmt: skip
#: Names that ``vllm`` takes from modules of the first kind when they are asked for.
_ASKING_NAMES = frozenset(
    {
        "AsyncEngineArgs", "AsyncLLMEngine", "EngineArgs", "LLM", "LLMEngine", "ModelRegistry",
        "PoolingParams", "SamplingParams", "initialize_ray_cluster",
    }
)  # fmt: skip

_ELSEWHERE = "import it in the functions that use it, or under TYPE_CHECKING for annotations"
_IN_THE_CLASS = "import it in the functions of the platform's class that use it"


def _is_platform(group: Group) -> None:
    if group.short != "platform":
        raise Skip("no platform plugin")


@requires("VP102", "VP103", "VP104", "VP201")
def never_declines(plugin: PluginEvidence, group: Group) -> Iterator[Fault]:
    """A platform function that claims every machine.

    ## What it does
    Reports functions that never return `None` and hold nothing that could fail where the device is
    not there: no `raise`, no import of the device's library, no call.

    ## Why is this bad?
    vLLM takes the one out-of-tree platform that does not decline, before any of its own. Installed on
    a machine without the device, the package takes vLLM away from the CPU or GPU that is there; beside
    a second such plugin, start-up dies with "Only one platform plugin can be activated".

    ## Example
    ```python
    def register():
        return "my_platform.platform.MyPlatform"
    ```
    Use instead:
    ```python
    def register():
        if importlib.util.find_spec("torch_mydevice") is None:
            return None
        return "my_platform.platform.MyPlatform"
    ```
    """
    _is_platform(group)
    module, function = plugin.function
    doubt = next(((p, v) for p, v in plugin.returned if isinstance(v, Unsure)), None)
    if doubt is not None:
        raise CannotTell(f"what it returns: {doubt[1].reason}", doubt[0])
    named = [place for place, value in plugin.returned if value is not None]
    if not named or len(named) < len(plugin.returned):
        return
    if not isinstance(function, ast.Lambda):
        failing = _may_fail(plugin, module, function)
        if failing is not None:
            raise CannotTell("it may decline by raising", failing)
    yield Fault(
        "it never returns None: installed, the platform is taken on every machine",
        named[0],
        "return None where the device is not there",
    )


def _may_fail(
    plugin: PluginEvidence, module: Module, function: ast.FunctionDef | ast.AsyncFunctionDef
) -> Location | None:
    """The first thing in a platform function that may raise where the device is missing."""
    for place in places(module, DECLINING, within=function):
        if place.function is not function or place.is_caught(ImportError):
            continue
        node = place.node
        if isinstance(node, ast.Raise):
            return place.location
        if isinstance(node, (ast.Import, ast.ImportFrom)):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            if isinstance(node, ast.ImportFrom) and not node.level:
                names = [node.module or ""]
            finder = plugin.evidence.finder
            if any(
                finder.find(name.partition(".")[0]).kind is ModuleKind.EXTERNAL for name in names
            ):
                return place.location
        elif any(True for _ in place.calls()):
            return place.location
    return None


@requires("VP102", "VP103", "VP104", "VP201")
def vllm_imported_early(plugin: PluginEvidence, group: Group) -> Iterator[Fault]:
    """Loading or asking a platform plugin imports a part of vLLM that asks for the platform.

    ## What it does
    Follows the imports at the top of the entry module up to the line that defines the function, those
    of its parent packages, those that the function itself runs, and those of the platform class's module,
    through the package's own modules. Reports `vllm.platforms.current_platform` (an error; a warning in
    the function) and modules of vLLM that take it at their own top (a warning; `info` in a parent package
    or where a condition stands before it).

    ## Why is this bad?
    vLLM is looking for the platform when it imports these modules. Asked again, it looks again, and
    finds the entry module half imported, without the function: the plugin is skipped with a line in
    the log, and vLLM runs on another platform. In the class's module, the class is not there yet:
    start-up dies. In the function, the modules that asked go on with another platform than the rest of
    vLLM; releases that choose the platform while they are imported (0.21 to 0.31) do not find what it
    imports, and skip the plugin.

    ## Example
    ```python
    from vllm.config import VllmConfig


    def register():
        return "my_platform.platform.MyPlatform"
    ```
    Use instead:
    ```python
    from typing import TYPE_CHECKING

    if TYPE_CHECKING:
        from vllm.config import VllmConfig
    ```
    """
    _is_platform(group)
    doubt: CannotTell | None = None
    seen: set[Location] = set()
    for item, severity, where, mend in _early(plugin):
        if item.location in seen:
            continue
        asks = _asks(item)
        name = f"{item.module}.{item.name}" if item.name else item.module
        if asks is None:
            doubt = doubt or CannotTell(f"whether {name} asks for the platform", item.location)
            continue
        if not asks:
            continue
        seen.add(item.location)
        direct = item.module == "vllm.platforms"
        if direct and severity is Severity.WARNING and mend is _ELSEWHERE:
            severity = Severity.ERROR  # noqa: PLW2901 - the same import, seen more closely
        yield Fault(
            f"{name} asks for the platform while vLLM is still looking for it, {where}",
            item.location,
            mend,
            severity,
        )
    if doubt is not None:
        raise doubt


def _asks(item: Import) -> bool | None:
    """Whether an import asks for the platform; ``None`` where that differs or is not known."""
    if item.module == "vllm.platforms":
        return item.name == "current_platform"
    if item.module == "vllm":
        if item.name is None or item.name in _ASKING_NAMES:
            return item.name is not None
        return _verdict(f"vllm.{item.name}")
    return _verdict(f"{item.module}.{item.name}" if item.name else item.module)


def _verdict(name: str) -> bool | None:
    def below(tops: tuple[str, ...]) -> bool:
        return any(name == top or name.startswith(f"{top}.") for top in tops)

    if below(("vllm.attention.backends.registry",)):
        return None  # where the quiet one of vllm.v1 was before 0.14
    if below(("vllm.utils.torch_utils",)):
        return None  # it asks itself from 0.21 on, 0.32 apart; to 0.31 half imported meanwhile
    if below(_ASKING):
        return True
    return False if below(_QUIET) else None


def _early(plugin: PluginEvidence) -> Iterator[tuple[Import, Severity, str, str]]:
    """The vLLM imports that run while vLLM chooses, with how bad that is, where, and the mend."""
    for found in _at_import(plugin):
        yield *found, _ELSEWHERE
    for found in _when_asked(plugin):
        yield *found, _IN_THE_CLASS


def _when_asked(plugin: PluginEvidence) -> Iterator[tuple[Import, Severity, str]]:
    """Those of the function that vLLM asks, of what it calls, and of modules that only these import."""
    resolver = plugin.evidence.resolver
    where = f"and {plugin.entry_point.attr} has not answered yet"
    for module, function in plugin.loading.called.values():
        for item in module_imports(resolver, module).functions.get(id(function), ()):
            if item.is_vllm and not isinstance(item.condition, Never):
                yield item, _milder(Severity.WARNING, isinstance(item.condition, Always)), where
    for name, held in plugin.loading.called_modules.items():
        for item in module_imports(resolver, resolver.finder.find(name)).top:
            if item.is_vllm and not isinstance(item.condition, Never):
                sure = held.is_sure and isinstance(item.condition, Always)
                yield item, _milder(Severity.WARNING, sure), where


def _at_import(plugin: PluginEvidence) -> Iterator[tuple[Import, Severity, str]]:
    """Those that may meet a half-imported module."""
    resolver = plugin.evidence.resolver
    entry = resolver.finder.find(plugin.entry_point.module)
    line = _bound_line(entry, (plugin.entry_point.attr or "").partition(".")[0])
    before = "so the entry module is met half imported"
    yield from _of_module(plugin, entry, line, Severity.WARNING, before)
    parts = entry.name.split(".")
    for end in range(1, len(parts)):
        parent = resolver.finder.find(".".join(parts[:end]))
        yield from _of_module(plugin, parent, None, Severity.INFO, "in a parent package")
    for _, item in plugin.classes:
        if item.module is None or not item.module.own or not isinstance(item.node, ast.ClassDef):
            continue
        if item.module.name == entry.name:
            continue
        text = f"and {item.name} is not defined yet"
        yield from _of_module(plugin, item.module, item.node.lineno, Severity.WARNING, text)


def _of_module(
    plugin: PluginEvidence, module: Module, line: int | None, severity: Severity, where: str
) -> Iterator[tuple[Import, Severity, str]]:
    resolver = plugin.evidence.resolver
    if module.kind is not ModuleKind.SOURCE or not module.own:
        return
    top = [
        item
        for item in module_imports(resolver, module).top
        if not isinstance(item.condition, Never)
        and (line is None or (item.location.line or 0) < line)
    ]
    for item in top:
        if item.is_vllm:
            yield item, _milder(severity, isinstance(item.condition, Always)), where
    for name, held in closure(resolver, [item for item in top if not item.is_vllm]).items():
        if name == module.name or module.name.startswith(f"{name}."):
            continue
        for item in module_imports(resolver, resolver.finder.find(name)).top:
            if item.is_vllm and not isinstance(item.condition, Never):
                sure = held.is_sure and isinstance(item.condition, Always)
                yield item, _milder(severity, sure), where


def _milder(severity: Severity, sure: bool) -> Severity:
    return severity if sure else Severity.INFO


def _bound_line(module: Module, name: str) -> int | None:
    """The line from which the module has ``name``; ``None`` where that cannot be told."""
    source = module.source
    bindings = source.bindings.get(name) if isinstance(source, Source) else []
    if not bindings:
        return None
    line: int | None = getattr(bindings[0].statement, "lineno", None)
    taken = bindings[0].kind in (BindingKind.IMPORT, BindingKind.FROM)
    return line + 1 if line is not None and taken else line
