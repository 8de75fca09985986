"""The names that a module's top level binds, and under which conditions."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property

from vplug.analysis.nodes import children, walk
from vplug.analysis.unseen import binds_unseen

#: Stands for an expression of which nothing is known.
UNTOLD: ast.expr = ast.Yield()


class BindingKind(StrEnum):
    """How a name came to be."""

    FUNCTION = "function"
    CLASS = "class"
    IMPORT = "import"
    FROM = "from"
    VALUE = "value"


@dataclass(frozen=True, slots=True)
class Binding:
    """One binding of one name.

    Attributes:
        name: the name bound.
        kind: how.
        node: the statement (a definition, an import) or, for a value, the expression or ``None``
            where none can be given (a loop variable).
        statement: the statement, for its place.
        module: for imports, the module named, dots and all.
        imported: for ``from`` imports, the name imported.
        level: for ``from`` imports, the number of leading dots.
        conditional: whether it may not run: in an ``if``, a loop, or an ``except`` arm.
        typing_only: whether it stands under ``if TYPE_CHECKING``.
    """

    name: str
    kind: BindingKind
    node: ast.AST | None
    statement: ast.AST
    module: str = ""
    imported: str = ""
    level: int = 0
    conditional: bool = False
    typing_only: bool = False


@dataclass
class Bindings:
    """A module's top-level bindings.

    Attributes:
        by_name: every binding of each name, in order.
        stars: ``from … import *`` statements, in order.
        exports: the names in ``__all__``; ``None`` where absent or not literal.
        deleted: names deleted unconditionally after their last binding.
        watched: the statements that may bind names unseen.
        text: the module's source, or ``None``.
    """

    by_name: dict[str, list[Binding]] = field(default_factory=dict)
    stars: list[ast.ImportFrom] = field(default_factory=list)
    exports: frozenset[str] | None = None
    deleted: set[str] = field(default_factory=set)
    watched: list[ast.stmt] = field(default_factory=list)
    text: str | None = None

    @cached_property
    def dynamic(self) -> ast.AST | None:
        """The first construct that may bind names unseen (``globals()``, ``exec``), or ``None``.

        Looked for when asked: few modules are.
        """
        return binds_unseen(self.watched, self.by_name, self.text)

    def add(self, binding: Binding) -> None:
        """Note a binding."""
        self.by_name.setdefault(binding.name, []).append(binding)
        self.deleted.discard(binding.name)

    def get(self, name: str) -> list[Binding]:
        """Return the bindings of ``name`` that exist at run time, best first.

        The last unconditional one is what the name holds unless a later conditional one ran; the
        conditional ones follow in order: the ``try`` arm comes before the ``except`` arm.
        """
        if name in self.deleted:
            return []
        live = [binding for binding in self.by_name.get(name, ()) if not binding.typing_only]
        firm = [binding for binding in live if not binding.conditional]
        loose = [binding for binding in live if binding.conditional]
        return [*firm[-1:], *loose]


def is_type_checking(test: ast.expr) -> bool:
    """Return whether a condition is ``TYPE_CHECKING``, however it was imported."""
    match test:
        case ast.Name(id="TYPE_CHECKING") | ast.Attribute(attr="TYPE_CHECKING"):
            return True
        case ast.Constant(value=False):
            return True
        case _:
            return False


def imports_in(body: list[ast.stmt]) -> Iterator[ast.Import | ast.ImportFrom]:
    """Yield the imports that running a module's ``body`` may run, those in functions left out."""
    stack: list[ast.AST] = list(reversed(body))
    while stack:
        node = stack.pop()
        if isinstance(node, (ast.Import, ast.ImportFrom)):
            yield node
        elif isinstance(node, ast.If) and (is_type_checking(node.test) or is_main(node.test)):
            stack += reversed(node.orelse)
        elif not isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.expr)):
            stack += reversed(list(ast.iter_child_nodes(node)))


def is_main(test: ast.expr) -> bool:
    """Return whether a condition holds only where the module is run as a script."""
    match test:
        case ast.Compare(
            left=ast.Name(id="__name__"), ops=[ast.Eq()], comparators=[ast.Constant()]
        ):
            return True
        case ast.Compare(
            left=ast.Constant(), ops=[ast.Eq()], comparators=[ast.Name(id="__name__")]
        ):
            return True
        case _:
            return False


def collect(module: ast.Module, text: str | None = None) -> Bindings:
    """Return the bindings of ``module``'s top level.

    Args:
        module: the module's tree.
        text: its source; where given, only definitions whose lines hold a suspicious word are
            searched for what binds names unseen.
    """
    bindings = Bindings(text=text)
    _Collector(bindings).block(module.body, conditional=False, typing_only=False)
    return bindings


class _Collector:
    def __init__(self, bindings: Bindings) -> None:
        self.found = bindings

    def block(self, body: list[ast.stmt], *, conditional: bool, typing_only: bool) -> None:
        for statement in body:
            self.statement(statement, conditional, typing_only)

    def statement(self, node: ast.stmt, conditional: bool, typing_only: bool) -> None:
        match node:
            case ast.FunctionDef() | ast.AsyncFunctionDef():
                if not _is_overload(node):
                    self._add(node.name, BindingKind.FUNCTION, node, node, conditional, typing_only)
            case ast.ClassDef():
                self._add(node.name, BindingKind.CLASS, node, node, conditional, typing_only)
            case ast.Import() | ast.ImportFrom():
                self._import(node, conditional, typing_only)
            case ast.Assign() | ast.AnnAssign() | ast.AugAssign():
                self._assign(node, conditional, typing_only)
            case ast.If():
                self._if(node, conditional, typing_only)
            case ast.Try() | ast.TryStar():
                # The try arm is what runs when all is well, so it counts as firm unless an arm
                # that stands in for it binds the same name.
                self.block(node.body, conditional=conditional, typing_only=typing_only)
                self.block(node.orelse, conditional=conditional, typing_only=typing_only)
                for handler in node.handlers:
                    self.block(handler.body, conditional=True, typing_only=typing_only)
                self.block(node.finalbody, conditional=conditional, typing_only=typing_only)
            case ast.With() | ast.AsyncWith():
                for item in node.items:
                    if item.optional_vars is not None:
                        self._targets(item.optional_vars, node, conditional, typing_only)
                self.block(node.body, conditional=conditional, typing_only=typing_only)
            case ast.For() | ast.AsyncFor():
                self._targets(node.target, node, True, typing_only)
                self.block(node.body + node.orelse, conditional=True, typing_only=typing_only)
            case ast.While():
                self.block(node.body + node.orelse, conditional=True, typing_only=typing_only)
            case ast.Match():
                for case in node.cases:
                    for name in captured(case.pattern):
                        self._add(name, BindingKind.VALUE, None, node, True, typing_only)
                    self.block(case.body, conditional=True, typing_only=typing_only)
            case ast.Delete() if not conditional:
                names = [t.id for t in node.targets if isinstance(t, ast.Name)]
                self.found.deleted.update(names)
            case _:
                pass
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            self.found.watched.append(node)
        elif not isinstance(node, ast.ClassDef):
            self._watch(node)

    def _if(self, node: ast.If, conditional: bool, typing_only: bool) -> None:
        # A loop, not recursion: a chain of elifs may be a thousand long.
        while True:
            self._walrus(node.test, conditional, typing_only)
            chained = node.orelse[0] if len(node.orelse) == 1 else None
            rest = [] if isinstance(chained, ast.If) else node.orelse
            if is_type_checking(node.test):
                self.block(node.body, conditional=conditional, typing_only=True)
                self.block(rest, conditional=conditional, typing_only=typing_only)
            elif is_main(node.test):
                self.block(rest, conditional=conditional, typing_only=typing_only)
            else:
                self.block(node.body, conditional=True, typing_only=typing_only)
                self.block(rest, conditional=True, typing_only=typing_only)
                conditional = True
            if not isinstance(chained, ast.If):
                return
            node = chained

    def _walrus(self, node: ast.AST, conditional: bool, typing_only: bool) -> None:
        for child in _shallow(node):
            if isinstance(child, ast.NamedExpr) and isinstance(child.target, ast.Name):
                name, value = child.target.id, child.value
                self._add(name, BindingKind.VALUE, value, child, conditional, typing_only)

    def _import(
        self, node: ast.Import | ast.ImportFrom, conditional: bool, typing_only: bool
    ) -> None:
        for alias in node.names:
            if isinstance(node, ast.Import):
                name = alias.asname or alias.name.partition(".")[0]
                module = alias.name if alias.asname else name
                self.found.add(
                    Binding(
                        name,
                        BindingKind.IMPORT,
                        node,
                        node,
                        module=module,
                        conditional=conditional,
                        typing_only=typing_only,
                    )
                )
            elif alias.name == "*":
                if not typing_only:
                    self.found.stars.append(node)
            else:
                self.found.add(
                    Binding(
                        alias.asname or alias.name,
                        BindingKind.FROM,
                        node,
                        node,
                        module=node.module or "",
                        imported=alias.name,
                        level=node.level,
                        conditional=conditional,
                        typing_only=typing_only,
                    )
                )

    def _assign(
        self,
        node: ast.Assign | ast.AnnAssign | ast.AugAssign,
        conditional: bool,
        typing_only: bool,
    ) -> None:
        targets = node.targets if isinstance(node, ast.Assign) else [node.target]
        for target in targets:
            if isinstance(target, ast.Name):
                if target.id == "__all__":
                    self._exports(node)
                if isinstance(node, ast.AnnAssign) and node.value is None:
                    continue  # `name: type` binds nothing
                value = None if isinstance(node, ast.AugAssign) else node.value
                self._add(target.id, BindingKind.VALUE, value, node, conditional, typing_only)
            elif isinstance(target, (ast.Tuple, ast.List)):
                for name, part in unpacked(target, node.value):
                    self._add(name, BindingKind.VALUE, part, node, conditional, typing_only)

    def _exports(self, node: ast.Assign | ast.AnnAssign | ast.AugAssign) -> None:
        try:
            names = ast.literal_eval(node.value) if node.value is not None else None
        except (ValueError, TypeError, SyntaxError):
            names = None
        if not isinstance(names, (list, tuple, set)):
            self.found.exports = None
        elif isinstance(node, ast.AugAssign):
            if self.found.exports is not None:
                self.found.exports |= frozenset(map(str, names))
        else:
            self.found.exports = frozenset(map(str, names))

    def _targets(
        self, target: ast.expr, node: ast.stmt, conditional: bool, typing_only: bool
    ) -> None:
        for child in walk(target):
            if isinstance(child, ast.Name):
                self._add(child.id, BindingKind.VALUE, None, node, conditional, typing_only)

    def _add(
        self,
        name: str,
        kind: BindingKind,
        node: ast.AST | None,
        statement: ast.AST,
        conditional: bool,
        typing_only: bool,
    ) -> None:
        self.found.add(
            Binding(name, kind, node, statement, conditional=conditional, typing_only=typing_only)
        )

    def _watch(self, node: ast.stmt) -> None:
        compound = (ast.If, ast.Try, ast.With, ast.For, ast.While, ast.Match, ast.Import)
        if isinstance(node, compound):
            return  # the statements in a compound one are watched one by one
        if isinstance(node, (ast.Expr, ast.Assign, ast.Return)) and node.value is not None:
            self._walrus(node.value, False, False)
        if isinstance(node, ast.Expr):
            self._extends_exports(node.value)
        self.found.watched.append(node)

    def _extends_exports(self, node: ast.expr) -> None:
        match node:
            case ast.Call(
                func=ast.Attribute(value=ast.Name(id="__all__"), attr="extend" | "append"),
                args=[argument],
            ) if self.found.exports is not None:
                try:
                    value = ast.literal_eval(argument)
                except (ValueError, TypeError, SyntaxError):
                    self.found.exports = None
                    return
                names = [value] if isinstance(value, str) else value
                self.found.exports |= frozenset(map(str, names))
            case _:
                pass


def unpacked(
    target: ast.Tuple | ast.List, value: ast.expr | None
) -> Iterator[tuple[str, ast.expr | None]]:
    """Yield the names that an unpacking binds, each with the expression of its part.

    That is an item of ``value`` by its place; ``None`` where it cannot be given.
    """
    starred = [place for place, part in enumerate(target.elts) if isinstance(part, ast.Starred)]
    head = target.elts[: starred[0]] if starred else target.elts
    if value is None or not all(isinstance(element, ast.Name) for element in head):
        head = []
    parts: list[ast.expr] = []
    if isinstance(value, (ast.Tuple, ast.List)) and (starred or len(value.elts) == len(head)):
        parts = value.elts[: len(head)]
    told = not any(isinstance(part, ast.Starred) for part in parts) and len(parts) in (0, len(head))
    for place, element in enumerate(head):
        if isinstance(element, ast.Name) and value is not None:
            item = ast.Subscript(value, ast.Constant(place), ast.Load())
            part = parts[place] if parts else ast.copy_location(item, element)
            yield element.id, part if told else None
    for element in target.elts[len(head) :]:
        for child in walk(element):
            if isinstance(child, ast.Name) and isinstance(child.ctx, ast.Store):
                yield child.id, None


def bound(target: ast.expr, value: ast.expr) -> dict[str, ast.expr] | None:
    """Return the names that an assignment binds, each with its expression; ``None`` for other targets.

    A name whose part of the value cannot be given has :data:`UNTOLD`.
    """
    match target:
        case ast.Name(id=name):
            return {name: value}
        case ast.Tuple() | ast.List():
            return {name: part or UNTOLD for name, part in unpacked(target, value)}
        case _:
            return None


def captured(pattern: ast.AST) -> list[str]:
    """Return the names that a pattern of ``case`` binds."""
    names = []
    for child in walk(pattern):
        match child:
            case ast.MatchAs(name=str(name)) | ast.MatchStar(name=str(name)):
                names.append(name)
            case ast.MatchMapping(rest=str(name)):
                names.append(name)
            case _:
                pass
    return names


def _shallow(node: ast.AST) -> list[ast.AST]:
    """An expression's nodes, lambdas and comprehensions not entered."""
    found, stack = [], [node]
    while stack:
        current = stack.pop()
        found.append(current)
        if not isinstance(current, ast.Lambda):
            stack += children(current)
    return found


def _is_overload(node: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    return any(
        (isinstance(d, ast.Name) and d.id == "overload")
        or (isinstance(d, ast.Attribute) and d.attr == "overload")
        for d in node.decorator_list
    )
