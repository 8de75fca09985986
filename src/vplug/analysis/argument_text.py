"""What a call is given, as text for a person."""

from __future__ import annotations

import ast

from vplug.analysis.scopes import Value
from vplug.analysis.valuetypes import Instance, Reference, Unsure


def is_told(value: Value) -> bool:
    """Return whether reading tells a value, and all that it is made of."""
    if isinstance(value, list):
        return all(map(is_told, value))
    if isinstance(value, dict):
        return all(is_told(key) and is_told(item) for key, item in value.items())
    return not isinstance(value, Unsure)


def show(value: Value, node: ast.expr) -> str:
    """Return an argument for a person: text in quotes, references by full name, else as written."""
    if isinstance(value, str):
        return f'"{value}"'
    if isinstance(value, Instance):
        bare = isinstance(node, ast.Call) and not node.args and not node.keywords
        return f"{value.of.qualified_name}({'' if bare else '…'})"
    if isinstance(value, Reference):
        return value.target.qualified_name or ast.unparse(node)
    if _is_plain(value):
        return repr(value)
    text = " ".join(ast.unparse(node).split())
    return text if len(text) <= 60 else text[:57] + "..."


def _is_plain(value: Value) -> bool:
    """Whether a value is made of nothing but what Python itself would print in a reader's words."""
    if isinstance(value, list):
        return all(map(_is_plain, value))
    if isinstance(value, dict):
        return all(_is_plain(key) and _is_plain(item) for key, item in value.items())
    return value is None or isinstance(value, (str, bytes, int, float, complex))
