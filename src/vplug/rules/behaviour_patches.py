"""VP312: attributes of vLLM and of Python itself that the plugin replaces."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from vplug.analysis.bindings import BindingKind
from vplug.analysis.modules import Module, Source
from vplug.analysis.nodes import walk
from vplug.analysis.places import Place, places
from vplug.analysis.scopes import FunctionNode
from vplug.analysis.words import REPLACING, SETTING
from vplug.model import Severity
from vplug.rules.evidence import Evidence
from vplug.rules.verdict import Fault

_SHOWN = 3
#: What an import in a function binds, as text.
_IMPORT = re.compile(r"import[ \t]+(\([^)]*\)|[^\n]+)")


def monkey_patch(evidence: Evidence, reached: tuple[Module, ...]) -> Iterator[Fault]:
    """A module replaces attributes of vLLM, or of Python's builtins.

    ## What it does
    Reports assignments to attributes of vLLM's modules and classes, `setattr` on them, modules of vLLM
    replaced in `sys.modules`, and assignments to `builtins` (a warning; the others are `info`), in the
    modules that the plugins reach. One finding a module.

    ## Why is this bad?
    A patch is bound to the release for which it was written. In the next one what it replaces may have
    moved: then nothing calls it, and nothing says so. Two plugins that patch the same attribute undo
    each other, by the order in which they load. A patch of `builtins` reaches all code of the process.

    ## Example
    ```python
    from vllm.v1.core.sched.scheduler import Scheduler

    Scheduler.schedule = my_schedule
    ```
    Use instead:
    ```python
    # where vLLM has a place for it
    class MyScheduler(Scheduler):
        def schedule(self): ...


    # vllm serve --scheduler-cls my_plugin.scheduler.MyScheduler
    ```
    """
    for module in reached:
        mine: list[tuple[Place, ast.AST, str]] = []
        for place in _suspects(module):
            mine += [(place, node, name) for node, name in _patched(evidence, place)]
        mine.sort(key=lambda item: item[0].node.lineno)
        for of_python in (True, False):
            found = [item for item in mine if item[2].startswith("builtins.") is of_python]
            if not found:
                continue
            names = list(dict.fromkeys(name for _, _, name in found))
            shown = ", ".join(names[:_SHOWN])
            more = len(names) - _SHOWN
            place, node, _ = found[0]
            yield Fault(
                f"it sets {shown}{f' and {more} more' if more > 0 else ''}",
                place.at(node),
                "hold it to the releases it was written for, and test that it is called",
                Severity.WARNING if of_python else None,
            )


def _suspects(module: Module) -> Iterator[Place]:
    """The statements that may replace something of an imported module or class."""
    source = module.source
    if not isinstance(source, Source):
        return
    imported = {
        name
        for name, bindings in source.bindings.by_name.items()
        if any(b.kind in (BindingKind.IMPORT, BindingKind.FROM) for b in bindings)
    }
    lines: list[str] = []
    for place in places(module, SETTING):
        roots = {
            leaf.id
            for target in getattr(place.node, "targets", ())
            for leaf in walk(target)
            if isinstance(leaf, ast.Name)
        }
        if not roots & imported and place.functions:
            lines = lines or source.text.split("\n")
            outer = place.functions[0]
            text = "\n".join(lines[outer.lineno : outer.end_lineno])
            imported_here = " ".join(_IMPORT.findall(text)) if "import" in text else ""
            if not roots & set(re.findall(r"\w+", imported_here)):
                continue
        yield place
    yield from places(module, REPLACING, ("setattr", "modules["))


def _patched(evidence: Evidence, place: Place) -> Iterator[tuple[ast.AST, str]]:
    """What a statement replaces, by full name."""
    targets: list[ast.expr] = []
    node = place.node
    if isinstance(node, ast.Assign):
        targets = node.targets
    for target in targets:
        for leaf in target.elts if isinstance(target, (ast.Tuple, ast.List)) else [target]:
            match leaf:
                case ast.Attribute(value=owner, attr=attr):
                    yield from _named(evidence, place, leaf, owner, attr)
                case ast.Subscript(value=table, slice=ast.Constant(value=str(name))):
                    full = evidence.names.full(place.module, place.functions, table)
                    if full == "sys.modules" and name.startswith("vllm."):
                        yield leaf, name
                case _:
                    continue
    for call in place.calls():
        match call:
            case ast.Call(
                func=ast.Name(id="setattr"), args=[owner, ast.Constant(value=str(attr)), _]
            ):
                yield from _named(evidence, place, call, owner, attr)
            case _:
                continue


def _named(
    evidence: Evidence, place: Place, node: ast.AST, owner: ast.expr, attr: str
) -> Iterator[tuple[ast.AST, str]]:
    if not _is_name(owner, place.functions):
        return
    full = evidence.names.full(place.module, place.functions, owner)
    if full is None or "()" in full:
        return
    if full == "builtins" or full.startswith("vllm.") or full == "vllm":
        yield node, f"{full}.{attr}"


def _is_name(node: ast.expr, functions: tuple[FunctionNode, ...]) -> bool:
    """Whether an expression is a plain dotted name, and not of the object or class itself."""
    while isinstance(node, ast.Attribute):
        node = node.value
    return isinstance(node, ast.Name) and not (functions and node.id in {"self", "cls"})
