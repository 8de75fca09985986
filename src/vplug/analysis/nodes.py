"""Walks over syntax trees, quicker than :mod:`ast`'s: they run for every node of a package."""

from __future__ import annotations

import ast
from collections.abc import Iterator

#: Fields that hold text, numbers, or only whether a name is read or set: never a node to look at.
_PLAIN = frozenset(
    {"arg", "asname", "attr", "ctx", "id", "kind", "level", "module", "type_comment"}
)


class _Fields(dict[type[ast.AST], tuple[str, ...]]):
    """The fields of a kind of node that may hold nodes, worked out when first asked for."""

    def __missing__(self, kind: type[ast.AST]) -> tuple[str, ...]:
        fields = () if kind is ast.Constant else tuple(f for f in kind._fields if f not in _PLAIN)
        self[kind] = fields
        return fields


_FIELDS = _Fields()


def children(node: ast.AST) -> list[ast.AST]:
    """Return the nodes directly under one, in order; as :func:`ast.iter_child_nodes` without contexts."""
    found: list[ast.AST] = []
    for name in _FIELDS[type(node)]:
        value = getattr(node, name, None)
        if isinstance(value, list):
            found += [item for item in value if isinstance(item, ast.AST)]
        elif isinstance(value, ast.AST):
            found.append(value)
    return found


def walk(node: ast.AST) -> Iterator[ast.AST]:
    """Yield a node and all under it, level by level; as :func:`ast.walk` without contexts."""
    todo = [node]
    for item in todo:
        yield item
        for name in _FIELDS[type(item)]:
            value = getattr(item, name, None)
            if isinstance(value, list):
                todo += [child for child in value if isinstance(child, ast.AST)]
            elif isinstance(value, ast.AST):
                todo.append(value)
