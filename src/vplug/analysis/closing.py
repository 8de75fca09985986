"""Expressions as another module's function holds them: their names followed where they stand."""

from __future__ import annotations

import ast
import builtins
import copy
import re
from collections.abc import Mapping

from vplug.analysis.modules import Module, Source
from vplug.analysis.nodes import walk
from vplug.analysis.resolve import Resolver, Status
from vplug.analysis.scopes import CHANGING
from vplug.analysis.versions import value_of

_DEPTH = 6
#: Larger expressions are no version, no name, and no test of one.
_MOST = 40
_BINDING = (ast.Lambda, ast.GeneratorExp, ast.ListComp, ast.SetComp, ast.DictComp, ast.NamedExpr)


def named(full: str) -> ast.expr:
    """Return the expression that spells a full name."""
    first, *rest = full.split(".")
    node: ast.expr = ast.Name(first, ast.Load())
    for part in rest:
        node = ast.Attribute(node, part, ast.Load())
    return node


def closed(
    resolver: Resolver,
    module: Module,
    node: ast.expr,
    known: Mapping[str, ast.expr],
    hidden: frozenset[str] = frozenset(),
    depth: int = 0,
) -> ast.expr:
    """Return an expression with its names replaced by what they hold, or by their full names.

    Others become names that lead nowhere, whatever module reads them.

    Args:
        resolver: over the target's modules.
        module: whose global names the expression sees.
        node: the expression.
        known: local names bound once, to their expressions.
        hidden: all names that the function binds that it stands in.
        depth: how many names have been followed.
    """
    parts = list(walk(node))
    if depth > _DEPTH or len(parts) > _MOST or any(isinstance(part, _BINDING) for part in parts):
        return nowhere("an argument")
    found = _Closing(resolver, module, known, hidden, depth).visit(copy.deepcopy(node))
    return found if isinstance(found, ast.expr) else nowhere("an argument")


class _Closing(ast.NodeTransformer):
    def __init__(
        self,
        resolver: Resolver,
        module: Module,
        known: Mapping[str, ast.expr],
        hidden: frozenset[str],
        depth: int,
    ) -> None:
        self._resolver = resolver
        self._module = module
        self._known = known
        self._hidden = hidden
        self._depth = depth

    def visit_Name(self, node: ast.Name) -> ast.expr:
        """Replace a name."""
        if node.id in self._known:
            rest = {name: held for name, held in self._known.items() if name != node.id}
            held = self._known[node.id]
            return closed(self._resolver, self._module, held, rest, self._hidden, self._depth + 1)
        if node.id in self._hidden:
            return nowhere(node.id)
        found = self._resolver.expression(self._module, node)
        held_there = value_of(found)
        if held_there is not None and found.module is not None and found.module.own:
            if is_changed(self._resolver, found.module, found.name, held_there):
                return nowhere(node.id)
            return closed(
                self._resolver, found.module, held_there, {}, frozenset(), self._depth + 1
            )
        if found.status not in (Status.FOUND, Status.EXTERNAL) or found.alternatives:
            return nowhere(node.id)
        return node if hasattr(builtins, node.id) else named(found.qualified_name)


def nowhere(name: str) -> ast.expr:
    """Return the name of what is not known: nothing is called so."""
    return ast.Name(f"{name} given", ast.Load())


def is_changed(resolver: Resolver, module: Module, name: str, held: ast.expr) -> bool:
    """Return whether the text of a module that was read may change what a global name holds.

    Args:
        resolver: over the target's modules.
        module: the module that binds the name.
        name: the name.
        held: the expression that it binds it to: a constant is not changed where it is passed on.
    """
    word = rf"\b{re.escape(name)}\b"
    again = rf"\bglobal\b[^\n]*{word}|\.{word}\s*=(?!=)"
    in_place = (
        rf"{word}\s*(?:\[[^\]\n]*\]\s*=(?!=)|[|+&-]=|\.(?:{'|'.join(sorted(CHANGING))})\()"
        rf"|[(,]\s*{word}\s*[,)]"
    )
    firm = isinstance(held, (ast.Constant, ast.Tuple))
    changes = re.compile(again if firm else f"{again}|{in_place}")
    others = [m for m in list(resolver.finder.parsed.values()) if m.own and m.was_read]
    return any(
        isinstance(m.source, Source) and name in m.source.text and changes.search(m.source.text)
        for m in (module, *others)
    )
