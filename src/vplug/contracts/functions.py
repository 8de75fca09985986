"""A curated registration function in one release, and what registering twice does."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from vplug.contracts.classes import Function, decorator_name, definitions, find_class
from vplug.contracts.package import Package
from vplug.contracts.surface import FunctionSurface
from vplug.contracts.wording import bare, to_text


def function_surface(package: Package, full_name: str) -> FunctionSurface | None:
    """Return the function that ``full_name`` leads to; ``None`` where the release has none."""
    found = _find(package, full_name)
    if found is None:
        return None
    name, node, owner = found
    signature = bare(node)
    static = any(decorator_name(d) == "staticmethod" for d in node.decorator_list)
    if owner is not None and not static:
        signature = signature.without_first()
    return FunctionSurface(name, to_text(signature), _twice(node, owner))


def _find(package: Package, full_name: str) -> tuple[str, Function, ast.ClassDef | None] | None:
    """Return the importable name, the node, and the class it is a method of."""
    owner, _, leaf = full_name.rpartition(".")
    if owner in package.modules:
        module, _, name = package.definition(owner, leaf).rpartition(".")
        if module not in package.modules:
            return None
        function = _function(package.tree(module).body, name)
        return (f"{module}.{name}", function, None) if function is not None else None
    module, _, name = owner.rpartition(".")
    if module not in package.modules:
        return None
    module, _, name = package.definition(module, name).rpartition(".")
    class_name = _class_of(package, module, name)
    found = find_class(package, f"{module}.{class_name}")
    if found is None:
        return None
    method = _function(found[1].body, leaf)
    if method is None:
        return None
    return f"{module}.{name}.{leaf}", method, found[1]


def _class_of(package: Package, module: str, name: str) -> str:
    """Return the class of a registry object (`ModelRegistry = _ModelRegistry(…)`), or ``name``."""
    if module not in package.modules:
        return name
    for node in definitions(package.tree(module).body):
        match node:
            case ast.Assign(
                targets=[ast.Name(id=target)], value=ast.Call(func=ast.Name(id=class_name))
            ) if target == name:
                return class_name
            case ast.AnnAssign(
                target=ast.Name(id=target), value=ast.Call(func=ast.Name(id=class_name))
            ) if target == name:
                return class_name
            case _:
                continue
    return name


def _function(body: list[ast.stmt], name: str) -> Function | None:
    for node in definitions(body):
        if (
            isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))
            and node.name == name
            and not any(decorator_name(d) == "overload" for d in node.decorator_list)
        ):
            return node
    return None


def _twice(node: Function, owner: ast.ClassDef | None, depth: int = 0) -> str:
    """Return what registering the same name twice does, where the body plainly tells.

    ``raises``: an ``assert key not in …`` or ``if key in …: raise``; an ``if`` that also asks for a
    parameter whose default switches it off (``if not force and …``) does not raise by itself.
    ``overwrites``: nothing of the kind, and a plain store under the key. A body that does neither
    is judged by the method of its own class that it hands the name on to.
    """
    off = {
        parameter: value for parameter, value in _constant_defaults(node) if isinstance(value, bool)
    }
    stores = False
    handed_on = "unknown"
    for child in ast.walk(node):
        match child:
            case ast.Call(func=ast.Attribute(value=ast.Name(id="cls" | "self"), attr=name)) if (
                owner is not None and depth < 3
            ):
                helper = _function(owner.body, name)
                if helper is not None and handed_on == "unknown":
                    handed_on = _twice(helper, owner, depth + 1)
            case ast.Assert(test=ast.Compare(ops=[ast.NotIn()])):
                return "raises"
            case ast.If(test=test, body=body) if _asks_membership(test):
                if any(isinstance(s, ast.Raise) for s in body) and not _switched_off(test, off):
                    return "raises"
            case ast.Assign(targets=[ast.Subscript()]):
                stores = True
            case _:
                continue
    return "overwrites" if stores else handed_on


def _asks_membership(test: ast.expr) -> bool:
    return any(
        isinstance(child, ast.Compare) and isinstance(child.ops[0], ast.In)
        for child in ast.walk(test)
    )


def _switched_off(test: ast.expr, defaults: dict[str, bool]) -> bool:
    if not (isinstance(test, ast.BoolOp) and isinstance(test.op, ast.And)):
        return False
    for value in test.values:
        match value:
            case ast.UnaryOp(op=ast.Not(), operand=ast.Name(id=name)) if defaults.get(name) is True:
                return True
            case ast.Name(id=name) if defaults.get(name) is False:
                return True
            case _:
                continue
    return False


def _constant_defaults(node: Function) -> Iterator[tuple[str, object]]:
    args = node.args
    positional = [*args.posonlyargs, *args.args]
    for arg, default in zip(reversed(positional), reversed(args.defaults), strict=False):
        if isinstance(default, ast.Constant):
            yield arg.arg, default.value
    for arg, value in zip(args.kwonlyargs, args.kw_defaults, strict=True):
        if isinstance(value, ast.Constant):
            yield arg.arg, value.value
