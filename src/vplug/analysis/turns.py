"""Whether the body of a loop surely runs."""

from __future__ import annotations

import ast
from collections.abc import Mapping

from vplug.analysis.modules import Module
from vplug.analysis.resolve import Resolver
from vplug.analysis.versions import value_of

_DEPTH = 4  # how many names of what is looped over are followed


def turns_once(
    resolver: Resolver, module: Module, node: ast.stmt, known: Mapping[str, ast.expr]
) -> bool:
    """Return whether the body of a loop runs at least once.

    Args:
        resolver: over the target's modules.
        module: where the loop stands.
        node: the loop; any other statement gives ``False``.
        known: the local names that were assigned before it, each with its expression.
    """
    if isinstance(node, ast.While):
        return isinstance(node.test, ast.Constant) and bool(node.test.value)
    return isinstance(node, ast.For) and _filled(resolver, module, node.iter, known, 0)


def _filled(
    resolver: Resolver, module: Module, node: ast.expr, known: Mapping[str, ast.expr], depth: int
) -> bool:
    """Whether what is looped over surely holds something."""
    match node:
        case ast.List(elts=elts) | ast.Tuple(elts=elts) | ast.Set(elts=elts):
            return any(not isinstance(element, ast.Starred) for element in elts)
        case ast.Dict(keys=keys):
            return any(key is not None for key in keys)
        case ast.Call(func=ast.Name(id="enumerate" | "sorted" | "reversed" | "list" | "tuple"),
                      args=[inner, *_]):  # fmt: skip
            return _filled(resolver, module, inner, known, depth)
        case ast.Call(func=ast.Name(id="zip"), args=[_, *_] as args):
            return all(_filled(resolver, module, argument, known, depth) for argument in args)
        case ast.Call(func=ast.Name(id="range"), args=[ast.Constant(value=int(count))]):
            return count > 0
        case ast.Call(func=ast.Attribute(value=inner, attr="items" | "keys" | "values"), args=[]):
            return _filled(resolver, module, inner, known, depth)
        case ast.Name(id=name) if name in known:
            return depth < _DEPTH and _filled(resolver, module, known[name], {}, depth + 1)
        case ast.Name() if depth < _DEPTH:
            value = value_of(resolver.expression(module, node))
            return value is not None and _filled(resolver, module, value, {}, depth + 1)
        case _:
            return False
