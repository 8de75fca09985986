"""Attributes of vLLM, and of Python's builtins, that code replaces."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass

from vplug.analysis.bindings import BindingKind
from vplug.analysis.callnames import CallNames
from vplug.analysis.modules import Module, Source
from vplug.analysis.nodes import walk
from vplug.analysis.places import Place, places
from vplug.analysis.scopes import FunctionNode
from vplug.analysis.words import REPLACING, SETTING

#: What an import in a function binds, as text.
_IMPORT = re.compile(r"import[ \t]+(\([^)]*\)|[^\n]+)")


@dataclass(frozen=True)
class Patch:
    """One replacement.

    Attributes:
        name: the full name of what is replaced.
        place: the statement that does it.
        node: the target or call within it.
    """

    name: str
    place: Place
    node: ast.AST


def patches_in(module: Module, names: CallNames) -> list[Patch]:
    """Return what a module replaces of vLLM and of the builtins, in functions too, in order.

    Assignments to attributes of vLLM's modules and classes, ``setattr`` on them, modules of vLLM
    replaced in ``sys.modules``, and assignments to ``builtins``.
    """
    found = [
        Patch(name, place, node)
        for place in _suspects(module)
        for node, name in _patched(names, place)
    ]
    return sorted(found, key=lambda patch: patch.place.node.lineno)


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


def _patched(names: CallNames, place: Place) -> Iterator[tuple[ast.AST, str]]:
    """What a statement replaces, by full name."""
    targets: list[ast.expr] = []
    node = place.node
    if isinstance(node, ast.Assign):
        targets = node.targets
    for target in targets:
        for leaf in target.elts if isinstance(target, (ast.Tuple, ast.List)) else [target]:
            match leaf:
                case ast.Attribute(value=owner, attr=attr):
                    yield from _named(names, place, leaf, owner, attr)
                case ast.Subscript(value=table, slice=ast.Constant(value=str(name))):
                    full = names.full(place.module, place.functions, table)
                    if full == "sys.modules" and name.startswith("vllm."):
                        yield leaf, name
                case _:
                    continue
    for call in place.calls():
        match call:
            case ast.Call(
                func=ast.Name(id="setattr"), args=[owner, ast.Constant(value=str(attr)), _]
            ):
                yield from _named(names, place, call, owner, attr)
            case _:
                continue


def _named(
    names: CallNames, place: Place, node: ast.AST, owner: ast.expr, attr: str
) -> Iterator[tuple[ast.AST, str]]:
    if not _is_name(owner, place.functions):
        return
    full = names.full(place.module, place.functions, owner)
    if full is None or "()" in full:
        return
    if full == "builtins" or full.startswith("vllm.") or full == "vllm":
        yield node, f"{full}.{attr}"


def _is_name(node: ast.expr, functions: tuple[FunctionNode, ...]) -> bool:
    """Whether an expression is a plain dotted name, and not of the object or class itself."""
    while isinstance(node, ast.Attribute):
        node = node.value
    return isinstance(node, ast.Name) and not (functions and node.id in {"self", "cls"})
