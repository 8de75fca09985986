"""What may bind a module's names where reading cannot see it: ``globals()``, ``exec`` and their like."""

from __future__ import annotations

import ast
import re
from bisect import bisect_left
from collections.abc import Container, Iterable

from vplug.analysis.nodes import walk

#: Words without which nothing is bound unseen: what holds none of them need not be walked.
_WORDS = ("exec", "setattr", "vars", "locals", "global", "modules", "__class__", "__dict__")
_SUSPICIOUS = re.compile(
    r"\b(?:exec|setattr|vars|locals|globals|global|modules|__class__|__dict__)\b"
)
_CHANGING = {"update", "setdefault", "__setitem__", "pop", "__ior__"}


def binds_unseen(
    statements: Iterable[ast.stmt], bound: Container[str], text: str | None = None
) -> ast.AST | None:
    """Return the first construct in a module's statements that may bind names unseen, or ``None``.

    Args:
        statements: the simple ones of the top level, and the functions, in order.
        bound: the names that the top level is known to bind.
        text: the module's source, or ``None`` to walk every statement.
    """
    watcher = _Watcher(bound, text)
    for node in statements:
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            watcher.function(node)
        else:
            watcher.statement(node)
        if watcher.found is not None:
            break
    return watcher.found


class _Watcher:
    """Looks through a module's statements for the first that may bind names unseen.

    Args:
        bound: the names that the module's top level is known to bind.
        text: the module's source, or ``None`` to walk every statement.
    """

    def __init__(self, bound: Container[str], text: str | None = None) -> None:
        self.found: ast.AST | None = None
        self._bound = bound
        self._aliases: set[str] = set()
        # Lone carriage returns end lines to the parser: not worth counting, so walk everything.
        plain = text is not None and text.count("\r") == text.count("\r\n")
        self._lines = _suspicious_lines(text) if text is not None and plain else None

    def statement(self, node: ast.stmt) -> None:
        """Look at a simple statement of the top level."""
        if self.found is not None or not self._is_suspicious(node):
            return
        match node:
            # `g = globals()`: harmless in itself, not what is done with `g`.
            case ast.Assign(value=value, targets=targets) if _namespace(value, top=True):
                self._aliases |= {target.id for target in targets if isinstance(target, ast.Name)}
            case _:
                pass
        self.found = next((c for c in walk(node) if self._binds(c, top=True)), None)

    def function(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> None:
        """Look at a function of the module: it may bind its globals when it is called."""
        if self.found is not None or not self._is_suspicious(node):
            return
        known = set(self._aliases)
        for child in walk(node):
            if isinstance(child, ast.Global):
                if not all(name in self._bound for name in child.names):
                    self.found = child
            elif isinstance(child, ast.Assign) and _namespace(child.value, top=False):
                self._aliases |= {t.id for t in child.targets if isinstance(t, ast.Name)}
            elif node.name != "__getattr__" and self._binds(child, top=False):
                # setattr() in a function is seldom on the module.
                if not (isinstance(child, ast.Call) and getattr(child.func, "id", "") == "setattr"):
                    self.found = child
            if self.found is not None:
                break
        self._aliases = known

    def _is_suspicious(self, node: ast.stmt) -> bool:
        if self._aliases or self._lines is None:
            return True
        index = bisect_left(self._lines, node.lineno)
        return index < len(self._lines) and self._lines[index] <= (node.end_lineno or node.lineno)

    def _binds(self, node: ast.AST, *, top: bool) -> bool:
        match node:
            case ast.Call(func=ast.Name(id="exec" | "setattr" | "vars")):
                return True
            case ast.Subscript(value=owner, ctx=ast.Store()):
                return self._is_namespace(owner, top) or _is_sys_modules(owner)
            case ast.Call(func=ast.Attribute(value=owner, attr=attr)) if attr in _CHANGING:
                return self._is_namespace(owner, top)
            case ast.Attribute(attr="__class__", ctx=ast.Store()):
                return True
            # `sys.modules[__name__].x = 1`
            case ast.Attribute(value=ast.Subscript(value=owner), ctx=ast.Store()):
                return _is_sys_modules(owner)
            case _:
                return False

    def _is_namespace(self, node: ast.expr, top: bool) -> bool:
        return _namespace(node, top=top) or (
            isinstance(node, ast.Name) and node.id in self._aliases
        )


def _namespace(node: ast.expr, *, top: bool) -> bool:
    """Whether an expression is the module's own dictionary; ``locals()`` is that at the top level."""
    match node:
        case ast.Call(func=ast.Name(id="globals")):
            return True
        case ast.Call(func=ast.Name(id="locals")):
            return top
        case ast.Attribute(value=ast.Subscript(value=owner), attr="__dict__"):
            return _is_sys_modules(owner)
        case _:
            return False


def _is_sys_modules(node: ast.expr) -> bool:
    match node:
        case ast.Attribute(value=ast.Name(id="sys"), attr="modules"):
            return True
        case _:
            return False


def _suspicious_lines(text: str) -> list[int]:
    # Word by word with `find`: a pattern of them all would look at every letter.
    places: set[int] = set()
    for word in _WORDS:
        at = text.find(word)
        while at >= 0:
            if _SUSPICIOUS.match(text, at):
                places.add(at)
            at = text.find(word, at + 1)
    found: list[int] = []
    line, last = 1, 0
    for place in sorted(places):
        line += text.count("\n", last, place)
        last = place
        found.append(line)
    return found
