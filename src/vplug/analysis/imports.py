"""The vLLM imports of a module: where, under which condition, guarded or not, at import or later."""

from __future__ import annotations

import ast
from dataclasses import dataclass, field, replace
from enum import StrEnum

from vplug.analysis.conditions import (
    ALWAYS,
    Condition,
    Importable,
    Maybe,
    Never,
    Not,
    Tests,
    both,
    negate,
)
from vplug.analysis.modules import Module, Source
from vplug.analysis.resolve import Resolver, absolute
from vplug.model import Location


class Guard(StrEnum):
    """What a ``try`` around an import catches."""

    NONE = "none"
    MODULE = "module"
    """``ModuleNotFoundError``: a missing module, not a missing name."""
    ALL = "all"


#: Guards by how much they catch.
_RANK = {guard: rank for rank, guard in enumerate(Guard)}


@dataclass(frozen=True, slots=True)
class Import:
    """One name imported.

    Attributes:
        module: the module, absolute.
        name: the name taken from it; ``None`` for ``import module`` and ``*``.
        location: the statement.
        condition: when it runs.
        guard: what is caught if it fails.
    """

    module: str
    name: str | None
    location: Location
    condition: Condition = ALWAYS
    guard: Guard = Guard.NONE

    @property
    def is_vllm(self) -> bool:
        """Whether it takes something from vLLM."""
        return self.module == "vllm" or self.module.startswith("vllm.")


@dataclass
class ModuleImports:
    """A module's imports.

    Attributes:
        top: those that importing the module runs, class bodies included.
        functions: those inside each function, by the function's node id.
        calls: calls that stand unconditionally in each function (``None``: the module's top level).
    """

    top: list[Import] = field(default_factory=list)
    functions: dict[int, list[Import]] = field(default_factory=dict)
    calls: dict[int | None, list[ast.Call]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Context:
    condition: Condition
    guard: Guard
    function: int | None
    locals_: tuple[tuple[str, ast.expr], ...] = ()


def module_imports(resolver: Resolver, module: Module) -> ModuleImports:
    """Return the imports of a module, worked out once; empty where it has no readable source."""
    known = resolver.read_imports.get(module.name)
    if isinstance(known, ModuleImports):
        return known
    source = module.source
    result = ModuleImports()
    if isinstance(source, Source):
        walker = _Walker(resolver, module, result)
        walker.block(source.tree.body, _Context(ALWAYS, Guard.NONE, None))
    resolver.read_imports[module.name] = result
    return result


class _Walker:
    def __init__(self, resolver: Resolver, module: Module, result: ModuleImports) -> None:
        self._tests = Tests(resolver, module)
        self._module = module
        self._result = result

    def block(self, body: list[ast.stmt], context: _Context) -> list[Import]:
        """Walk a block; return the imports that stand directly in it."""
        found: list[Import] = []
        for statement in body:
            if isinstance(context.condition, Never):
                break
            found += self._statement(statement, context)
            if isinstance(statement, ast.If) and _leaves(statement.body):
                # `if old: return`: what follows runs only otherwise.
                test = self._tests.condition(statement.test, dict(context.locals_))
                context = replace(context, condition=both(context.condition, negate(test)))
            elif (
                isinstance(statement, ast.Assign)
                and len(statement.targets) == 1
                and isinstance(statement.targets[0], ast.Name)
            ):
                pair = (statement.targets[0].id, statement.value)
                # Not replace(): a module may hold thousands of these.
                context = _Context(
                    context.condition, context.guard, context.function, (*context.locals_, pair)
                )
        return found

    def _statement(self, node: ast.stmt, context: _Context) -> list[Import]:
        if isinstance(node, (ast.Expr, ast.Assign, ast.Return)):
            # The usual kinds, out of the way of the patterns below.
            if isinstance(node.value, ast.Call):
                self._called(node.value, context)
            return []
        match node:
            case ast.Import() | ast.ImportFrom():
                return self._import(node, context)
            case ast.If():
                return self._if(node, context)
            case ast.Try() | ast.TryStar():
                return self._try(node, context)
            case ast.With(items=items, body=body):
                inner = context
                if any(_suppresses_import_errors(item.context_expr) for item in items):
                    inner = replace(context, guard=Guard.ALL)
                return self.block(body, inner)
            case ast.For(body=body, orelse=orelse) | ast.While(body=body, orelse=orelse):
                return self.block(body + orelse, context)
            case ast.ClassDef(body=body):
                return self.block(body, replace(context, locals_=()))
            case ast.FunctionDef(body=body) | ast.AsyncFunctionDef(body=body):
                # When it is called is another question: it starts with a clean slate.
                inner = _Context(ALWAYS, Guard.NONE, id(node))
                if context.function is not None:
                    inner = replace(inner, function=context.function)
                self._result.functions.setdefault(id(node), [])
                self.block(body, inner)
                return []
            case _:
                return []

    def _if(self, node: ast.If, context: _Context) -> list[Import]:
        found: list[Import] = []
        while True:  # a chain of elifs may be a thousand long
            condition = self._tests.condition(node.test, dict(context.locals_))
            inner = replace(context, condition=both(context.condition, condition))
            found += self.block(node.body, inner)
            context = replace(context, condition=both(context.condition, negate(condition)))
            chained = node.orelse[0] if len(node.orelse) == 1 else None
            if not isinstance(chained, ast.If):
                return found + self.block(node.orelse, context)
            node = chained

    def _called(self, call: ast.Call, context: _Context) -> None:
        if context.condition == ALWAYS and context.guard is Guard.NONE:
            self._result.calls.setdefault(context.function, []).append(call)

    def _import(self, node: ast.Import | ast.ImportFrom, context: _Context) -> list[Import]:
        location = self._module.at(node)
        found = []
        if isinstance(node, ast.Import):
            pairs: list[tuple[str, str | None]] = [(alias.name, None) for alias in node.names]
        else:
            base = absolute(self._module, node.module or "", node.level)
            names = [None if alias.name == "*" else alias.name for alias in node.names]
            pairs = [(base, name) for name in names] if base is not None else []
        for module, name in pairs:
            found.append(Import(module, name, location, context.condition, context.guard))
        if context.function is None:
            self._result.top += found
        else:
            self._result.functions.setdefault(context.function, []).extend(found)
        return found

    def _try(self, node: ast.Try | ast.TryStar, context: _Context) -> list[Import]:
        guards = [_catches(handler) for handler in node.handlers]
        guard = max([context.guard, *guards], key=_RANK.__getitem__)
        found = self.block(node.body + node.orelse, replace(context, guard=guard))
        tried = tuple((item.module, item.name) for item in found if item.is_vllm)
        for handler, caught in zip(node.handlers, guards, strict=True):
            if caught is Guard.NONE or not tried:
                # What runs on other errors, or where nothing of vLLM's was tried: cannot be told.
                condition: Condition = both(context.condition, _MAYBE)
            else:
                condition = both(context.condition, Not(Importable(tried)))
            self.block(handler.body, replace(context, condition=condition))
        found += self.block(node.finalbody, context)
        return found


_MAYBE = Maybe("an exception handler")


def _leaves(body: list[ast.stmt]) -> bool:
    return bool(body) and isinstance(body[-1], (ast.Return, ast.Raise, ast.Continue, ast.Break))


_ALL = {"ImportError", "Exception", "BaseException"}


def _catches(handler: ast.ExceptHandler) -> Guard:
    """What import failures a handler keeps from going on; one that raises again keeps none."""
    if any(isinstance(statement, ast.Raise) for statement in handler.body):
        return Guard.NONE
    if handler.type is None:
        return Guard.ALL
    types = handler.type.elts if isinstance(handler.type, ast.Tuple) else [handler.type]
    names = {t.attr if isinstance(t, ast.Attribute) else getattr(t, "id", "") for t in types}
    if names & _ALL:
        return Guard.ALL
    return Guard.MODULE if "ModuleNotFoundError" in names else Guard.NONE


def _suppresses_import_errors(node: ast.expr) -> bool:
    match node:
        case ast.Call(func=ast.Name(id="suppress") | ast.Attribute(attr="suppress"), args=args):
            return any(getattr(arg, "id", "") in _ALL for arg in args)
        case _:
            return False
