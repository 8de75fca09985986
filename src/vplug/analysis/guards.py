"""What is around an import: which of its failures are caught."""

from __future__ import annotations

import ast
import builtins
from enum import StrEnum


class Guard(StrEnum):
    """What a ``try`` around an import catches."""

    NONE = "none"
    MODULE = "module"
    """``ModuleNotFoundError``: a missing module, not a missing name."""
    ALL = "all"


#: Guards by how much they catch.
RANK = {guard: rank for rank, guard in enumerate(Guard)}

_ALL = {"ImportError", "Exception", "BaseException"}


def catches(handler: ast.ExceptHandler) -> Guard:
    """What import failures a handler keeps from going on; one that raises again keeps none."""
    if raises_again(handler):
        return Guard.NONE
    if handler.type is None:
        return Guard.ALL
    types = handler.type.elts if isinstance(handler.type, ast.Tuple) else [handler.type]
    return _guard_of(types)


def raises_again(handler: ast.ExceptHandler) -> bool:
    """Return whether a handler lets what it caught go on, or something in its stead."""
    return any(isinstance(statement, ast.Raise) for statement in handler.body)


def _guard_of(types: list[ast.expr]) -> Guard:
    names = {t.attr if isinstance(t, ast.Attribute) else getattr(t, "id", "") for t in types}
    unknown = any(not hasattr(builtins, name) and name.isupper() for name in names)
    if names & _ALL or unknown:  # `except ERRORS`: a constant of the plugin's may hold any
        return Guard.ALL
    return Guard.MODULE if "ModuleNotFoundError" in names else Guard.NONE


def suppressed(node: ast.expr) -> Guard:
    """Return what of import failures ``with suppress(…)`` keeps from going on."""
    match node:
        case ast.Call(func=ast.Name(id="suppress") | ast.Attribute(attr="suppress"), args=args):
            return _guard_of(args)
        case _:
            return Guard.NONE
