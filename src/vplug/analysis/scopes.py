"""What a function's body binds: its locals, imports and inner functions, and what it changes in place."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TypeVar

from vplug.analysis.bindings import captured, is_main, is_type_checking, unpacked
from vplug.analysis.modules import Module, Source
from vplug.analysis.nodes import children, walk

_T = TypeVar("_T")

FunctionNode = ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda

#: ``None``, text, numbers, lists and dictionaries of values stand for themselves.
Value = object

#: Methods that change a list, dictionary or set in place.
CHANGING = frozenset(
    {
        "add", "append", "clear", "discard", "extend", "insert", "pop", "popitem", "remove",
        "reverse", "setdefault", "sort", "update",
    }
)  # fmt: skip


@dataclass
class Scope:
    """Where an expression is evaluated.

    Attributes:
        module: the module whose globals it sees.
        function: the function it stands in, or ``None`` at a module's top level.
        arguments: what the function was called with, by parameter.
        locals: local names to the expressions assigned to them, every one.
        imports: local names to what function-level imports bind.
        functions: local names to the functions defined in it.
        changed: names of what the function changes in place.
    """

    module: Module
    function: FunctionNode | None = None
    arguments: Mapping[str, Value] = field(default_factory=dict)
    locals: dict[str, list[ast.expr | None]] = field(default_factory=dict)
    imports: dict[str, tuple[ast.ImportFrom | ast.Import, ast.alias]] = field(default_factory=dict)
    functions: dict[str, ast.FunctionDef | ast.AsyncFunctionDef] = field(default_factory=dict)
    changed: frozenset[str] = frozenset()

    def _bind(self, name: str, value: ast.expr | None) -> None:
        self.locals.setdefault(name, []).append(value)

    def _bind_all(self, target: ast.AST) -> None:
        for child in walk(target):
            if isinstance(child, ast.Name) and isinstance(child.ctx, ast.Store):
                self._bind(child.id, None)

    def take(self, node: ast.AST) -> None:
        """Note what a node of the function's body binds."""
        match node:
            case ast.Assign(targets=targets, value=value):
                for target in targets:
                    if isinstance(target, ast.Name):
                        self._bind(target.id, value)
                    elif isinstance(target, (ast.Tuple, ast.List)):
                        for name, part in unpacked(target, value):
                            self._bind(name, part)
            case ast.AnnAssign(target=ast.Name(id=name), value=value) if value is not None:
                self._bind(name, value)
            case ast.AugAssign(target=ast.Name(id=name)):
                self._bind(name, None)
            case ast.NamedExpr(target=ast.Name(id=name), value=value):
                self._bind(name, value)
            case ast.For(target=target) | ast.AsyncFor(target=target):
                self._bind_all(target)
            case ast.withitem(optional_vars=ast.expr() as target):
                self._bind_all(target)
            case ast.ExceptHandler(name=str(name)):
                self._bind(name, None)
            case ast.match_case(pattern=pattern):
                for name in captured(pattern):
                    self._bind(name, None)
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name):
                self._bind(name, None)
                if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
                    self.functions[name] = node
            case ast.ClassDef(name=name):
                self._bind(name, None)
            case ast.Import(names=names) | ast.ImportFrom(names=names):
                for alias in names:
                    name = alias.asname or alias.name.partition(".")[0]
                    if isinstance(node, (ast.Import, ast.ImportFrom)):
                        self.imports.setdefault(name, (node, alias))
            case _:
                pass


def scope_of(
    module: Module, function: FunctionNode | None, arguments: Mapping[str, Value] | None = None
) -> Scope:
    """Return the scope of a function's body with its local bindings gathered."""
    scope = Scope(module, function, arguments or {})
    if function is None or isinstance(function, ast.Lambda):
        return scope
    nodes = list(walk_body(function.body))
    for node in nodes:
        scope.take(node)
    # A parameter that the body binds anew holds what was passed only for a while.
    for name in set(scope.arguments) & set(scope.locals):
        scope.locals[name].append(None)
    scope.arguments = _without(scope.arguments, set(scope.locals))
    scope.changed = frozenset(_changed(nodes))
    return scope


def nested_scope(
    outer: Scope, function: ast.FunctionDef | ast.AsyncFunctionDef, arguments: Mapping[str, Value]
) -> Scope:
    """Return the scope of a function defined in another's body, which sees the other's names too."""
    inner = scope_of(outer.module, function, arguments)
    own = {*inner.locals, *inner.imports, *parameters(function)}
    inner.arguments = {**_without(outer.arguments, own), **arguments}
    inner.locals = {**_without(outer.locals, own), **inner.locals}
    inner.imports = {**_without(outer.imports, own), **inner.imports}
    inner.functions = {**_without(outer.functions, own), **inner.functions}
    inner.changed |= outer.changed - own
    if outer.function is not None:
        for name in parameters(outer.function) - own - set(inner.arguments):
            inner.locals.setdefault(name, [None])
    return inner


def _without(names: Mapping[str, _T], hidden: set[str]) -> dict[str, _T]:
    return {name: value for name, value in names.items() if name not in hidden}


def parameters(function: FunctionNode) -> set[str]:
    """Return the names of a function's parameters."""
    args = function.args
    names = [arg.arg for arg in (*args.posonlyargs, *args.args, *args.kwonlyargs)]
    names += [arg.arg for arg in (args.vararg, args.kwarg) if arg is not None]
    return set(names)


def changed_names(module: Module) -> frozenset[str]:
    """Return the names, dotted ones too, of what a module's code anywhere changes in place."""
    source = module.source
    return frozenset(_changed(walk(source.tree))) if isinstance(source, Source) else frozenset()


def _changed(nodes: Iterable[ast.AST]) -> Iterator[str]:
    for node in nodes:
        match node:
            case ast.Subscript(value=owner, ctx=ast.Store() | ast.Del()):
                name = dotted(owner)
            case ast.Call(func=ast.Attribute(value=owner, attr=attr)) if attr in CHANGING:
                name = dotted(owner)
            case ast.AugAssign(target=target):
                name = dotted(target)
            case _:
                continue
        if name is not None:
            yield name


def dotted(node: ast.expr) -> str | None:
    """Return a name or dotted name as written; of an item, that of what it is an item of."""
    parts: list[str] = []
    while True:
        match node:
            case ast.Subscript(value=value):
                node, parts = value, []  # `TABLE['a'].x.append(…)` changes something in TABLE
            case ast.Attribute(value=value, attr=attr):
                parts.append(attr)
                node = value
            case ast.Name(id=name):
                return ".".join([name, *reversed(parts)])
            case _:
                return None


def walk_body(body: list[ast.stmt]) -> Iterator[ast.AST]:
    """Yield the nodes of a body in order, not entering functions and classes defined in it.

    What runs for type checkers only, or only in a script, is left out.
    """
    stack: list[ast.AST] = list(reversed(body))
    while stack:
        node = stack.pop()
        yield node
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda)):
            continue
        if isinstance(node, ast.If) and (is_type_checking(node.test) or is_main(node.test)):
            stack.extend(reversed(node.orelse))
            continue
        stack.extend(reversed(children(node)))


def is_generator(function: FunctionNode) -> bool:
    """Return whether calling a function gives a generator instead of running its body."""
    body = [ast.Expr(function.body)] if isinstance(function, ast.Lambda) else function.body
    return any(isinstance(node, (ast.Yield, ast.YieldFrom)) for node in walk_body(list(body)))


def runs_at_once(function: ast.AST) -> bool:
    """Return whether calling a function runs its body: a coroutine's and a generator's wait."""
    if not isinstance(function, (ast.FunctionDef, ast.Lambda)):
        return False
    return isinstance(function, ast.Lambda) or not is_generator(function)


def can_end(body: list[ast.stmt]) -> bool:
    """Return whether running a block may come to its end, rather than leave it before."""
    return not any(_leaves(statement) for statement in body)


def _leaves(node: ast.stmt) -> bool:
    match node:
        case ast.Return() | ast.Raise() | ast.Continue() | ast.Break():
            return True
        case ast.If(test=test, body=body, orelse=orelse):
            if is_type_checking(test):
                return not can_end(orelse)
            if isinstance(test, ast.Constant) and test.value:
                return not can_end(body)
            return not can_end(body) and not can_end(orelse)
        case ast.Try() | ast.TryStar():
            if not can_end(node.finalbody):
                return True
            arms = [node.body + node.orelse, *(handler.body for handler in node.handlers)]
            return not any(can_end(arm) for arm in arms)
        case ast.With(items=items, body=body) | ast.AsyncWith(items=items, body=body):
            suppresses = any("suppress" in ast.unparse(item.context_expr) for item in items)
            return not suppresses and not can_end(body)
        case ast.While(test=ast.Constant(value=value), body=body) if value:
            return not any(isinstance(child, ast.Break) for child in walk_body(body))
        case ast.Match(cases=cases):
            whole = any(
                isinstance(case.pattern, ast.MatchAs)
                and case.pattern.pattern is None
                and case.guard is None
                for case in cases
            )
            return whole and not any(can_end(case.body) for case in cases)
        case ast.Expr(value=ast.Call(func=func)):
            return dotted(func) in {"sys.exit", "exit", "quit", "os._exit", "os.abort"}
        case _:
            return False
