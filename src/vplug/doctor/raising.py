"""What running code raises, told from its source: surely, perhaps on some path, or not at all.

Nothing speaks against a call of other people's code: it is taken to work. What is followed: ``raise``,
``assert``, ``sys.exit``, variables that are not set, names that nothing binds, imports that fail, and
calls of the package's own functions, through ``if``, ``try`` and ``with``.
"""

from __future__ import annotations

import ast
import builtins
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from vplug.analysis.branches import Tests
from vplug.analysis.callnames import CallNames
from vplug.analysis.conditions import ALWAYS, NEVER
from vplug.analysis.modules import Module
from vplug.analysis.resolve import Kind, Resolver
from vplug.analysis.scopes import FunctionNode, is_generator
from vplug.analysis.values import Evaluator
from vplug.doctor.unbound import bound_names
from vplug.loader.resolution import ends_process

_DEPTH = 4
#: Calls that raise SystemExit, and those that end the process without an exception.
_EXITS = frozenset({"sys.exit", "exit", "quit", "builtins.exit", "builtins.quit"})
_ENDS = frozenset({"os._exit", "os.abort"})
_UNKNOWN = "an exception"


@dataclass(frozen=True, slots=True)
class Raise:
    """One exception that code may end in.

    Attributes:
        name: the exception's class as written, or ``os._exit`` and the like.
        base: the built-in exception from which a class of the package's own derives; else ``name``.
        is_sure: whether it is raised in any case.
        path: the file in which it stands.
        line: where.
        detail: what it says, where that is known.
    """

    name: str
    is_sure: bool
    path: str | None
    line: int
    detail: str | None = None
    base: str = ""

    @property
    def kind(self) -> str:
        """The name by which handlers are judged."""
        return self.base or self.name

    @property
    def ends_process(self) -> bool:
        """Whether ``except Exception`` lets it through, as vLLM's loader does."""
        return ends_process(self.kind)

    def __str__(self) -> str:
        return f"{self.name}: {self.detail}" if self.detail else self.name


@dataclass(frozen=True, slots=True)
class _Place:
    module: Module
    functions: tuple[FunctionNode, ...]
    depth: int


@dataclass(frozen=True, slots=True)
class _Ran:
    """What a block raises, and whether it surely leaves before its end."""

    raised: tuple[Raise, ...] = ()
    leaves: bool = False

    @property
    def stops(self) -> bool:
        return self.leaves or any(item.is_sure for item in self.raised)


class Raising:
    """Follows what code raises.

    Args:
        resolver: over the package's modules.
        evaluator: over the same.
        variables: the process's variables.
        failing: gives the exception that an import statement of a module ends in, or ``None``.
    """

    def __init__(
        self,
        resolver: Resolver,
        evaluator: Evaluator,
        variables: Mapping[str, str],
        failing: Callable[[Module, ast.stmt], str | None],
    ) -> None:
        self._resolver = resolver
        self._names = CallNames(evaluator)
        self._variables = variables
        self._failing = failing
        self._known: dict[int, tuple[Raise, ...]] = {}
        self._bound: dict[str, frozenset[str] | None] = {}

    def importing(self, module: Module, body: Sequence[ast.stmt]) -> Raise | None:
        """Return what running a module's top level raises; a sure one before one that may be."""
        return _first(self._block(_Place(module, (), 0), body).raised)

    def calling(self, module: Module, function: FunctionNode) -> Raise | None:
        """Return what calling a function raises; a sure one before one that may be."""
        return _first(self._function(module, function, 0))

    def _function(self, module: Module, function: FunctionNode, depth: int) -> tuple[Raise, ...]:
        if depth > _DEPTH or isinstance(function, ast.AsyncFunctionDef) or is_generator(function):
            return ()
        known = self._known.get(id(function))
        if known is None:
            self._known[id(function)] = ()  # one that calls itself adds nothing
            place = _Place(module, (function,), depth)
            if isinstance(function, ast.Lambda):
                known = self._expression(place, function.body)
            else:
                known = self._block(place, function.body).raised
                known = known if is_plain(function) else _perhaps(known)
            self._known[id(function)] = known
        return known

    def _block(self, place: _Place, body: Sequence[ast.stmt]) -> _Ran:
        found: list[Raise] = []
        sure = True
        for statement in body:
            ran = self._statement(place, statement)
            found += ran.raised if sure else _perhaps(ran.raised)
            if ran.stops:
                return _Ran(tuple(found), leaves=True)
            if _may_leave(statement):
                sure = False
        return _Ran(tuple(found))

    def _statement(self, place: _Place, node: ast.stmt) -> _Ran:
        match node:
            case ast.Raise():
                return _Ran((*self._expression(place, node.exc), self._raised(place, node)))
            case ast.Assert(test=test):
                return _Ran(self._asserted(place, node, test))
            case ast.Import() | ast.ImportFrom():
                failure = self._failing(place.module, node)
                return _Ran((self._made(place, node, failure),) if failure else ())
            case ast.Return(value=value):
                return _Ran(self._expression(place, value), leaves=True)
            case ast.Break() | ast.Continue():
                return _Ran(leaves=True)
            case ast.If():
                return self._if(place, node)
            case ast.Try() | ast.TryStar():
                return self._try(place, node)
            case ast.With(items=items, body=body):
                return self._with(place, items, body)
            case ast.For(iter=expression, body=body) | ast.While(test=expression, body=body):
                inner = self._block(place, body).raised
                return _Ran((*self._expression(place, expression), *_perhaps(inner)))
            case ast.ClassDef(body=body):
                parts = self._parts(place, [*node.decorator_list, *node.bases, *node.keywords])
                return _Ran((*parts, *self._block(place, body).raised))
            case ast.FunctionDef(args=args) | ast.AsyncFunctionDef(args=args):
                defaults = [*args.defaults, *(item for item in args.kw_defaults if item)]
                return _Ran(self._parts(place, [*node.decorator_list, *defaults]))
            case ast.Match(cases=cases):
                arms = [self._block(place, case.body).raised for case in cases]
                return _Ran(tuple(item for arm in arms for item in _perhaps(arm)))
            case ast.Expr() | ast.Assign() | ast.AnnAssign() | ast.AugAssign():
                return _Ran(self._expression(place, node.value))
            case _:
                return _Ran()

    def _parts(self, place: _Place, nodes: Sequence[ast.AST]) -> tuple[Raise, ...]:
        return tuple(item for node in nodes for item in self._expression(place, node))

    def _raised(self, place: _Place, node: ast.Raise) -> Raise:
        made = self._made(place, node, _written(node))
        cls = node.exc.func if isinstance(node.exc, ast.Call) else node.exc
        if cls is None or not _is_name(cls):
            return made
        return replace(made, base=self._base(place.module, cls) or "")

    def _base(self, module: Module, node: ast.expr) -> str | None:
        """The built-in exception from which a class of the package's own derives, by its first bases."""
        for _ in range(_DEPTH * 2):
            found = self._resolver.expression(module, node)
            if found.kind is not Kind.CLASS or not isinstance(found.node, ast.ClassDef):
                name = found.name.removeprefix("builtins.")
                known = getattr(builtins, name, None)
                return name if isinstance(known, type) else None
            if found.module is None or not found.node.bases or found.alternatives:
                return None
            module, node = found.module, found.node.bases[0]
        return None

    def _made(self, place: _Place, node: ast.AST, text: str | None) -> Raise:
        name, _, detail = (text or _UNKNOWN).partition(": ")
        return Raise(name, True, place.module.path, getattr(node, "lineno", 0), detail or None)

    def _asserted(self, place: _Place, node: ast.stmt, test: ast.expr) -> tuple[Raise, ...]:
        condition = Tests(self._resolver, place.module).condition(test)
        if condition == ALWAYS:
            return ()
        made = self._made(place, node, "AssertionError")
        return (made if condition == NEVER else replace(made, is_sure=False),)

    def _if(self, place: _Place, node: ast.If) -> _Ran:
        condition = Tests(self._resolver, place.module).condition(node.test)
        if condition == ALWAYS:
            return self._block(place, node.body)
        if condition == NEVER:
            return self._block(place, node.orelse)
        asked = self._expression(place, node.test)
        arms = (self._block(place, node.body), self._block(place, node.orelse))
        both = all(any(item.is_sure for item in arm.raised) for arm in arms)
        inner = tuple(
            item for arm in arms for item in (arm.raised if both else _perhaps(arm.raised))
        )
        return _Ran((*asked, *inner), leaves=all(arm.stops for arm in arms))

    def _with(self, place: _Place, items: Sequence[ast.withitem], body: Sequence[ast.stmt]) -> _Ran:
        ran = self._block(place, body)
        entered: list[Raise] = []
        for item in items:
            call = item.context_expr
            entered += self._expression(place, call)
            if not isinstance(call, ast.Call) or not call.args:
                continue
            if self._full(place, call.func) == "contextlib.suppress":
                passed, caught = _sift(ran.raised, call.args)
                ran = _Ran(passed, leaves=ran.leaves and not caught)
        return replace(ran, raised=(*entered, *ran.raised))

    def _try(self, place: _Place, node: ast.Try | ast.TryStar) -> _Ran:
        ran = self._block(place, node.body)
        passing, leaves = ran.raised, ran.leaves
        found: list[Raise] = []
        for handler in node.handlers:
            types = (
                [] if handler.type is None
                else list(handler.type.elts) if isinstance(handler.type, ast.Tuple)
                else [handler.type]
            )  # fmt: skip
            passing, caught = _sift(passing, types)
            if not caught:
                continue
            handled = self._block(place, handler.body)
            sure = any(item.is_sure for item in caught)
            found += handled.raised if sure else _perhaps(handled.raised)
            leaves = handled.stops if sure else leaves
        if not any(item.is_sure for item in ran.raised) and not ran.leaves:
            rest = self._block(place, node.orelse)
            found += rest.raised
            leaves = leaves or rest.leaves
        at_end = self._block(place, node.finalbody)
        if at_end.leaves and not any(item.is_sure for item in at_end.raised):
            # `finally: return` drops what was on its way.
            return _Ran(at_end.raised, leaves=True)
        return _Ran((*passing, *found, *at_end.raised), leaves=leaves or at_end.leaves)

    def _full(self, place: _Place, node: ast.expr) -> str | None:
        if isinstance(node, ast.Name) and hasattr(builtins, node.id):
            return node.id
        return self._names.full(place.module, place.functions, node)

    def _expression(self, place: _Place, node: ast.AST | None) -> tuple[Raise, ...]:
        """What evaluating an expression raises; parts that may not be evaluated only perhaps."""
        match node:
            case None | ast.Lambda():
                return ()
            case ast.IfExp(test=test, body=body, orelse=orelse):
                arms = (*self._expression(place, body), *self._expression(place, orelse))
                return (*self._expression(place, test), *_perhaps(arms))
            case ast.BoolOp(values=[first, *rest]):
                later = tuple(r for value in rest for r in self._expression(place, value))
                return (*self._expression(place, first), *_perhaps(later))
            case ast.ListComp() | ast.SetComp() | ast.DictComp() | ast.GeneratorExp():
                inner = (
                    r
                    for child in ast.iter_child_nodes(node)
                    for r in self._expression(place, child)
                )
                return _perhaps(tuple(inner))
            case _:
                below = tuple(
                    r
                    for child in ast.iter_child_nodes(node)
                    for r in self._expression(place, child)
                )
                return (*below, *self._own(place, node))

    def _is_unbound(self, module: Module, name: str) -> bool:
        if module.path not in self._bound:
            self._bound[module.path] = bound_names(module)
        bound = self._bound[module.path]
        return bound is not None and name not in bound

    def _own(self, place: _Place, node: ast.AST) -> Iterator[Raise]:
        match node:
            case ast.Name(id=name, ctx=ast.Load()):
                if self._is_unbound(place.module, name):
                    yield self._made(place, node, f"NameError: name {name!r} is not defined")
            case ast.Subscript(value=value, slice=ast.Constant(value=str(key)), ctx=ast.Load()):
                if key not in self._variables and self._full(place, value) == "os.environ":
                    yield self._made(place, node, f"KeyError: {key!r}")
            case ast.Call(func=function, args=arguments):
                yield from self._call(place, node, function, arguments)
            case _:
                return

    def _call(
        self, place: _Place, node: ast.Call, function: ast.expr, arguments: Sequence[ast.expr]
    ) -> Iterator[Raise]:
        name = self._full(place, function)
        if name in _EXITS:
            yield self._made(place, node, "SystemExit")
        elif name in _ENDS:
            yield self._made(place, node, name)
        elif name == "os.environ.pop" and len(arguments) == 1:
            key = arguments[0].value if isinstance(arguments[0], ast.Constant) else None
            made = self._made(place, node, f"KeyError: {key!r}")
            # Where the variable is set it is gone afterwards: the second call raises.
            yield replace(made, is_sure=isinstance(key, str) and key not in self._variables)
        else:
            found = self._names.callee(place.module, place.functions, function)
            if found is None or found.module is None or place.depth >= _DEPTH:
                return
            callee = found.node
            if isinstance(callee, ast.FunctionDef | ast.Lambda) and callee not in place.functions:
                yield from self._function(found.module, callee, place.depth + 1)


#: Decorators that let pass what a function raises.
_TRANSPARENT = frozenset(
    {"cache", "classmethod", "deprecated", "final", "lru_cache", "no_type_check", "override",
     "property", "staticmethod", "wraps"}
)  # fmt: skip


def is_plain(function: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    """Return whether calling the name runs the body.

    Another decorator may catch what it raises, or not call it.
    """
    names = [item.func if isinstance(item, ast.Call) else item for item in function.decorator_list]
    return all(ast.unparse(name).rpartition(".")[2] in _TRANSPARENT for name in names)


_NO_EXCEPTION = "TypeError: exceptions must derive from BaseException"


def _written(node: ast.Raise) -> str | None:
    match node.exc:
        case ast.Constant() | ast.JoinedStr():
            return _NO_EXCEPTION
        case ast.Name(id=name) if not isinstance(getattr(builtins, name, BaseException), type):
            return _NO_EXCEPTION  # `raise NotImplemented`
        case ast.Call(func=called, args=[ast.Constant(value=str(text)), *_]):
            return f"{ast.unparse(called)}: {text}" if _is_name(called) else None
        case ast.Call(func=called) if _is_name(called):
            return ast.unparse(called)
        case ast.Name() | ast.Attribute() if _is_name(node.exc):
            return ast.unparse(node.exc)
        case _:
            return None


def _is_name(node: ast.expr) -> bool:
    while isinstance(node, ast.Attribute):
        node = node.value
    return isinstance(node, ast.Name)


def _first(raised: Sequence[Raise]) -> Raise | None:
    return next((item for item in raised if item.is_sure), raised[0] if raised else None)


def _perhaps(raised: Sequence[Raise]) -> tuple[Raise, ...]:
    return tuple(replace(item, is_sure=False) for item in raised)


def _sift(
    raised: Sequence[Raise], types: Sequence[ast.expr]
) -> tuple[tuple[Raise, ...], tuple[Raise, ...]]:
    """What a handler lets through and what it catches; what is not known does both, perhaps."""
    passed: list[Raise] = []
    caught: list[Raise] = []
    for item in raised:
        takes = _takes(item.kind, types)
        if takes is not True:
            passed.append(item if takes is False else replace(item, is_sure=False))
        if takes is not False:
            caught.append(item if takes else replace(item, is_sure=False))
    return tuple(passed), tuple(caught)


def _takes(name: str, types: Sequence[ast.expr]) -> bool | None:
    """Whether a handler for ``types`` (none: for all) takes an exception; ``None``: not known."""
    if name in _ENDS:
        return False
    if not types:
        return True
    names = [node.id if isinstance(node, ast.Name) else None for node in types]
    thrown = getattr(builtins, name, None)
    if not isinstance(thrown, type):
        # An exception of somebody's own: nearly all derive from Exception.
        return True if {"Exception", "BaseException"} & set(names) else None
    known = [getattr(builtins, item, None) for item in names if item is not None]
    classes = tuple(item for item in known if isinstance(item, type))
    if issubclass(thrown, classes):
        return True
    return False if len(classes) == len(types) else None


def _may_leave(node: ast.stmt) -> bool:
    """Whether a statement holds a ``return`` of its own function, so that what follows may not run."""
    inner = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda, ast.ClassDef)
    waiting: list[ast.AST] = [node]
    while waiting:
        current = waiting.pop()
        if isinstance(current, ast.Return | ast.Break | ast.Continue):
            return True
        waiting += [c for c in ast.iter_child_nodes(current) if not isinstance(c, inner)]
    return False
