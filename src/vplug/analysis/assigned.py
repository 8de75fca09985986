"""What plain assignments give names: expressions that may speak of a version, and constants."""

from __future__ import annotations

import ast

from vplug.analysis.bindings import unpacked


def assigned(target: ast.expr, value: ast.expr) -> tuple[tuple[str, ast.expr], ...]:
    """Return the names that an assignment binds to expressions that may speak of a version."""
    match target, value:
        case ast.Name(id=name), _ if isinstance(value, _FOLLOWED):
            return ((name, value),)
        case ((ast.Tuple() | ast.List()), _):
            parts = unpacked(target, value)
            return tuple((name, part) for name, part in parts if isinstance(part, _FOLLOWED))
        case _:
            return ()


_FOLLOWED = (
    *(ast.Compare, ast.Call, ast.BoolOp, ast.UnaryOp, ast.Attribute, ast.Constant),
    *(ast.Tuple, ast.List, ast.Set, ast.Dict, ast.Subscript),
)


def constants(body: list[ast.stmt]) -> dict[str, bool]:
    """Return the names that a block sets to a constant, each with whether that is true."""
    return {
        target.id: bool(statement.value.value)
        for statement in body
        if isinstance(statement, ast.Assign) and isinstance(statement.value, ast.Constant)
        for target in statement.targets
        if isinstance(target, ast.Name)
    }
