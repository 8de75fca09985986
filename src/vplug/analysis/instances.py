"""What the attributes of an instance hold, as far as the call that makes it tells."""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING

from vplug.analysis.modules import Module, Source
from vplug.analysis.nodes import walk
from vplug.analysis.resolve import Resolution
from vplug.analysis.scopes import Scope, Value, scope_of
from vplug.analysis.valuetypes import Unsure

if TYPE_CHECKING:
    from vplug.analysis.values import Evaluator


def attributes_of(
    evaluator: Evaluator, found: Resolution, call: ast.Call, scope: Scope, depth: int
) -> dict[str, Value]:
    """Return what the attributes of an instance hold, by name; what cannot be told is left out.

    Only of a class whose own body says all: a data class, a named tuple, or one with an ``__init__``
    that sets them. One that is set anywhere else in the class's or the call's module is left out.

    Args:
        evaluator: evaluates what the call passes.
        found: the class.
        call: the call that makes the instance.
        scope: where the call stands.
        depth: how many steps led here.
    """
    node, module = found.node, found.module
    if not isinstance(node, ast.ClassDef) or module is None or not (call.args or call.keywords):
        return {}
    if any(isinstance(argument, ast.Starred) for argument in call.args):
        return {}
    if any(keyword.arg is None for keyword in call.keywords):
        return {}
    constructor = next(
        (s for s in node.body if isinstance(s, ast.FunctionDef) and s.name == "__init__"), None
    )
    if constructor is not None:
        held = _set_by(evaluator, module, constructor, call, scope, depth)
    elif _is_record(node):
        held = _of_record(evaluator, module, node, call, scope, depth)
    else:
        return {}
    texts = [m.source.text for m in {module, scope.module} if isinstance(m.source, Source)]
    inside = ast.unparse(constructor) if constructor is not None else ""
    return {
        name: value
        for name, value in held.items()
        if not isinstance(value, Unsure) and not _is_set_again(name, texts, inside)
    }


def _is_record(node: ast.ClassDef) -> bool:
    """Whether a class's annotations are its constructor's parameters, and all of them."""
    bases = [ast.unparse(base).rpartition(".")[2] for base in node.bases]
    if bases == ["NamedTuple"]:
        return True
    names = set()
    for decorator in node.decorator_list:
        inner = decorator.func if isinstance(decorator, ast.Call) else decorator
        names.add(ast.unparse(inner).rpartition(".")[2])
    return not bases and "dataclass" in names


def _of_record(
    evaluator: Evaluator,
    module: Module,
    node: ast.ClassDef,
    call: ast.Call,
    scope: Scope,
    depth: int,
) -> dict[str, Value]:
    held: dict[str, Value] = {}
    names: list[str] = []
    for statement in node.body:
        match statement:
            case ast.AnnAssign(target=ast.Name(id=name), value=default):
                if "ClassVar" in ast.unparse(statement.annotation):
                    continue
                names.append(name)
                if default is not None and not isinstance(default, ast.Call):
                    held[name] = evaluator.evaluate(default, Scope(module), depth + 1)
            case _:
                continue
    for name, argument in zip(names, call.args, strict=False):
        held[name] = evaluator.evaluate(argument, scope, depth + 1)
    for keyword in call.keywords:
        held[keyword.arg or ""] = evaluator.evaluate(keyword.value, scope, depth + 1)
    return held


def _set_by(
    evaluator: Evaluator,
    module: Module,
    constructor: ast.FunctionDef,
    call: ast.Call,
    scope: Scope,
    depth: int,
) -> dict[str, Value]:
    """What ``self.name = …`` in an ``__init__`` sets, each once and under no condition."""
    me = constructor.args.args[0].arg if constructor.args.args else ""
    times: dict[str, int] = {}
    for child in walk(constructor):
        if isinstance(child, ast.Attribute) and isinstance(child.ctx, ast.Store):
            times[child.attr] = times.get(child.attr, 0) + 1
    arguments = evaluator.bind(constructor, call, scope, module, bound=True, depth=depth + 1)
    inner = scope_of(module, constructor, arguments)
    held: dict[str, Value] = {}
    for statement in constructor.body:
        match statement:
            case (
                ast.Assign(
                    targets=[ast.Attribute(value=ast.Name(id=owner), attr=attr)], value=value
                )
                | ast.AnnAssign(
                    target=ast.Attribute(value=ast.Name(id=owner), attr=attr), value=value
                )
            ) if owner == me and value is not None and times[attr] == 1:
                held[attr] = evaluator.evaluate(value, inner, depth + 1)
            case _:
                continue
    return held


def _is_set_again(name: str, texts: list[str], inside: str) -> bool:
    """Whether source text sets an attribute of this name, outside the constructor ``inside``."""
    pattern = re.compile(rf"\.{re.escape(name)}\s*(?::[^=\n]*)?=(?!=)")
    allowed = len(pattern.findall(inside))
    return sum(len(pattern.findall(text)) for text in texts) > allowed
