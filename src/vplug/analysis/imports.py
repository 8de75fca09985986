"""The vLLM imports of a module: where, under which condition, guarded or not, at import or later."""

from __future__ import annotations

import ast
from bisect import bisect_left
from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import partial

from vplug.analysis.assigned import assigned, constants
from vplug.analysis.branches import Tests
from vplug.analysis.conditions import (
    ALWAYS,
    NEVER,
    Condition,
    Importable,
    Maybe,
    Never,
    Not,
    both,
    negate,
)
from vplug.analysis.guards import RANK, Guard, catches, raises_again, suppressed
from vplug.analysis.imported import Import, ModuleImports, surely_run
from vplug.analysis.modules import Module, ModuleKind, Source, is_below_vllm
from vplug.analysis.registration_kinds import BY_FUNCTION
from vplug.analysis.resolve import Resolver, absolute
from vplug.analysis.turns import turns_once
from vplug.analysis.words import lines_that_register, lines_with_imports, own_names
from vplug.errors import Unreadable
from vplug.model import Location

#: How far guarded imports of modules that hold guarded imports are followed: each is a call in a call.
_GUARDED_DEPTH = 8


@dataclass(frozen=True, slots=True)
class WalkContext:
    """What holds where a statement stands.

    Attributes:
        condition: when it runs.
        guard: what is caught of an import that fails.
        function: the node id of the function it stands in; ``None`` for the top level.
        locals_: the local names assigned so far, each with its expression.
        in_try: whether a handler around it may catch what it raises.
    """

    condition: Condition
    guard: Guard
    function: int | None
    locals_: tuple[tuple[str, ast.expr], ...] = ()
    in_try: bool = False


def module_imports(resolver: Resolver, module: Module) -> ModuleImports:
    """Return the imports of a module, worked out once; empty where it has no readable source."""
    known = resolver.read_imports.get(module.name)
    if isinstance(known, ModuleImports):
        return known
    return _walked(resolver, module, module.source, resolver.read_imports)


def outlined_imports(resolver: Resolver, module: Module) -> ModuleImports:
    """Return as :func:`module_imports`, without what stands in functions where that is not read yet.

    What importing the module imports is all there; of the calls, those at the top level.
    """
    if module.was_read:
        return module_imports(resolver, module)
    known = resolver.read_outlines.get(module.name)
    if isinstance(known, ModuleImports):
        return known
    return _walked(resolver, module, module.outline, resolver.read_outlines)


def _walked(
    resolver: Resolver, module: Module, source: Source | Unreadable, known: dict[str, object]
) -> ModuleImports:
    # Known before it is filled: a test may lead through other modules back to this one.
    result = known[module.name] = ModuleImports()
    if isinstance(source, Source):
        walker = ImportWalker(resolver, module, result, source.text)
        walker.block(source.tree.body, WalkContext(ALWAYS, Guard.NONE, None))
    return result


class ImportWalker:
    """Walks the statements of a module or function with the conditions under which they run.

    Args:
        resolver: over the target's modules.
        module: the module.
        result: where what is found is noted.
        text: the module's source.
    """

    def __init__(
        self, resolver: Resolver, module: Module, result: ModuleImports, text: str
    ) -> None:
        self._resolver = resolver
        self._tests = Tests(resolver, module)
        self._module = module
        self._result = result
        self._strings = own_names(text, module)
        self._lines = sorted(
            {*lines_with_imports(text), *self._strings, *lines_that_register(text)}
        )

    def block(self, body: list[ast.stmt], context: WalkContext) -> list[Import]:
        """Walk a block; return the imports that stand directly in it."""
        found: list[Import] = []
        for statement in body:
            if isinstance(context.condition, Never):
                break
            new = self._statement(statement, context)
            found += new
            if isinstance(statement, (ast.Return, ast.Raise, ast.Continue, ast.Break)):
                break
            context = self._after(statement, new, context)
        return found

    def _after(self, node: ast.stmt, new: list[Import], context: WalkContext) -> WalkContext:
        """What holds for the statements after ``node``: early exits and plain assignments."""
        match node:
            case ast.If(test=test, body=body, orelse=orelse):
                # `if old: return`: what follows runs only otherwise.
                condition = self._tests.condition(test, dict(context.locals_))
                held = context.condition
                if leaves(body):
                    held = both(held, negate(condition))
                if leaves(orelse):
                    held = both(held, condition)
                return replace(context, condition=held)
            case ast.Try(handlers=handlers):
                # `except ImportError: return`: what follows runs only where the import worked.
                if any(catches(h) is not Guard.NONE and leaves(h.body) for h in handlers):
                    worked = works(self._resolver, self._standing_in(node, new))
                    return replace(context, condition=both(context.condition, worked))
                return context
            case ast.Import() | ast.ImportFrom() if context.guard is not Guard.NONE:
                # In a `try`, what follows an import runs only where that worked.
                return replace(
                    context, condition=both(context.condition, works(self._resolver, new))
                )
            case ast.Assign(targets=[target], value=value) if context.function is not None:
                # At the top level the resolver knows it.
                pairs = assigned(target, value)
                return replace(context, locals_=(*context.locals_, *pairs)) if pairs else context
            case ast.AnnAssign(target=target, value=ast.expr() as value) if context.function:
                pairs = assigned(target, value)
                return replace(context, locals_=(*context.locals_, *pairs)) if pairs else context
            case _:
                return context

    def _named_by(self, node: ast.stmt, context: WalkContext) -> None:
        """Note the own modules and classes that strings of a simple statement name."""
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            return  # a docstring
        for line in range(node.lineno, (node.end_lineno or node.lineno) + 1):
            for named in self._strings.get(line, ()):
                place = Location(self._module.at(node).path, line)
                item = Import(named.module, named.name, place, context.condition, context.guard)
                self._result.named.append((context.function, item))
                if named.is_reference:
                    self._result.references.append((context.function, item))

    def _statement(self, node: ast.stmt, context: WalkContext) -> list[Import]:
        if self._strings and not isinstance(node, _COMPOUND):
            self._named_by(node, context)
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
                for item in items:
                    caught = suppressed(item.context_expr)
                    inner = replace(inner, guard=max(inner.guard, caught, key=RANK.__getitem__))
                return self.block(body, inner)
            case ast.For(body=body, orelse=orelse) | ast.While(body=body, orelse=orelse):
                turns = context
                if isinstance(node, ast.While) and self._tests.condition(node.test) == NEVER:
                    turns = replace(context, condition=NEVER)
                elif not self._turns_once(node, context):
                    turns = replace(context, condition=both(context.condition, Maybe("a loop")))
                return self.block(body, turns) + self.block(orelse, context)
            case ast.ClassDef(body=body, decorator_list=decorators):
                for decorator in decorators:
                    self._registers(decorator, context)
                return self.block(body, replace(context, locals_=()))
            case ast.FunctionDef(body=body) | ast.AsyncFunctionDef(body=body):
                # When it is called is another question; that it is there at all hangs on where it stands.
                there = context.condition if context.function is None else ALWAYS
                inner = WalkContext(there, Guard.NONE, id(node))
                self._result.functions.setdefault(id(node), [])
                self._result.outer[id(node)] = context.function
                self._result.nested.setdefault((context.function, node.name), []).append(node)
                if self._imports_between(node.lineno, node.end_lineno):
                    self.block(body, inner)
                elif there == ALWAYS:
                    self._result.waiting[id(node)] = partial(self._calls_in, body, inner)
                return []
            case _:
                return []

    def _imports_between(self, first: int, last: int | None) -> bool:
        """Whether the word stands on any of these lines: most functions hold no import at all."""
        index = bisect_left(self._lines, first)
        return index < len(self._lines) and self._lines[index] <= (last or first)

    def _calls_in(self, body: list[ast.stmt], context: WalkContext) -> None:
        """Note the plain calls of a body without imports, up to where it may leave."""
        for statement in body:
            match statement:
                case ast.Expr(value=ast.Call() as call) | ast.Assign(value=ast.Call() as call):
                    self._called(call, context)
                case ast.Return(value=value):
                    if isinstance(value, ast.Call):
                        self._called(value, context)
                    return
                case ast.With(body=inner) | ast.Try(body=inner, handlers=[]):
                    self._calls_in(inner, context)
                case ast.For(body=inner) | ast.While(body=inner) if self._turns_once(
                    statement, context
                ):
                    self._calls_in(inner, context)
                case ast.FunctionDef() | ast.AsyncFunctionDef():
                    self._statement(statement, context)
                case ast.Raise():
                    return
                case ast.If(body=inner, orelse=orelse) if leaves(inner) or leaves(orelse):
                    return
                case ast.Try(body=inner, handlers=handlers):
                    guards = [context.guard, *map(catches, handlers)]
                    guard = max(guards, key=RANK.__getitem__)
                    self._calls_in(inner, replace(context, in_try=True, guard=guard))
                    if any(leaves(h.body) for h in handlers):
                        return
                case _:
                    continue

    def _if(self, node: ast.If, context: WalkContext) -> list[Import]:
        found: list[Import] = []
        while True:  # a chain of elifs may be a thousand long
            condition = self._tests.condition(node.test, dict(context.locals_))
            otherwise = negate(condition)
            if isinstance(condition, Maybe) and node.orelse:
                # Which arm is for which release only running tells; the one whose imports work is
                # taken to be the one that runs.
                instead = self._stands_in(node.orelse, node.body)
                condition = both(condition, instead) if instead else condition
                instead = self._stands_in(node.body, node.orelse)
                otherwise = both(otherwise, instead) if instead else otherwise
            inner = replace(context, condition=both(context.condition, condition))
            found += self.block(node.body, inner)
            context = replace(context, condition=both(context.condition, otherwise))
            chained = node.orelse[0] if len(node.orelse) == 1 else None
            if not isinstance(chained, ast.If):
                return found + self.block(node.orelse, context)
            node = chained

    def _stands_in(self, body: list[ast.stmt], other: list[ast.stmt]) -> Condition | None:
        """The condition that ``body`` does not give the names that ``other`` takes from vLLM."""
        theirs = {local for local, _, _ in self._taken(other)}
        mine = [(module, name) for local, module, name in self._taken(body) if local in theirs]
        return Not(Importable(tuple(mine))) if mine else None

    def _taken(self, body: list[ast.stmt]) -> list[tuple[str, str, str | None]]:
        """What the imports of an arm bind, with the module and name of vLLM's that it is."""
        found: list[tuple[str, str, str | None]] = []
        for node in body:
            if isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
                found += [(a.asname or a.name, node.module, a.name) for a in node.names]
            elif isinstance(node, ast.Import):
                found += [(a.asname or a.name, a.name, None) for a in node.names]
        return [item for item in found if item[1].partition(".")[0] == "vllm"]

    def _called(self, call: ast.Call, context: WalkContext) -> None:
        """Note a call that surely runs, and the calls that make its arguments."""
        if context.condition is not ALWAYS or context.guard is not Guard.NONE or context.in_try:
            self._registers(call, context)
            if context.guard is not Guard.NONE:
                caught = self._result.caught.setdefault(context.function, [])
                caught.append((call, context.condition))
            return
        noted = self._result.calls.setdefault(context.function, [])
        queue: list[ast.expr] = [call]
        while queue:
            node = queue.pop()
            if isinstance(node, ast.Call):
                noted.append(node)
                queue += [node.func, *node.args, *(keyword.value for keyword in node.keywords)]
            elif isinstance(node, (ast.Attribute, ast.Starred)):
                queue.append(node.value)

    def _registers(self, node: ast.expr, context: WalkContext) -> None:
        """Note the condition of a call, or a decorator, that registers something."""
        if context.condition is ALWAYS:
            return
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Call):
            node = node.func  # `register_x("name")(Class)`
        named = node.func if isinstance(node, ast.Call) else node
        name = named.attr if isinstance(named, ast.Attribute) else getattr(named, "id", "")
        if name in BY_FUNCTION:
            self._result.registering[self._module.at(node)] = context.condition

    def _turns_once(self, node: ast.stmt, context: WalkContext) -> bool:
        return turns_once(self._resolver, self._module, node, dict(context.locals_))

    def _import(self, node: ast.Import | ast.ImportFrom, context: WalkContext) -> list[Import]:
        location = self._module.at(node)
        if isinstance(node, ast.Import):
            pairs: list[tuple[str, str | None]] = [(alias.name, None) for alias in node.names]
        else:
            base = absolute(self._module, node.module or "", node.level)
            names = [None if alias.name == "*" else alias.name for alias in node.names]
            pairs = [(base, name) for name in names] if base is not None else []
        brings = self._resolver.finder.brings
        found = [
            Import(
                m, n, location, context.condition, context.guard, is_below_vllm(m) and brings(m, n)
            )
            for m, n in pairs
        ]
        if context.function is None:
            self._result.top += found
        else:
            self._result.functions.setdefault(context.function, []).extend(found)
        return found

    def _try(self, node: ast.Try | ast.TryStar, context: WalkContext) -> list[Import]:
        guards = [catches(handler) for handler in node.handlers]
        guard = max([context.guard, *guards], key=RANK.__getitem__)
        in_try = context.in_try or not all(raises_again(handler) for handler in node.handlers)
        found = self.block(node.body, replace(context, guard=guard, in_try=in_try))
        tried = tuple((item.module, item.name) for item in found if item.is_vllm)
        needed = works(self._resolver, self._standing_in(node, found))
        worked = both(context.condition, needed)
        found += self.block(node.orelse, replace(context, condition=worked))
        modules = tuple((module, None) for module, _ in tried)
        for handler, caught in zip(node.handlers, guards, strict=True):
            failed = tried if caught is Guard.ALL else modules
            if caught is Guard.NONE or not tried:
                # What runs on other errors, or where nothing of vLLM's was tried: cannot be told.
                condition: Condition = both(context.condition, _MAYBE)
            else:
                condition = both(context.condition, Not(Importable(failed)))
            self.block(handler.body, replace(context, condition=condition))
        found += self.block(node.finalbody, context)
        if tried and context.function is None:
            self._flags(node, worked)
        return found

    def _standing_in(self, node: ast.Try | ast.TryStar, found: list[Import]) -> list[Import]:
        """Those of the imports that stand in the body of a ``try`` itself: all run, or something raises."""
        direct = [one for one in node.body if isinstance(one, (ast.Import, ast.ImportFrom))]
        places = {self._module.at(one) for one in direct}
        return [item for item in found if item.location in places]

    def _flags(self, node: ast.Try | ast.TryStar, worked: Condition) -> None:
        """Note the names that say whether the imports of a ``try`` worked."""
        when_well = constants([*node.body, *node.orelse])
        arms = [constants(handler.body) for handler in node.handlers]
        for name, value in when_well.items():
            failed = {arm[name] for arm in arms if name in arm}
            if failed == {not value} and all(name in arm for arm in arms):
                self._result.flags[name] = worked if value else negate(worked)


def works(resolver: Resolver, imports: Iterable[Import]) -> Condition:
    """Return the condition that imports work: what they and the own modules that they run take of vLLM."""
    needed: dict[tuple[str, str | None], None] = {}
    seen: set[str] = set()
    pending = list(imports)[::-1]
    while pending:
        item = pending.pop()
        if item.is_vllm:
            needed[item.module, item.name] = None
            continue
        for name in _names_of(item):
            module = resolver.finder.find(name)
            if name in seen or not module.own or module.kind is not ModuleKind.SOURCE:
                continue
            seen.add(name)
            pending += surely_run(_imports_within(resolver, module))[::-1]
    return Importable(tuple(needed)) if needed else ALWAYS


def _names_of(item: Import) -> list[str]:
    """The modules that an import may run: the one named, those above it, and a module taken from it."""
    parts = item.module.split(".")
    names = [".".join(parts[:end]) for end in range(1, len(parts) + 1)]
    return names if item.name is None else [*names, f"{item.module}.{item.name}"]


def _imports_within(resolver: Resolver, module: Module) -> list[Import]:
    """What importing a module imports; nothing where modules that guard each other's imports go on long."""
    if resolver.guarded_depth >= _GUARDED_DEPTH:
        return []
    resolver.guarded_depth += 1
    try:
        return outlined_imports(resolver, module).top
    finally:
        resolver.guarded_depth -= 1


_COMPOUND = (
    *(ast.If, ast.Try, ast.TryStar, ast.With, ast.AsyncWith, ast.For, ast.AsyncFor, ast.While),
    *(ast.Match, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef),
)


#: What stands in for what failed is taken not to be needed, unless it is told otherwise.
_MAYBE = Maybe("an exception handler", likely=False)


def leaves(body: list[ast.stmt]) -> bool:
    """Return whether a block ends by leaving: what stands after it does not follow."""
    return bool(body) and isinstance(body[-1], (ast.Return, ast.Raise, ast.Continue, ast.Break))
