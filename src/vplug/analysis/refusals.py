"""Where loading a plugin raises of itself: ``raise``, ``assert`` and ``sys.exit``, and when they run."""

from __future__ import annotations

import ast
import re
from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass, replace

from vplug.analysis.conditions import ALWAYS, Condition, Maybe, Never, both, negate
from vplug.analysis.guards import Guard
from vplug.analysis.imports import (
    Import,
    ImportWalker,
    ModuleImports,
    WalkContext,
    leaves,
)
from vplug.analysis.modules import Module, Source
from vplug.analysis.nodes import children
from vplug.analysis.resolve import Resolver
from vplug.model import Location

_WORD = re.compile(r"\b(?:raise|assert|exit|quit|SystemExit)\b")
_WORDS = ("raise", "assert", "exit", "quit")
_EXITS = frozenset({"sys.exit", "exit", "quit", "os._exit", "os.abort"})
_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda, ast.ClassDef)
#: What follows a statement that may leave is not sure to run; what may be there is not reckoned with.
_LEFT = Maybe("what runs before it", likely=False)


@dataclass(frozen=True, slots=True)
class Refusal:
    """A statement that ends loading, and that nothing around it catches.

    Attributes:
        error: what it raises, as written: ``RuntimeError``, or ``RuntimeError: text``.
        location: the statement.
        condition: when it runs.
        is_called: whether it stands in a function, so that calling raises and importing does not.
    """

    error: str
    location: Location
    condition: Condition
    is_called: bool


def refusals_at_import(resolver: Resolver, module: Module) -> Iterator[Refusal]:
    """Yield what ends the import of a module, wherever it stands outside functions and classes."""
    source = module.source
    if not isinstance(source, Source) or not any(word in source.text for word in _WORDS):
        return
    lines = _lines(source.text)
    if not any(
        _holds(lines, node) for node in source.tree.body if not isinstance(node, _FUNCTIONS)
    ):
        return
    yield from _Walker(resolver, module, lines).found_in(source.tree.body, None)


def refusals_of_call(resolver: Resolver, module: Module, function: ast.AST) -> Iterator[Refusal]:
    """Yield what ends a call of a function by what stands in the function itself."""
    source = module.source
    if not isinstance(source, Source) or not isinstance(function, ast.FunctionDef):
        return
    lines = _lines(source.text)
    if _holds(lines, function):
        yield from _Walker(resolver, module, lines).found_in(function.body, id(function))


class _Walker(ImportWalker):
    """Notes what raises; goes into no function."""

    def __init__(self, resolver: Resolver, module: Module, lines: list[int]) -> None:
        super().__init__(resolver, module, ModuleImports(), "")
        self._words = lines
        self._found: list[Refusal] = []

    def found_in(self, body: list[ast.stmt], function: int | None) -> list[Refusal]:
        """Return what in a body raises, in order."""
        self.block(body, WalkContext(ALWAYS, Guard.NONE, function))
        return self._found

    def _statement(self, node: ast.stmt, context: WalkContext) -> list[Import]:
        match node:
            case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
                return []
            case ast.Import() | ast.ImportFrom():
                # Whether it works is a condition of what follows, so these are asked for always.
                return super()._statement(node, context)
            case ast.Raise():
                self._note(node, _raised(node), context, context.condition)
                return []
            case ast.Assert(test=test):
                fails = negate(self._tests.condition(test, dict(context.locals_)))
                self._note(node, "AssertionError", context, both(context.condition, fails))
                return []
            case ast.Expr(value=ast.Call(func=func)) if ast.unparse(func) in _EXITS:
                name = ast.unparse(func)
                error = name if name.startswith("os.") else "SystemExit"
                self._note(node, error, context, context.condition)
                return []
            case ast.With(items=items) if any(_is_suppress(item) for item in items):
                return super()._statement(node, replace(context, in_try=True))
            case _:
                return super()._statement(node, context)

    def _after(self, node: ast.stmt, new: list[Import], context: WalkContext) -> WalkContext:
        following = super()._after(node, new, context)
        if isinstance(node, ast.If):
            arms = [arm for arm in (node.body, node.orelse) if not leaves(arm)]
            unsure = any(_may_leave(statement) for arm in arms for statement in arm)
        else:
            unsure = _may_leave(node)
        if not unsure:
            return following
        return replace(following, condition=both(following.condition, _LEFT))

    def _note(self, node: ast.stmt, error: str, context: WalkContext, condition: Condition) -> None:
        if context.in_try or context.guard is not Guard.NONE or isinstance(condition, Never):
            return
        place = self._module.at(node)
        self._found.append(Refusal(error, place, condition, context.function is not None))


def _lines(text: str) -> list[int]:
    """The lines on which one of the words stands."""
    found, line, last = [], 1, 0
    for match in _WORD.finditer(text):
        line, last = line + text.count("\n", last, match.start()), match.start()
        found.append(line)
    return found


def _holds(lines: list[int], node: ast.stmt) -> bool:
    index = bisect_left(lines, node.lineno)
    return index < len(lines) and lines[index] <= (node.end_lineno or node.lineno)


def _raised(node: ast.Raise) -> str:
    """What a statement raises, with the text it is given where that is written out."""
    match node.exc:
        case None:
            return "again what it caught"
        case ast.Call(func=func, args=[ast.Constant(value=str(text)), *_]):
            return f"{ast.unparse(func)}: {text}"
        case ast.Call(func=func):
            return ast.unparse(func)
        case other:
            return ast.unparse(other)


def _is_suppress(item: ast.withitem) -> bool:
    call = item.context_expr
    return isinstance(call, ast.Call) and ast.unparse(call.func).endswith("suppress")


def _may_leave(node: ast.stmt) -> bool:
    """Whether a statement holds one that leaves its block: what follows may then not run."""
    waiting: list[ast.AST] = [node]
    while waiting:
        current = waiting.pop()
        if isinstance(current, (ast.Return, ast.Break, ast.Continue, ast.Yield, ast.YieldFrom)):
            return True
        waiting += [child for child in children(current) if not isinstance(child, _FUNCTIONS)]
    return False
