"""Values read from syntax trees without running them: literals, and names bound once to literals."""

from __future__ import annotations

import ast
from typing import Any


class Undecidable(Exception):
    """An expression whose value only running the code would tell.

    Attributes:
        node: the expression.
        reason: one clause for a person.
    """

    def __init__(self, node: ast.AST, reason: str) -> None:
        super().__init__(reason)
        self.node = node
        self.reason = reason

    @property
    def line(self) -> int | None:
        """The expression's line."""
        return getattr(self.node, "lineno", None)


class Literals:
    """Evaluates expressions of one module.

    Args:
        tree: the module; its top-level assignments give names their values. A name bound twice,
            deleted, or mutated by a call or item assignment has no value that reading can tell.
    """

    def __init__(self, tree: ast.Module) -> None:
        self._bound: dict[str, ast.expr | None] = {}
        for node in ast.walk(tree):
            for name, value in _bindings(node):
                self._bound[name] = None if name in self._bound else value
        top = {
            target.id
            for statement in tree.body
            if isinstance(statement, (ast.Assign, ast.AnnAssign))
            for target in (
                statement.targets if isinstance(statement, ast.Assign) else [statement.target]
            )
            if isinstance(target, ast.Name)
        }
        for name in list(self._bound):
            if name not in top:
                self._bound[name] = None

    def evaluate(self, node: ast.expr, depth: int = 0) -> Any:
        """Return the value of ``node``.

        Raises:
            Undecidable: it is not literal.
        """
        if depth > 30:
            raise Undecidable(node, "too deep to follow")
        step = depth + 1
        match node:
            case ast.Constant(value=value):
                return value
            case ast.List(elts=elts) | ast.Tuple(elts=elts) | ast.Set(elts=elts):
                return self._sequence(elts, step)
            case ast.Dict(keys=keys, values=values):
                return self._mapping(keys, values, step)
            case ast.Name(id=name):
                bound = self._bound.get(name)
                if bound is None:
                    raise Undecidable(node, f"{name} is not bound once to a literal")
                return self.evaluate(bound, step)
            case ast.BinOp(left=left, op=ast.Add(), right=right):
                first, second = self.evaluate(left, step), self.evaluate(right, step)
                if type(first) is type(second) and isinstance(first, (str, list, int)):
                    return first + second
            case ast.JoinedStr(values=values):
                return "".join(self._piece(value, step) for value in values)
            case ast.Call(func=ast.Name(id="dict"), args=[], keywords=keywords):
                if all(keyword.arg for keyword in keywords):
                    return {str(k.arg): self.evaluate(k.value, step) for k in keywords}
            case ast.UnaryOp(op=ast.USub(), operand=operand):
                value = self.evaluate(operand, step)
                if isinstance(value, (int, float)):
                    return -value
            case _:
                pass
        raise Undecidable(node, f"`{_short(node)}` is computed when the file runs")

    def _sequence(self, elts: list[ast.expr], depth: int) -> list[Any]:
        result: list[Any] = []
        for element in elts:
            if isinstance(element, ast.Starred):
                inner = self.evaluate(element.value, depth)
                if not isinstance(inner, list):
                    raise Undecidable(element, "unpacks something that is no list")
                result.extend(inner)
            else:
                result.append(self.evaluate(element, depth))
        return result

    def _mapping(
        self, keys: list[ast.expr | None], values: list[ast.expr], depth: int
    ) -> dict[Any, Any]:
        result: dict[Any, Any] = {}
        for key, value in zip(keys, values, strict=True):
            inner = self.evaluate(value, depth)
            if key is None:
                if not isinstance(inner, dict):
                    raise Undecidable(value, "unpacks something that is no dictionary")
                result.update(inner)
            else:
                try:
                    result[self.evaluate(key, depth)] = inner
                except TypeError:  # a list or dictionary for a key
                    raise Undecidable(key, "a key that is not hashable") from None
        return result

    def _piece(self, node: ast.expr, depth: int) -> str:
        if isinstance(node, ast.FormattedValue):
            if node.conversion != -1 or node.format_spec is not None:
                raise Undecidable(node, "a formatted value")
            return str(self.evaluate(node.value, depth))
        return str(self.evaluate(node, depth))


def _bindings(node: ast.AST) -> list[tuple[str, ast.expr | None]]:
    """Return the names that ``node`` binds or may change, with the value where it is plain."""
    match node:
        case ast.Assign(targets=targets, value=value):
            found: list[tuple[str, ast.expr | None]] = []
            for target in targets:
                if isinstance(target, ast.Name):
                    found.append((target.id, value))
                elif isinstance(target, (ast.Subscript, ast.Attribute)):
                    found.extend(_root(target))
                else:
                    found.extend((n.id, None) for n in ast.walk(target) if isinstance(n, ast.Name))
            return found
        case ast.AnnAssign(target=ast.Name(id=name), value=value) if value is not None:
            return [(name, value)]
        case ast.AugAssign(target=target):
            return [(n.id, None) for n in ast.walk(target) if isinstance(n, ast.Name)]
        case ast.For(target=target) | ast.comprehension(target=target):
            return [(n.id, None) for n in ast.walk(target) if isinstance(n, ast.Name)]
        case ast.Delete(targets=targets):
            return [pair for target in targets for pair in _root(target)]
        case ast.Call(func=ast.Attribute(value=owner, attr=attr)) if attr in {
            "append",
            "extend",
            "insert",
            "update",
            "setdefault",
            "pop",
            "remove",
            "clear",
            "popitem",
            "sort",
            "reverse",
            "add",
            "discard",
        }:
            return _root(owner)
        case _:
            return []


def _root(node: ast.expr) -> list[tuple[str, ast.expr | None]]:
    """The name whose value changes with that of ``EP`` or an item or attribute of it, however deep."""
    while isinstance(node, (ast.Subscript, ast.Attribute)):
        node = node.value
    return [(node.id, None)] if isinstance(node, ast.Name) else []


def _short(node: ast.AST) -> str:
    text = " ".join(ast.unparse(node).split())
    return text if len(text) <= 60 else text[:57] + "..."
