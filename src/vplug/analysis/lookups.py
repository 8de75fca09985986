"""Calls of Python's own that only look something up: ``getattr``, ``import_module``, methods of text."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING, TypeGuard

from vplug.analysis.scopes import Scope, Value
from vplug.analysis.valuetypes import Instance, Reference, Unsure

if TYPE_CHECKING:
    from vplug.analysis.values import Evaluator

#: Methods of text that give text or pieces of it.
OF_TEXT = frozenset(
    {
        "lower", "lstrip", "partition", "removeprefix", "removesuffix", "replace", "rpartition",
        "rsplit", "rstrip", "split", "strip", "upper",
    }
)  # fmt: skip


def called_name(node: ast.Call) -> str:
    """Return the last name of what is called; empty where it has none."""
    if isinstance(node.func, ast.Attribute):
        return node.func.attr
    return node.func.id if isinstance(node.func, ast.Name) else ""


def is_look_up(node: ast.expr | None) -> TypeGuard[ast.Call]:
    """Return whether a call gives something by its name: ``getattr``, ``import_module``."""
    if not isinstance(node, ast.Call):
        return False
    name = called_name(node)
    return (name == "import_module" and bool(node.args)) or (
        name == "getattr" and isinstance(node.func, ast.Name) and len(node.args) >= 2
    )


def looked_up(evaluator: Evaluator, node: ast.Call, scope: Scope, depth: int) -> Value:
    """Return what a call of ``getattr`` or ``import_module`` gives."""
    untold = Unsure(f"`{ast.unparse(node)[:60]}` is computed at run time")
    if called_name(node) == "import_module":
        name = imported_module(evaluator, node, scope, depth)
        if name is None:
            return untold
        resolver = evaluator.resolver
        return evaluator.value_of(resolver.module(resolver.finder.find(name)), depth)
    owner = evaluator.evaluate(node.args[0], scope, depth)
    attr = evaluator.evaluate(node.args[1], scope, depth)
    if isinstance(attr, str) and isinstance(owner, Reference):
        return evaluator.value_of(evaluator.resolver.member(owner.target, attr), depth)
    if isinstance(attr, str) and isinstance(owner, Instance):
        return evaluator.held(owner, attr, depth)
    return untold


def imported_module(
    evaluator: Evaluator, node: ast.Call, scope: Scope, depth: int = 0
) -> str | None:
    """Return the module that ``import_module(…)`` names; ``None`` where reading cannot tell."""
    given = evaluator.evaluate(node.args[0], scope, depth)
    if not isinstance(given, str) or not given.startswith("."):
        return given if isinstance(given, str) else None
    anchor = node.args[1] if len(node.args) > 1 else None
    anchor = next((k.value for k in node.keywords if k.arg == "package"), anchor)
    package = evaluator.evaluate(anchor, scope, depth) if anchor is not None else None
    if not isinstance(package, str):
        return None
    parts = package.split(".")
    bare = given.lstrip(".")
    up = len(given) - len(bare) - 1
    return ".".join([*parts[: len(parts) - up], bare]) if up < len(parts) else None


def of_text(
    evaluator: Evaluator, text: str, method: str, node: ast.Call, scope: Scope, depth: int
) -> Value:
    """Return what one of :data:`OF_TEXT` gives, called on ``text`` as ``node`` calls it."""
    given = [evaluator.evaluate(argument, scope, depth) for argument in node.args]
    if not node.keywords and all(isinstance(item, (str, int)) for item in given):
        try:
            result = getattr(text, method)(*given)
        except (TypeError, ValueError):
            pass
        else:
            return list(result) if isinstance(result, tuple) else result
    return Unsure(f"`{ast.unparse(node)[:60]}` is computed at run time")
