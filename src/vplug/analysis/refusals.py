"""Where loading a plugin raises of itself: ``raise``, ``assert`` and ``sys.exit``, and when they run."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass, replace

from vplug.analysis.branches import Tests
from vplug.analysis.closing import closed, named, nowhere
from vplug.analysis.conditions import ALWAYS, Condition, Maybe, Never, both, negate
from vplug.analysis.following import (
    Following,
    bound_again,
    bound_in,
    calls_of,
    holds,
    is_one_of_several,
    passed,
    raising_lines,
)
from vplug.analysis.guards import Guard
from vplug.analysis.imported import Import, ModuleImports
from vplug.analysis.imports import ImportWalker, WalkContext, leaves
from vplug.analysis.modules import Module, Source
from vplug.analysis.nodes import children
from vplug.analysis.resolve import Resolver
from vplug.model import Location

_EXITS = frozenset({"sys.exit", "exit", "quit", "os._exit", "os.abort"})
_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda, ast.ClassDef)
_CALL_DEPTH = 6
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


def refusals_at_import(
    resolver: Resolver, module: Module, following: Following
) -> Iterator[Refusal]:
    """Yield what ends the import of a module: outside functions and classes, and in what that calls."""
    source = module.source
    if not isinstance(source, Source):
        return
    lines = following.lines(module)
    if any(
        (lines and holds(lines, node)) or following.may_lead(module, node)
        for node in source.tree.body
        if not isinstance(node, _FUNCTIONS)
    ):
        yield from _Walker(resolver, module, following).found_in(source.tree.body)


def refusals_of_call(
    resolver: Resolver, module: Module, function: ast.AST, following: Following | None
) -> Iterator[Refusal]:
    """Yield what ends a call of a function by what stands in it.

    Args:
        resolver: over the target's modules.
        module: where it stands.
        function: the function.
        following: tells which calls to go into, with what they are given; ``None`` for none.
    """
    if not isinstance(module.source, Source) or not isinstance(function, ast.FunctionDef):
        return
    if is_one_of_several(module, function):
        return  # which of them is called only running tells
    lines = following.lines(module) if following is not None else raising_lines(module)
    if holds(lines, function) or (
        following is not None and following.may_lead(module, function, function)
    ):
        # What it is given is not known, whatever the module calls so.
        given = tuple((name, nowhere(name)) for name in sorted(bound_in(function)))
        walker = _Walker(resolver, module, following, function)
        yield from walker.found_in(function.body, given=given)


class _Walker(ImportWalker):
    """Notes what raises; goes into functions only where they are called.

    Args:
        resolver: over the target's modules.
        module: where the block stands.
        following: which calls are followed; ``None`` for none.
        function: the function that it is the body of; ``None`` for a module's.
        outer: the walker that came upon the call of the function.
    """

    def __init__(
        self,
        resolver: Resolver,
        module: Module,
        following: Following | None,
        function: ast.FunctionDef | None = None,
        outer: _Walker | None = None,
    ) -> None:
        super().__init__(resolver, module, ModuleImports(), "")
        self._tests = Tests(resolver, module, asks=True)
        self._following = following
        self._function = function
        self._calls: tuple[int, ...] = (*(outer._calls if outer else ()), id(function))
        self._is_called: bool = outer._is_called if outer is not None else function is not None
        self._again = bound_again(function) if function is not None else frozenset()
        self._found: list[Refusal] = []

    def found_in(
        self,
        body: list[ast.stmt],
        condition: Condition = ALWAYS,
        given: tuple[tuple[str, ast.expr], ...] = (),
    ) -> list[Refusal]:
        """Return what in a body raises, in order.

        Args:
            body: the body.
            condition: when it runs.
            given: the arguments by parameter, closed over the module that they stand in.
        """
        function = id(self._function) if self._function is not None else None
        self.block(body, WalkContext(condition, Guard.NONE, function, given))
        return self._found

    def _statement(self, node: ast.stmt, context: WalkContext) -> list[Import]:
        if isinstance(node, (ast.Expr, ast.Assign, ast.AnnAssign, ast.Return)):
            self._follow(node.value, context)
        elif isinstance(node, ast.If):
            self._follow(node.test, context)
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

    def _follow(self, value: ast.expr | None, context: WalkContext) -> None:
        """Note what raises in the functions of the package's own that an expression calls."""
        if self._following is None or self._is_caught(context):
            return
        for call in calls_of(value):
            callee = self._following.callee(self._module, call, self._function)
            if callee is None or id(callee[1]) in self._calls or len(self._calls) > _CALL_DEPTH:
                continue
            module, function = callee
            if not self._following.may_raise(module, function):
                continue
            hidden = bound_in(self._function) if self._function is not None else frozenset()
            known = dict(context.locals_)
            unknown = tuple((name, nowhere(name)) for name in sorted(bound_in(function)))
            given = tuple(
                (name, closed(self._resolver, origin, node, names, within))
                for name, origin, node, names, within in passed(
                    call, function, module, self._module, known, hidden
                )
            )
            walker = _Walker(self._resolver, module, self._following, function, self)
            self._found += walker.found_in(function.body, context.condition, unknown + given)

    def _after(self, node: ast.stmt, new: list[Import], context: WalkContext) -> WalkContext:
        following = super()._after(node, new, context)
        if isinstance(node, (ast.Import, ast.ImportFrom)) and self._function is not None:
            taken = tuple((local, named(full)) for local, full in self._names_of(node))
            following = replace(following, locals_=(*following.locals_, *taken))
        if isinstance(node, ast.If):
            arms = [arm for arm in (node.body, node.orelse) if not leaves(arm)]
            unsure = any(_may_leave(statement) for arm in arms for statement in arm)
        else:
            unsure = _may_leave(node)
        again = self._again
        if again and following.locals_ != context.locals_:
            taken = tuple((n, nowhere(n) if n in again else v) for n, v in following.locals_)
            following = replace(following, locals_=taken)
        if not unsure:
            return following
        return replace(following, condition=both(following.condition, _LEFT))

    def _note(self, node: ast.stmt, error: str, context: WalkContext, condition: Condition) -> None:
        if self._is_caught(context) or isinstance(condition, Never):
            return
        self._found.append(Refusal(error, self._module.at(node), condition, self._is_called))

    def _is_caught(self, context: WalkContext) -> bool:
        return context.in_try or context.guard is not Guard.NONE

    def _names_of(self, node: ast.Import | ast.ImportFrom) -> Iterator[tuple[str, str]]:
        """What an import in a function binds, each name with the full one."""
        if isinstance(node, ast.Import):
            for alias in node.names:
                if alias.asname is not None:
                    yield alias.asname, alias.name
        elif not node.level and node.module:
            for alias in node.names:
                if alias.name != "*":
                    yield alias.asname or alias.name, f"{node.module}.{alias.name}"


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
