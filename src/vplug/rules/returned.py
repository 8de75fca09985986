"""VP203, VP204, VP208: what the functions of platform and IO-processor plugins return."""

from __future__ import annotations

import ast
import difflib
from collections.abc import Iterator

from vplug.analysis.modules import ModuleKind, Source
from vplug.analysis.resolve import Kind, Status
from vplug.analysis.values import Instance, Reference, Unsure, walk_body
from vplug.loader import Expects, Group
from vplug.rules.evidence import PluginEvidence
from vplug.rules.registry import requires
from vplug.rules.verdict import CannotTell, Fault, Skip


def _applies(group: Group) -> None:
    if group.expects is not Expects.CLASS_PATH_FACTORY:
        raise Skip("its function returns nothing that vLLM uses")


@requires("VP102", "VP103", "VP104", "VP201")
def colon_in_class_name(plugin: PluginEvidence, group: Group) -> Iterator[Fault]:
    """A class name with a colon where vLLM wants dots.

    ## What it does
    Reports `module:Class` strings returned by platform and IO-processor functions.

    ## Why is this bad?
    vLLM splits the name at its last dot (`resolve_obj_by_qualname`) and imports what stands before
    it: with a colon that is not the module, and the import fails. The colon is the spelling of
    `ModelRegistry.register_model` and `--logits-processors`; here it is dots.

    ## Example
    ```python
    def register():
        return "my_platform.platform:MyPlatform"
    ```
    Use instead:
    ```python
    def register():
        return "my_platform.platform.MyPlatform"
    ```
    """
    _applies(group)
    for place, value in plugin.returned:
        if isinstance(value, str) and ":" in value:
            yield Fault(
                f"{value!r} has a colon; {group.short} plugins return dots",
                place,
                f"return {value.replace(':', '.')!r}",
            )
    _tell_doubt(plugin)


@requires("VP102", "VP103", "VP104", "VP201")
def returned_class_missing(plugin: PluginEvidence, group: Group) -> Iterator[Fault]:
    """The class that a platform or IO-processor function names is not there.

    ## What it does
    Resolves every class name that the function may return, split at its last dot as vLLM does.

    ## Why is this bad?
    The name is only used when the plugin has won: importing it then raises, and start-up dies.

    ## Example
    ```python
    def register():
        return "my_platform.MyPlatform"  # the class is in my_platform.platform
    ```
    Use instead:
    ```python
    def register():
        return "my_platform.platform.MyPlatform"
    ```
    """
    _applies(group)
    doubt: CannotTell | None = None
    named = False
    for place, value in plugin.returned:
        if isinstance(value, Unsure):
            doubt = doubt or CannotTell(f"what it returns: {value.reason}", place)
        if not isinstance(value, str) or ":" in value:
            continue
        named = True
        found = plugin.class_at(value)
        if found.status is Status.FOUND and found.kind in (Kind.MODULE, Kind.FUNCTION):
            yield Fault(f"{value!r} is a {found.kind}, not a class", place, _hint(plugin, value))
        elif found.status is Status.MISSING:
            hint = _hint(plugin, value)
            yield Fault(f"{value!r} is not there: {found.reason}", place, hint)
        elif found.status is Status.UNKNOWN:
            doubt = CannotTell(found.reason, found.at)
        elif found.status is Status.EXTERNAL:
            top = value.partition(".")[0]
            if top == plugin.entry_point.module.partition(".")[0]:
                yield Fault(f"{value!r} is not there: no module of that name", place)
            elif top not in _requirements(plugin) and top != "vllm":
                doubt = CannotTell(f"{value} belongs to another distribution", place)
    if doubt is not None:
        raise doubt
    if not named:
        raise Skip("it names no class")


def _requirements(plugin: PluginEvidence) -> set[str]:
    from vplug.discovery.declared import parse_requirement

    parsed = (parse_requirement(text) for text in plugin.evidence.distribution.requires)
    return {item[0].replace("-", "_") for item in parsed if item is not None}


def _hint(plugin: PluginEvidence, value: str) -> str | None:
    """Where the class really is, if a module that was read defines one of its name."""
    leaf = value.rpartition(".")[2]
    finder = plugin.evidence.finder
    for module in finder.parsed.values():
        source = module.source
        if module.own and isinstance(source, Source):
            bindings = source.bindings.get(leaf)
            if bindings and isinstance(bindings[0].node, ast.ClassDef):
                return f"did you mean {module.name + '.' + leaf!r}?"
    module_name = value.rpartition(".")[0]
    module = finder.find(module_name)
    if module_name and module.kind is ModuleKind.SOURCE and isinstance(module.source, Source):
        names = list(module.source.bindings.by_name)
        close = difflib.get_close_matches(leaf, names, n=1, cutoff=0.6)
        if close:
            return f"did you mean {module_name + '.' + close[0]!r}?"
    return None


@requires("VP102", "VP103", "VP104", "VP201")
def returns_no_name(plugin: PluginEvidence, group: Group) -> Iterator[Fault]:
    """A platform or IO-processor function that returns something other than a name.

    ## What it does
    Reports functions that return a class, a module, a number or the like where vLLM wants `None` or
    the dotted name of a class, and text that holds no dot at all.

    ## Why is this bad?
    Whatever is not `None` counts as "this plugin is active". vLLM then splits it as text, which a
    class is not: start-up dies.

    ## Example
    ```python
    def register():
        from my_platform.platform import MyPlatform

        return MyPlatform
    ```
    Use instead:
    ```python
    def register():
        return "my_platform.platform.MyPlatform"
    ```
    """
    _applies(group)
    _, function = plugin.function
    if isinstance(function, ast.FunctionDef) and _is_generator(function):
        yield Fault(
            f"{function.name} is a generator: calling it gives no name",
            plugin.found.location,
            "return the name instead of yielding it",
        )
        return
    for place, value in plugin.returned:
        if value is None or isinstance(value, Unsure):
            continue
        if isinstance(value, Instance):
            name = value.of.qualified_name
            yield Fault(f"it returns an instance of {name}", place, f"return {name!r}")
        elif isinstance(value, Reference):
            name = value.target.qualified_name
            yield Fault(f"it returns {name} itself; vLLM wants its name", place, f"return {name!r}")
        elif not isinstance(value, str):
            yield Fault(f"it returns {value!r}; vLLM wants None or a dotted class name", place)
        elif "." not in value and ":" not in value:
            yield Fault(f"{value!r} is no dotted class name: it has no module part", place)
    _tell_doubt(plugin)


def _tell_doubt(plugin: PluginEvidence) -> None:
    for place, value in plugin.returned:
        if isinstance(value, Unsure):
            raise CannotTell(f"what it returns: {value.reason}", place)


def _is_generator(function: ast.FunctionDef) -> bool:
    return any(isinstance(node, (ast.Yield, ast.YieldFrom)) for node in walk_body(function.body))
