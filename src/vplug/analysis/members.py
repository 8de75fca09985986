"""Attributes of classes: found in their bodies or set on them later, or beyond what reading tells."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from vplug.analysis.ancestry import ancestry, class_names, class_statements
from vplug.analysis.modules import Module, Source
from vplug.analysis.nodes import walk
from vplug.analysis.resolve import Kind, Resolution, Status, unknown

if TYPE_CHECKING:
    from vplug.analysis.resolve import Resolver

#: Class decorators that add no attribute but those every class has.
_HARMLESS = {"dataclass", "final", "runtime_checkable", "total_ordering", "unique"}
#: What ``type`` gives every class and ``hasattr(type, …)`` does not tell.
_OF_TYPE = {"__annotations__", "__module__", "__weakref__"}


def class_member(resolver: Resolver, module: Module, node: ast.ClassDef, name: str) -> Resolution:
    """Return what the attribute ``name`` of the class ``node`` of ``module`` leads to."""
    lineage = ancestry(resolver, module, node)
    for owner_module, owner in lineage.own:
        found = _in_body(resolver, owner_module, owner, name)
        found = found or _set_later(resolver, owner_module, owner, name)
        if found is not None:
            return found
    at = module.at(node)
    if lineage.doubts or any(base != "builtins.object" for base in lineage.external):
        return unknown(f"{name} may come from a base class of {node.name}", at)
    for owner_module, owner in lineage.own:
        reason = _may_be_added(owner)
        if reason is not None:
            return unknown(f"{name} may come from {reason} of {owner.name}", owner_module.at(owner))
    if hasattr(type, name) or name in _OF_TYPE:
        return Resolution(Status.FOUND, Kind.VALUE, module=module, name=f"{node.name}.{name}")
    return Resolution(
        Status.MISSING,
        module=module,
        name=name,
        reason=f"{node.name} defines no {name}",
        at=at,
    )


def _in_body(
    resolver: Resolver, module: Module, node: ast.ClassDef, name: str
) -> Resolution | None:
    full = f"{node.name}.{name}"
    for statement in reversed(class_statements(node)):
        match statement:
            case ast.FunctionDef(name=bound) | ast.AsyncFunctionDef(name=bound) if bound == name:
                return Resolution(Status.FOUND, Kind.FUNCTION, statement, module, node, full)
            case ast.ClassDef(name=bound) if bound == name:
                return Resolution(Status.FOUND, Kind.CLASS, statement, module, node, full)
            case ast.Assign(targets=targets, value=value) if any(
                isinstance(target, ast.Name) and target.id == name for target in targets
            ):
                return _value(resolver, module, node, value, full)
            case ast.AnnAssign(target=ast.Name(id=bound), value=ast.expr() as value) if (
                bound == name
            ):
                return _value(resolver, module, node, value, full)
            case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
                continue
            case _ if _binds(statement, name):
                return Resolution(Status.FOUND, Kind.VALUE, statement, module, node, full)
            case _:
                continue
    if name in class_names(node):
        return Resolution(Status.FOUND, Kind.VALUE, node, module, node, full)
    return None


def _binds(statement: ast.stmt, name: str) -> bool:
    """Whether a statement of a class body binds ``name`` in some other way, as by an import."""
    for child in walk(statement):
        match child:
            case ast.Name(id=bound, ctx=ast.Store()) if bound == name:
                return not (isinstance(statement, ast.AnnAssign) and statement.value is None)
            case ast.alias(name=imported, asname=asname) if (asname or imported) == name:
                return True
            case _:
                continue
    return False


def _value(
    resolver: Resolver, module: Module, node: ast.ClassDef, value: ast.expr, full: str
) -> Resolution:
    """Follow `name = staticmethod(function)` and `name = function`, in a class body or after it."""
    written = value
    if isinstance(value, ast.Call) and len(value.args) == 1:
        if getattr(value.func, "id", "") in {"staticmethod", "classmethod"}:
            value = value.args[0]
    if isinstance(value, (ast.Name, ast.Attribute)):
        found = resolver.expression(module, value)
        if found.status is Status.FOUND:
            return found
    return Resolution(Status.FOUND, Kind.VALUE, written, module, node, full)


def _set_later(
    resolver: Resolver, module: Module, node: ast.ClassDef, name: str
) -> Resolution | None:
    """Find `Class.name = …` in the module; one that a function makes may not have run."""
    source = module.source
    if not isinstance(source, Source) or f"{node.name}" not in source.text:
        return None
    top = set(map(id, source.tree.body))
    full = f"{node.name}.{name}"
    for child in walk(source.tree):
        match child:
            case ast.Assign(targets=targets, value=value):
                for target in targets:
                    match target:
                        case ast.Attribute(value=ast.Name(id=owner), attr=attr) if (
                            owner == node.name and attr == name
                        ):
                            if id(child) in top:
                                return _value(resolver, module, node, value, full)
                            return unknown(f"{full} is set at run time", module.at(child))
                        case _:
                            continue
            case ast.Call(func=ast.Name(id="setattr"), args=[ast.Name(id=owner), *_]) if (
                owner == node.name
            ):
                return unknown(f"attributes of {owner} are set at run time", module.at(child))
            case _:
                continue
    return None


def _may_be_added(node: ast.ClassDef) -> str | None:
    """What of a class may give it attributes that its body does not show."""
    if node.keywords:
        return "the metaclass or class arguments"
    if any(
        isinstance(statement, ast.FunctionDef) and statement.name == "__init_subclass__"
        for statement in node.body
    ):
        return "__init_subclass__"
    for decorator in node.decorator_list:
        inner = decorator.func if isinstance(decorator, ast.Call) else decorator
        called = inner.attr if isinstance(inner, ast.Attribute) else getattr(inner, "id", "")
        if called not in _HARMLESS:
            return "a decorator"
    return None
