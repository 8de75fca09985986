"""What a module's top level binds, arm by arm.

Unlike :mod:`vplug.analysis.bindings`, which lists a plugin's bindings so that each can be judged,
this answers one question per name: is it there whichever way the branches go? A name that every arm
binds is; one that only some arm binds is conditional; one under ``TYPE_CHECKING`` is not there.
"""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass, field

from vplug.analysis.bindings import is_type_checking


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a name comes from.

    Attributes:
        kind: ``defined`` (a class or function), ``value``, ``import`` (a module), ``from`` (a name
            of a module) or ``alias`` (another global of the same module).
        module: the module imported, absolute.
        name: the name imported or aliased.
    """

    kind: str
    module: str = ""
    name: str = ""


DEFINED = Origin("defined")
VALUED = Origin("value")


@dataclass(slots=True)
class Outcome:
    """What running a block binds.

    Attributes:
        firm: names it surely binds.
        loose: names it binds in some arm.
        typing: names only a type checker sees.
        ends: whether it never reaches its end (it raises).
    """

    firm: dict[str, Origin] = field(default_factory=dict)
    loose: dict[str, Origin] = field(default_factory=dict)
    typing: dict[str, Origin] = field(default_factory=dict)
    ends: bool = False

    def bind(self, name: str, origin: Origin) -> None:
        """Bind ``name`` for sure."""
        self.firm[name] = origin
        self.loose.pop(name, None)

    def then(self, following: Outcome) -> None:
        """Run ``following`` after this."""
        for name, origin in following.firm.items():
            self.bind(name, origin)
        for name, origin in following.loose.items():
            if name not in self.firm:
                self.loose[name] = origin
        self.typing.update(following.typing)
        self.ends = self.ends or following.ends

    def loosened(self) -> Outcome:
        """Return the outcome where the block may not run at all."""
        return Outcome({}, {**self.loose, **self.firm}, dict(self.typing))

    def only_typing(self) -> Outcome:
        """Return the outcome where only a type checker sees the block."""
        return Outcome({}, {}, {**self.typing, **self.loose, **self.firm})


def _either(arms: list[Outcome]) -> Outcome:
    """Return the outcome where exactly one of ``arms`` runs."""
    live = [arm for arm in arms if not arm.ends]
    typing: dict[str, Origin] = {}
    for arm in arms:
        typing.update(arm.typing)
    if not live:
        return Outcome(typing=typing, ends=True)
    firm = {
        name: origin
        for name, origin in live[0].firm.items()
        if all(name in arm.firm for arm in live[1:])
    }
    loose: dict[str, Origin] = {}
    for arm in live:
        for name, origin in {**arm.loose, **arm.firm}.items():
            if name not in firm:
                loose.setdefault(name, origin)
    return Outcome(firm, loose, typing)


@dataclass(slots=True)
class Scope:
    """A module's top level.

    Attributes:
        bound: what it binds.
        stars: ``from m import *``: (module, flag) with the flag of the names it brings.
        exports: the names of ``__all__``; ``None`` where there is none.
        exports_computed: ``__all__`` is there and only running would tell what it holds.
        dynamic: why names may be bound unseen; empty where nothing hints at it.
        getattr: the module's ``__getattr__``, where it is a plain function.
        getattr_odd: there is a ``__getattr__`` of another kind.
    """

    bound: Outcome
    stars: list[tuple[str, str]]
    exports: list[str] | None
    exports_computed: bool
    dynamic: str
    getattr: ast.FunctionDef | None
    getattr_odd: bool


_STORES = re.compile(rb"globals\(\)|vars\(\)|locals\(\)|exec\(|setattr\(|sys\.modules\[")
_GLOBAL = re.compile(rb"^[ \t]+global ", re.M)


def read_scope(tree: ast.Module, source: bytes, module: str, is_package: bool) -> Scope:
    """Return what the top level of ``module`` binds."""
    reader = _Reader(module if is_package else module.rpartition(".")[0])
    bound = reader.block(tree.body)
    if _GLOBAL.search(source):
        for node in ast.walk(tree):
            if isinstance(node, ast.Global):
                for name in node.names:  # a function may bind it, once it runs
                    if name not in bound.firm:
                        bound.loose.setdefault(name, VALUED)
    dynamic = _dynamic(tree) if _STORES.search(source) else ""
    odd = "__getattr__" in {**bound.firm, **bound.loose} and reader.getattr is None
    return Scope(
        bound,
        reader.stars,
        reader.exports,
        reader.exports_computed,
        dynamic,
        reader.getattr,
        odd,
    )


class _Reader:
    def __init__(self, package: str) -> None:
        self.package = package
        self.stars: list[tuple[str, str]] = []
        self.exports: list[str] | None = None
        self.exports_computed = False
        self.getattr: ast.FunctionDef | None = None
        self._flag = "p"

    def block(self, body: list[ast.stmt]) -> Outcome:
        outcome = Outcome()
        for statement in body:
            outcome.then(self._statement(statement, outcome))
            if outcome.ends:
                break
        return outcome

    def _loosely(self, body: list[ast.stmt]) -> Outcome:
        before, self._flag = self._flag, "c" if self._flag == "p" else self._flag
        outcome = self.block(body)
        self._flag = before
        return outcome

    def _statement(self, node: ast.stmt, so_far: Outcome) -> Outcome:
        out = Outcome()
        match node:
            case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
                if node.name == "__getattr__" and isinstance(node, ast.FunctionDef):
                    self.getattr = node
                out.bind(node.name, DEFINED)
            case ast.Import():
                for alias in node.names:
                    name = alias.asname or alias.name.partition(".")[0]
                    out.bind(name, Origin("import", alias.name if alias.asname else name))
            case ast.ImportFrom():
                self._import_from(node, out)
            case ast.Assign() | ast.AnnAssign() | ast.AugAssign():
                self._assign(node, out)
            case ast.If():
                return self._if(node)
            case ast.Try() | ast.TryStar():
                return self._try(node)
            case ast.With() | ast.AsyncWith():
                for item in node.items:
                    if item.optional_vars is not None:
                        _bind_targets(item.optional_vars, out)
                if any(_suppresses(item.context_expr) for item in node.items):
                    out.then(self._loosely(node.body).loosened())
                else:
                    out.then(self.block(node.body))
            case ast.For() | ast.AsyncFor():
                inner = Outcome()
                _bind_targets(node.target, inner)
                inner.then(self._loosely(node.body))
                out.then(inner.loosened())
                out.then(self._loosely(node.orelse).loosened())
            case ast.While():
                _bind_walrus(node.test, out)
                out.then(self._loosely([*node.body, *node.orelse]).loosened())
            case ast.Match():
                arms = [self._loosely(case.body) for case in node.cases]
                last = node.cases[-1]
                if not (isinstance(last.pattern, ast.MatchAs) and last.pattern.pattern is None):
                    arms.append(Outcome())
                return _either(arms)
            case ast.Delete():
                for target in node.targets:
                    if isinstance(target, ast.Name):
                        so_far.firm.pop(target.id, None)
                        so_far.loose.pop(target.id, None)
            case ast.Raise():
                out.ends = True
            case ast.Expr():
                _bind_walrus(node.value, out)
                self._exports_call(node.value)
            case _:
                alias_name = getattr(node, "name", None)  # `type X = …`, Python 3.12
                if isinstance(alias_name, ast.Name):
                    out.bind(alias_name.id, VALUED)
        return out

    def _import_from(self, node: ast.ImportFrom, out: Outcome) -> None:
        module = self._absolute(node.module or "", node.level)
        for alias in node.names:
            if alias.name == "*":
                self.stars.append((module, self._flag))
            else:
                out.bind(alias.asname or alias.name, Origin("from", module, alias.name))

    def _absolute(self, name: str, level: int) -> str:
        if level == 0:
            return name
        parts = self.package.split(".")
        base = parts[: len(parts) - (level - 1)]
        return ".".join([*base, name] if name else base)

    def _assign(self, node: ast.Assign | ast.AnnAssign | ast.AugAssign, out: Outcome) -> None:
        targets = node.targets if isinstance(node, ast.Assign) else [node.target]
        if node.value is not None:
            _bind_walrus(node.value, out)
        for target in targets:
            if isinstance(target, ast.Name):
                if target.id == "__all__":
                    self._exports(node.value, grow=isinstance(node, ast.AugAssign))
                if node.value is None:
                    continue  # `name: type` binds nothing
                alias = not isinstance(node, ast.AugAssign) and isinstance(node.value, ast.Name)
                origin = (
                    Origin("alias", name=node.value.id)
                    if alias and isinstance(node.value, ast.Name)
                    else VALUED
                )
                out.bind(target.id, origin)
            else:
                _bind_targets(target, out)

    def _exports(self, value: ast.expr | None, *, grow: bool) -> None:
        names = strings_in(value)
        if names is None:
            self.exports_computed = True
        elif self.exports is not None and (grow or self._flag != "p"):
            self.exports = [*self.exports, *names]
        else:
            self.exports = names

    def _exports_call(self, value: ast.expr) -> None:
        match value:
            case ast.Call(
                func=ast.Attribute(value=ast.Name(id="__all__"), attr="extend" | "append"),
                args=[argument],
            ):
                self._exports(argument, grow=True)
            case _:
                pass

    def _if(self, node: ast.If) -> Outcome:
        match node.test:
            case ast.UnaryOp(op=ast.Not(), operand=inner) if is_type_checking(inner):
                body, other = node.orelse, node.body
            case test if is_type_checking(test):
                body, other = node.body, node.orelse
            case ast.Constant(value=True):
                return self.block(node.body)
            case ast.Compare(left=ast.Name(id="__name__")):
                return self.block(node.orelse)
            case _:
                walrus = Outcome()
                _bind_walrus(node.test, walrus)
                walrus.then(_either([self._loosely(node.body), self._loosely(node.orelse)]))
                return walrus
        before, self._flag = self._flag, "t"
        seen = self.block(body).only_typing()
        self._flag = before
        seen.then(self.block(other))
        return seen

    def _try(self, node: ast.Try | ast.TryStar) -> Outcome:
        # The `try` arm runs whole or a handler does; what a handler that raises lacks is no loss.
        handlers = [self._loosely(handler.body) for handler in node.handlers]
        falls = any(not handler.ends for handler in handlers)
        run = self._loosely if falls else self.block
        body = run(node.body)
        body.then(run(node.orelse))
        outcome = _either([body, *handlers])
        outcome.then(self.block(node.finalbody))
        return outcome


def strings_in(value: ast.expr | None) -> list[str] | None:
    """Return the strings of a literal list, tuple or set, or of one string; ``None`` for others."""
    match value:
        case ast.List(elts=elts) | ast.Tuple(elts=elts) | ast.Set(elts=elts):
            found: list[str] = []
            for element in elts:
                match element:
                    case ast.Constant(value=str(text)):
                        found.append(text)
                    case ast.Attribute(attr="__name__", value=ast.Name(id=name)):
                        found.append(name)
                    case _:
                        return None
            return found
        case ast.Constant(value=str(text)):
            return [text]
        case ast.BinOp(left=left, op=ast.Add(), right=right):
            first, second = strings_in(left), strings_in(right)
            return None if first is None or second is None else [*first, *second]
        case _:
            return None


def _suppresses(node: ast.expr) -> bool:
    match node:
        case ast.Call(func=ast.Name(id="suppress") | ast.Attribute(attr="suppress")):
            return True
        case _:
            return False


def _bind_targets(target: ast.expr, out: Outcome) -> None:
    for child in ast.walk(target):
        if isinstance(child, ast.Name) and isinstance(child.ctx, ast.Store):
            out.bind(child.id, VALUED)


def _bind_walrus(node: ast.expr, out: Outcome) -> None:
    """Bind what ``:=`` binds, and the second name that vLLM's ``LazyLoader`` stores a module under."""
    waiting: list[ast.AST] = [node]
    while waiting:
        child = waiting.pop()
        match child:
            case ast.Constant() | ast.Name() | ast.Lambda():
                continue  # a lambda's body is a scope of its own
            case ast.NamedExpr():
                out.bind(child.target.id, VALUED)
            case ast.Call(
                func=ast.Name(id="LazyLoader"),
                args=[ast.Constant(value=str(local)), ast.Call(func=ast.Name(id="globals")), *_],
            ) if local not in out.firm:
                out.loose[local] = VALUED  # once something of the module is asked for
            case _:
                pass
        waiting.extend(ast.iter_child_nodes(child))


def _dynamic(tree: ast.Module) -> str:
    """Return what may bind names unseen: a store to ``globals()``, ``exec``, a replaced module."""
    for statement in tree.body:
        in_function = isinstance(statement, (ast.FunctionDef, ast.AsyncFunctionDef))
        if isinstance(statement, ast.ClassDef):
            continue
        # What __getattr__ stores it also answers; a module's __setattr__ is never called.
        if in_function and getattr(statement, "name", "") in ("__getattr__", "__setattr__"):
            continue
        for child in ast.walk(statement):
            match child:
                case ast.Subscript(
                    value=ast.Call(func=ast.Name(id="globals" | "vars" | "locals"), args=[]),
                    ctx=ast.Store(),
                ):
                    return "stores into globals()"
                case ast.Call(
                    func=ast.Attribute(
                        value=ast.Call(func=ast.Name(id="globals" | "vars" | "locals"), args=[]),
                        attr="update" | "setdefault",
                    )
                ):
                    return "stores into globals()"
                case ast.Subscript(
                    value=ast.Attribute(value=ast.Name(id="sys"), attr="modules"),
                    slice=ast.Name(id="__name__"),
                    ctx=ast.Store(),
                ):
                    return "replaces itself in sys.modules"
                case ast.Call(
                    func=ast.Name(id="setattr"),
                    args=[
                        ast.Subscript(
                            value=ast.Attribute(value=ast.Name(id="sys"), attr="modules")
                        ),
                        *_,
                    ],
                ):
                    return "sets attributes of a module in sys.modules"
                case ast.Call(func=ast.Name(id="exec")) if not in_function:
                    return "runs exec"
                case _:
                    continue
    return ""
