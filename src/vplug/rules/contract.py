"""VP201, VP202, VP205: what a group asks of its entry points, told without any release's table."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from vplug.analysis.ancestry import Ancestry, ancestry
from vplug.analysis.resolve import Kind, Resolution, Status
from vplug.analysis.signatures import opaque_decorator, signature_of
from vplug.loader import Expects, Group
from vplug.model import Severity
from vplug.rules.evidence import PluginEvidence
from vplug.rules.registry import requires
from vplug.rules.verdict import CannotTell, Fault, Skip

_WANTED = {
    Expects.FUNCTION: "a function that vLLM calls with no arguments",
    Expects.CLASS_PATH_FACTORY: "a function that returns None or a dotted class name",
    Expects.CLASS: "a class",
    Expects.CLASS_OR_FACTORY: "a class or a function that gives an instance",
}


@requires("VP102", "VP103", "VP104")
def wrong_target_kind(plugin: PluginEvidence, group: Group) -> Iterator[Fault]:
    """A class where the group wants a function, or the reverse.

    ## What it does
    Compares what the entry point leads to with what vLLM does with it: `general`, `platform` and
    `io-processor` plugins are functions; `stat-logger` and `logits-processor` plugins are classes;
    `endpoint` plugins are either. An async function is reported too: vLLM calls it and never awaits
    what it gives. So is a module where a function or class is wanted.

    ## Why is this bad?
    A class in the place of a platform function is instantiated, and the instance is used as a class
    name. A function in the place of a stat logger raises `TypeError`, and start-up dies.

    ## Example
    ```toml
    [project.entry-points."vllm.platform_plugins"]
    my_platform = "my_platform.platform:MyPlatform"
    ```
    Use instead:
    ```toml
    my_platform = "my_platform:register"  # a function that returns "my_platform.platform.MyPlatform"
    ```
    """
    found = plugin.found
    wanted = _WANTED[group.expects]
    location = plugin.entry_point.location
    if found.kind is Kind.MODULE:
        yield Fault(
            f"{plugin.entry_point.value} is a module; {group.short} plugins want {wanted}",
            location,
            "name the function or class after a colon",
        )
    elif found.kind is Kind.VALUE:
        if isinstance(found.node, ast.Constant):
            yield Fault(
                f"{plugin.entry_point.value} is {found.node.value!r}; {group.short} plugins want "
                f"{wanted}",
                found.location,
            )
            return
        raise CannotTell(
            f"{plugin.entry_point.value} is a value computed at run time", found.location
        )
    elif found.kind is Kind.CLASS and group.expects is Expects.CLASS_PATH_FACTORY:
        yield Fault(
            f"{found.name} is a class; {group.short} plugins want {wanted}",
            location,
            f"name a function that returns {found.qualified_name!r}",
        )
    elif found.kind is Kind.CLASS and group.expects is Expects.FUNCTION:
        yield Fault(
            f"{found.name} is a class: vLLM makes an instance in every process and drops it",
            location,
            "name a function that does the registering",
            Severity.WARNING,
        )
    elif found.kind is Kind.FUNCTION and group.expects is Expects.CLASS:
        yield Fault(
            f"{found.name} is a function; {group.short} plugins want {wanted}",
            location,
            "name the class itself",
        )
    elif isinstance(found.node, ast.AsyncFunctionDef):
        yield Fault(
            f"{found.name} is async: vLLM calls it and never awaits what it gives",
            found.location,
            "make it a plain function",
        )


@requires("VP102", "VP103", "VP104")
def factory_needs_arguments(plugin: PluginEvidence, group: Group) -> Iterator[Fault]:
    """A function that vLLM calls without arguments requires some.

    ## What it does
    Reports parameters without a default in functions of groups whose entry points are called with
    no arguments, and in the constructors of classes that are called so.

    ## Why is this bad?
    The call raises `TypeError`. In a general plugin nothing catches that: the process dies. A
    platform plugin's is swallowed, and vLLM runs on another platform.

    ## Example
    ```python
    def register(config):
        ...
    ```
    Use instead:
    ```python
    def register():
        ...
    ```
    """
    if group.expects is Expects.CLASS:
        raise Skip("vLLM takes the class as it is")
    found = plugin.found
    if found.kind is Kind.CLASS and isinstance(found.node, ast.ClassDef) and found.module:
        yield from _constructor(plugin, found, group)
        return
    if not isinstance(found.node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)):
        raise Skip("its target is no function")
    bound = False
    if not isinstance(found.node, ast.Lambda):
        decorators = {getattr(d, "id", "") for d in found.node.decorator_list}
        bound = found.owner is not None and "classmethod" in decorators
        if not (found.owner is not None and decorators & {"staticmethod", "classmethod"}):
            opaque = opaque_decorator(found.node)
            if opaque is not None and found.module is not None:
                raise CannotTell(
                    f"the decorator @{ast.unparse(opaque)} may change its parameters",
                    found.module.at(opaque),
                )
    signature = signature_of(found.node)
    if bound:
        signature = signature.without_first()
    if signature.required:
        names = ", ".join(parameter.name for parameter in signature.required)
        yield Fault(
            f"vLLM calls {found.name} with no arguments; it requires {names}",
            found.location,
            "give every parameter a default, or take none",
        )


def _constructor(plugin: PluginEvidence, found: Resolution, group: Group) -> Iterator[Fault]:
    lineage = plugin.ancestry_of(found)
    constructor = lineage.method("__init__") if lineage is not None else None
    if constructor is None:
        if lineage is not None and any(node.decorator_list for _, node in lineage.own):
            raise CannotTell("a class decorator may make its constructor", found.location)
        raise Skip("its class has no constructor of its own")
    module, node = constructor
    required = signature_of(node).without_first().required
    if required:
        names = ", ".join(parameter.name for parameter in required)
        yield Fault(
            f"vLLM makes {found.name} with no arguments; its constructor requires {names}",
            module.at(node),
            "give every parameter a default, or name a function that makes the instance"
            if group.expects is Expects.CLASS_OR_FACTORY
            else None,
        )


@requires("VP102", "VP103", "VP104")
def wrong_base_class(plugin: PluginEvidence, group: Group) -> Iterator[Fault]:
    """A class that does not derive from its group's base class.

    ## What it does
    Follows the bases of the class that vLLM would use, through the package's own classes and every
    arm of its compatibility imports, to vLLM's base class. Where a base is computed, or comes from
    another distribution, the answer is "cannot tell".

    ## Why is this bad?
    For stat loggers vLLM raises `TypeError` at start-up, so the finding is an error. For the other
    groups it calls methods that only the base class is sure to have, and that change from release to
    release: the finding is a warning. Those that the class lacks and vLLM surely calls are errors of
    their own ([VP214](VP214.md)).

    ## Example
    ```python
    class MyProcessor:
        def pre_process(self, prompt, request_id=None, **kwargs): ...
    ```
    Use instead:
    ```python
    from vllm.plugins.io_processors.interface import IOProcessor


    class MyProcessor(IOProcessor):
        def pre_process(self, prompt, request_id=None, **kwargs): ...
    ```
    """
    if not group.base:
        raise Skip("the group has no base class")
    doubt: CannotTell | None = None
    judged = False
    for _, found in plugin.classes:
        if found.status is Status.EXTERNAL:
            doubt = CannotTell(f"{found.name} belongs to another distribution")
            continue
        if found.kind is not Kind.CLASS or not isinstance(found.node, ast.ClassDef):
            continue
        if found.module is None:
            continue
        judged = True
        lineage = ancestry(plugin.evidence.resolver, found.module, found.node)
        if _derives(lineage, group):
            continue
        if lineage.doubts:
            first = lineage.doubts[0]
            doubt = CannotTell(first.reason, first.at)
            continue
        foreign = [name for name in lineage.external if not name.startswith(("builtins.", "abc."))]
        foreign = [name for name in foreign if name.partition(".")[0] not in {"typing", "abc"}]
        if foreign:
            doubt = CannotTell(
                f"{found.name} derives from {foreign[0]}, whose source is not here", found.location
            )
            continue
        base = group.base[0]
        yield Fault(
            f"{found.name} does not derive from {base.rpartition('.')[2]}",
            found.location,
            f"derive it from {base}",
            Severity.ERROR if group.base_enforced else None,
        )
    if doubt is not None:
        raise doubt
    if not judged:
        raise Skip("no class of its own is named")


def _derives(lineage: Ancestry, group: Group) -> bool:
    names = set(lineage.external)
    names |= {f"{module.name}.{node.name}" for module, node in lineage.own}
    leaf = group.base[0].rpartition(".")[2]
    # vLLM has offered its bases under more than one module; a name under vllm. with the base's own
    # name, or a built-in platform class, is one of them.
    return any(
        name in group.base
        or (name.startswith("vllm.") and name.rpartition(".")[2] == leaf)
        or (group.short == "platform" and name.startswith("vllm.platforms."))
        or (
            name.startswith("vllm.") and name.rpartition(".")[2].endswith(leaf.removesuffix("Base"))
        )
        for name in names
    )
