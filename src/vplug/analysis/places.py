"""Statements by what stands on their lines, with what is around them: guards, conditions, functions.

A rule that looks for a word (``print``, ``environ``) reads a module's text for it and asks only for the
statements on the lines where it stands. Walking every syntax tree would take longer than parsing it.
"""

from __future__ import annotations

import ast
import builtins
import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from vplug.analysis.bindings import is_main, is_type_checking
from vplug.analysis.modules import Module, Source
from vplug.analysis.nodes import children
from vplug.analysis.scopes import FunctionNode, walk_body
from vplug.model import Location

_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
_LOOPS = (ast.For, ast.AsyncFor, ast.While)
_LEAVING = (ast.Return, ast.Raise, ast.Continue, ast.Break)


@dataclass(frozen=True, slots=True)
class Step:
    """One block on the way from a module's top level to a statement.

    Attributes:
        node: the compound statement.
        field: which of its blocks: ``body``, ``orelse``, ``handlers``, ``finalbody``, ``cases``.
        block: the block's statements.
    """

    node: ast.stmt
    field: str
    block: Sequence[ast.stmt]


@dataclass(frozen=True)
class Place:
    """A statement and what is around it.

    Attributes:
        module: where it stands.
        node: the statement; of a compound one, its head.
        steps: the blocks around it, outermost first.
        top: the module's top level.
    """

    module: Module
    node: ast.stmt
    steps: tuple[Step, ...]
    top: Sequence[ast.stmt]

    @cached_property
    def functions(self) -> tuple[FunctionNode, ...]:
        """The functions whose bodies it stands in, outermost first."""
        return tuple(step.node for step in self.steps if isinstance(step.node, _FUNCTIONS))

    @property
    def function(self) -> FunctionNode | None:
        """The function whose running runs it; ``None`` at the top level and in class bodies there."""
        return self.functions[-1] if self.functions else None

    @property
    def never_runs(self) -> bool:
        """Whether it stands under ``TYPE_CHECKING``, or where only a script gets."""
        return any(
            isinstance(step.node, ast.If)
            and step.field == "body"
            and (is_type_checking(step.node.test) or is_main(step.node.test))
            for step in self.steps
        )

    @cached_property
    def inner(self) -> tuple[Step, ...]:
        """The blocks around it within its function, or within the module."""
        for index in range(len(self.steps) - 1, -1, -1):
            if isinstance(self.steps[index].node, _FUNCTIONS):
                return self.steps[index + 1 :]
        return self.steps

    @property
    def is_sure(self) -> bool:
        """Whether it runs whenever its function does: no condition, no loop, nothing that left before."""
        outer = self.steps[len(self.steps) - len(self.inner) - 1 :] if self.functions else ()
        first = outer[0].block if outer else self.top
        blocks = [first, *(step.block for step in self.inner)]
        below = [*(step.node for step in self.inner), self.node]
        for block, here in zip(blocks, below, strict=True):
            for before in block:
                if before is here:
                    break
                if _may_leave(before):
                    return False
        return not any(_is_conditional(step) for step in self.inner)

    def is_caught(self, error: type[BaseException]) -> bool:
        """Return whether its function (or module) catches ``error`` when this raises it."""
        for step in self.inner:
            node = step.node
            if isinstance(node, (ast.Try, ast.TryStar)) and step.field == "body":
                if any(handles(handler, error) for handler in node.handlers):
                    return True
            elif isinstance(node, (ast.With, ast.AsyncWith)):
                if any(_suppresses(item.context_expr, error) for item in node.items):
                    return True
        return False

    @property
    def location(self) -> Location:
        """Where it stands."""
        return self.module.at(self.node)

    def at(self, node: ast.AST) -> Location:
        """Return where ``node``, a part of it, stands."""
        return self.module.at(node)

    def walk(self) -> Iterator[ast.AST]:
        """Yield the nodes that running it runs; of a compound statement, those of its head."""
        stack: list[ast.AST] = list(reversed(_head(self.node)))
        while stack:
            node = stack.pop()
            yield node
            if isinstance(node, ast.Lambda):
                stack += [d for d in (*node.args.defaults, *node.args.kw_defaults) if d is not None]
            else:
                stack += reversed(children(node))

    def calls(self) -> Iterator[ast.Call]:
        """Yield the calls that running it makes."""
        for node in self.walk():
            if isinstance(node, ast.Call):
                yield node


def places(
    module: Module,
    pattern: re.Pattern[str],
    words: tuple[str, ...] = (),
    *,
    within: FunctionNode | None = None,
    at_import: bool = False,
) -> Iterator[Place]:
    """Yield the statements on whose lines ``pattern`` is found, in order, each once.

    Args:
        module: the module; one without readable source yields nothing.
        pattern: what to look for, in the text; strings and comments are part of it.
        words: text that holds none of these is not searched: much quicker than the pattern.
        within: only in this function's lines.
        at_import: only outside functions' bodies.

    What never runs (under ``TYPE_CHECKING``, or in a script only) is left out.
    """
    source = module.source
    if not isinstance(source, Source):
        return
    text = source.plain_text
    if words and not any(word in text for word in words):
        return
    seen: set[int] = set()
    everywhere = within is None and not at_import
    for line, start, end in _stretches(source, within, at_import):
        before, current = start, line
        found = source.matches(pattern) if everywhere else pattern.finditer(text, start, end)
        for match in found:
            here = match.start() + (text[match.start()] == "\n")
            current += text.count("\n", before, here)
            before = here
            for place in _on_line(module, source.tree.body, current):
                if id(place.node) not in seen and not place.never_runs:
                    seen.add(id(place.node))
                    yield place


def _stretches(
    source: Source, within: FunctionNode | None, at_import: bool
) -> list[tuple[int, int, int]]:
    """The stretches of the text to search: first line, and where it begins and ends."""
    if within is None and not at_import:
        return [(1, 0, len(source.plain_text))]
    starts = source.line_starts
    count = len(starts) - 1
    if within is not None:
        last = min(within.end_lineno or within.lineno, count)
        return [(within.lineno, starts[within.lineno - 1], starts[last])]
    found: list[tuple[int, int, int]] = []
    line = 1
    for first, last in [*_bodies(source.tree.body), (count + 1, count)]:
        if first > line:
            found.append((line, starts[line - 1], starts[first - 1]))
        line = max(line, last + 1)
    return found


def _bodies(block: Sequence[ast.stmt]) -> list[tuple[int, int]]:
    """The first and last lines of the bodies of functions at the top level and in classes there."""
    found: list[tuple[int, int]] = []
    for node in block:
        if isinstance(node, _FUNCTIONS):
            found.append((node.body[0].lineno, node.end_lineno or node.lineno))
        elif isinstance(node, ast.ClassDef):
            found += _bodies(node.body)
    return found


def _on_line(module: Module, top: Sequence[ast.stmt], line: int) -> Iterator[Place]:
    pending: list[tuple[Sequence[ast.stmt], tuple[Step, ...]]] = [(top, ())]
    while pending:
        block, steps = pending.pop()
        index = bisect_right(block, line, key=_start) - 1
        while index >= 0 and (block[index].end_lineno or 0) >= line:
            node = block[index]
            inner = [
                (name, part)
                for name, part in _blocks(node)
                if part and _start(part[0]) <= line <= (part[-1].end_lineno or 0)
            ]
            if not inner or line <= _head_end(node):
                yield Place(module, node, steps, top)
            pending += [(part, (*steps, Step(node, name, part))) for name, part in inner]
            index -= 1


def _start(node: ast.stmt) -> int:
    decorators = getattr(node, "decorator_list", None)
    return decorators[0].lineno if decorators else node.lineno


def _blocks(node: ast.stmt) -> Iterator[tuple[str, Sequence[ast.stmt]]]:
    for name in ("body", "orelse", "finalbody"):
        part = getattr(node, name, None)
        if isinstance(part, list):
            yield name, part
    for handler in getattr(node, "handlers", ()):
        yield "handlers", handler.body
    for case in getattr(node, "cases", ()):
        yield "cases", case.body


def _head(node: ast.stmt) -> list[ast.AST]:
    """What of a compound statement runs where it stands; a simple statement is its own head."""
    match node:
        case ast.FunctionDef() | ast.AsyncFunctionDef():
            defaults = [*node.args.defaults, *node.args.kw_defaults]
            return [*node.decorator_list, *(d for d in defaults if d is not None)]
        case ast.ClassDef():
            return [*node.decorator_list, *node.bases, *(k.value for k in node.keywords)]
        case ast.If(test=test) | ast.While(test=test):
            return [test]
        case ast.For(iter=expression) | ast.AsyncFor(iter=expression):
            return [expression]
        case ast.With(items=items) | ast.AsyncWith(items=items):
            return [item.context_expr for item in items]
        case ast.Match(subject=subject):
            return [subject]
        case ast.Try() | ast.TryStar():
            return []
        case _:
            return [node]


def _head_end(node: ast.stmt) -> int:
    """The last line of a compound statement's head; 0 where nothing of it runs there."""
    lines = [getattr(part, "end_lineno", None) or node.lineno for part in _head(node)]
    return max(lines, default=0)


def _is_conditional(step: Step) -> bool:
    if step.field in {"handlers", "cases", "orelse"}:
        return True
    if isinstance(step.node, ast.If):
        test = step.node.test
        return not (isinstance(test, ast.Constant) and bool(test.value))
    return isinstance(step.node, _LOOPS)


def _may_leave(node: ast.stmt) -> bool:
    if isinstance(node, _LEAVING):
        return True
    if not any(True for _ in _blocks(node)):
        return False
    if isinstance(node, (*_FUNCTIONS, ast.ClassDef)):
        return False
    return any(isinstance(child, (ast.Return, ast.Raise)) for child in walk_body([node]))


def handles(handler: ast.ExceptHandler, error: type[BaseException]) -> bool:
    """Return whether a handler catches ``error`` and does not raise again.

    A name that is no builtin's may be any class: it is taken to catch.
    """
    if any(isinstance(statement, ast.Raise) for statement in handler.body):
        return False
    if handler.type is None:
        return True
    types = handler.type.elts if isinstance(handler.type, ast.Tuple) else [handler.type]
    return any(_covers(node, error) for node in types)


def _covers(node: ast.expr, error: type[BaseException]) -> bool:
    name = node.attr if isinstance(node, ast.Attribute) else getattr(node, "id", "")
    known: Any = getattr(builtins, name, None)
    if isinstance(known, type):
        return issubclass(error, known)
    return name.isupper()


def _suppresses(node: ast.expr, error: type[BaseException]) -> bool:
    match node:
        case ast.Call(func=ast.Name(id="suppress") | ast.Attribute(attr="suppress"), args=args):
            return any(_covers(argument, error) for argument in args)
        case _:
            return False
