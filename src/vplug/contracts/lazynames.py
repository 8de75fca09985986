"""Which names a module's ``__getattr__`` answers, where that can be told from reading.

:func:`vplug.analysis.lazy.ask_getattr` tells what *one* name leads to in a plugin. Here the question
is the whole set: the function is walked once for a name that nobody has, which must end in a raise
(otherwise the module answers anything), and once for every name it compares with.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum

#: A name that no table holds.
_NOBODY = "\x00nobody"


class _Way(Enum):
    RAISES = "raises"
    ANSWERS = "answers"
    MAY = "may"
    FALLS = "falls"


class _Doubt(Exception):
    pass


@dataclass(frozen=True, slots=True)
class LazyNames:
    """What ``__getattr__`` answers.

    Attributes:
        names: name → (whether surely, module and attribute it is fetched from or ``None``).
        open: why it may answer others too; empty where it does not.
    """

    names: dict[str, tuple[bool, tuple[str, str] | None]]
    open: str = ""


def lazy_names(
    function: ast.FunctionDef, tree: ast.Module, package: str, exports: Iterable[str] | None
) -> LazyNames:
    """Return the names that the module-level ``function`` answers."""
    if len(function.args.args) != 1 or function.decorator_list:
        return LazyNames({}, "__getattr__ is not a plain function of one name")
    tables = _Tables(tree, list(exports) if exports is not None else None)
    try:
        walker = _Walker(function, tables, package, _NOBODY)
        if walker.block(function.body) is not _Way.RAISES:
            return LazyNames({}, "__getattr__ may answer any name")
        answered: dict[str, tuple[bool, tuple[str, str] | None]] = {}
        for name in sorted(_candidates(function, tables)):
            walker = _Walker(function, tables, package, name)
            way = walker.block(function.body)
            if way is not _Way.RAISES:
                answered[name] = (way is _Way.ANSWERS, walker.target)
    except _Doubt as doubt:
        return LazyNames({}, f"__getattr__ {doubt}")
    return LazyNames(answered)


class _Tables:
    """The module's literal dictionaries, lists and sets, by name."""

    def __init__(self, tree: ast.Module, exports: list[str] | None) -> None:
        self._values: dict[str, list[ast.expr]] = {}
        self._exports = exports
        for node in tree.body:
            match node:
                case ast.Assign(targets=[ast.Name(id=name)], value=value):
                    self._values.setdefault(name, []).append(value)
                case ast.AnnAssign(target=ast.Name(id=name), value=ast.expr() as value):
                    self._values.setdefault(name, []).append(value)
                case ast.Expr(
                    value=ast.Call(
                        func=ast.Attribute(value=ast.Name(id=name), attr="update" | "extend"),
                        args=[value],
                    )
                ):
                    self._values.setdefault(name, []).append(value)
                case _:
                    pass

    def of(self, node: ast.expr, depth: int = 0) -> dict[str, ast.expr | None]:
        """Return the keys (or elements) of a table, each with its value; raises :class:`_Doubt`."""
        if depth > 8:
            raise _Doubt("looks into a table that only running would tell")
        found: dict[str, ast.expr | None] = {}
        match node:
            case ast.Name(id="__all__") if self._exports is not None:
                return dict.fromkeys(self._exports)
            case ast.Name(id=name) if name in self._values:
                for value in self._values[name]:
                    found.update(self.of(value, depth + 1))
                return found
            case ast.Dict(keys=keys, values=values):
                for key, value in zip(keys, values, strict=True):
                    if key is None:
                        found.update(self.of(value, depth + 1))
                    elif isinstance(key, ast.Constant) and isinstance(key.value, str):
                        found[key.value] = value
                    else:
                        raise _Doubt("looks into a table with computed keys")
                return found
            case ast.List(elts=elts) | ast.Tuple(elts=elts) | ast.Set(elts=elts):
                for element in elts:
                    match element:
                        case ast.Constant(value=str(text)):
                            found[text] = None
                        case ast.Starred(value=inner):
                            found.update(self.of(inner, depth + 1))
                        case _:
                            raise _Doubt("looks into a list with computed elements")
                return found
            case ast.BinOp(left=left, op=ast.Add() | ast.BitOr(), right=right):
                return {**self.of(left, depth + 1), **self.of(right, depth + 1)}
            case ast.Call(
                func=ast.Name(id="list" | "set" | "tuple" | "frozenset" | "sorted" | "dict"),
                args=[inner],
            ):
                return self.of(inner, depth + 1)
            case ast.Call(func=ast.Attribute(value=inner, attr="keys"), args=[]):
                return self.of(inner, depth + 1)
            case _:
                raise _Doubt("looks into a table that only running would tell")


def _candidates(function: ast.FunctionDef, tables: _Tables) -> set[str]:
    names: set[str] = set()
    for node in ast.walk(function):
        match node:
            case ast.Compare(left=left, comparators=[right]):
                for side in (left, right):
                    if isinstance(side, ast.Constant) and isinstance(side.value, str):
                        names.add(side.value)
                    elif not isinstance(side, ast.Constant):
                        names |= _keys(tables, side)
            case ast.Call(func=ast.Attribute(value=table, attr="get")):
                names |= _keys(tables, table)
            case _:
                continue
    return names


def _keys(tables: _Tables, node: ast.expr) -> set[str]:
    try:
        return set(tables.of(node))
    except _Doubt:
        return set()


class _Walker:
    def __init__(self, function: ast.FunctionDef, tables: _Tables, package: str, name: str) -> None:
        self._parameter = function.args.args[0].arg
        self._tables = tables
        self._package = package
        self._name = name
        self._imports: dict[str, tuple[str, str]] = {}
        self._fetched: dict[str, ast.expr | None] = {}
        self._entry: ast.expr | None = None
        self.target: tuple[str, str] | None = None

    def block(self, body: list[ast.stmt]) -> _Way:
        for place, statement in enumerate(body):
            if isinstance(statement, ast.If) and self._test(statement.test) is None:
                # Either arm may run (`if current_platform.is_rocm()`): what follows stands for an
                # arm that falls through.
                rest = body[place + 1 :]
                return _joined(
                    self.block([*statement.body, *rest]), self.block([*statement.orelse, *rest])
                )
            way = self._statement(statement)
            if way is not _Way.FALLS:
                return way
        return _Way.FALLS

    def _statement(self, node: ast.stmt) -> _Way:
        match node:
            case ast.Return(value=value):
                self._note_target(value)
                return _Way.ANSWERS
            case ast.Raise():
                return _Way.RAISES
            case ast.If(test=test, body=body, orelse=orelse):
                return self.block(body if self._test(test) else orelse)
            case ast.ImportFrom(names=names, module=module, level=level):
                for alias in names:
                    base = self._absolute("." * level + (module or ""))
                    self._imports[alias.asname or alias.name] = (base, alias.name)
                return _Way.FALLS
            case ast.Assign(targets=[ast.Name(id=local)], value=value):
                self._note_fetch(local, value)
                return _Way.FALLS
            case _ if any(isinstance(n, (ast.Return, ast.Raise)) for n in ast.walk(node)):
                raise _Doubt("holds a statement that only running would tell")
            case _:
                self._note_entry(node)
                return _Way.FALLS

    def _note_fetch(self, local: str, value: ast.expr) -> None:
        match value:
            case ast.Call(func=ast.Attribute(value=table, attr="get"), args=[ast.Name(id=key)]) if (
                key == self._parameter
            ):
                self._fetched[local] = self._tables.of(table).get(self._name)
                self._entry = self._fetched[local]
            case _:
                self._note_entry(value)

    def _note_entry(self, node: ast.AST) -> None:
        """Remember what ``TABLE[name]`` holds: it tells where the answer is fetched from."""
        for child in ast.walk(node):
            match child:
                case ast.Subscript(value=table, slice=ast.Name(id=key)) if key == self._parameter:
                    try:
                        self._entry = self._tables.of(table).get(self._name)
                    except _Doubt:
                        continue
                case _:
                    continue

    def _note_target(self, value: ast.expr | None) -> None:
        if isinstance(value, ast.Name) and value.id in self._imports:
            self.target = self._imports[value.id]
            return
        if value is not None:
            self._note_entry(value)
        entry = self._entry
        if not (isinstance(entry, ast.Constant) and isinstance(entry.value, str)):
            return
        module, colon, attr = entry.value.partition(":")
        self.target = (self._absolute(module), attr if colon else self._name)

    def _absolute(self, name: str) -> str:
        level = len(name) - len(name.lstrip("."))
        if level == 0:
            return name
        parts = self._package.split(".")
        base = parts[: len(parts) - (level - 1)]
        rest = name.lstrip(".")
        return ".".join([*base, rest] if rest else base)

    def _test(self, node: ast.expr) -> bool | None:
        """Return whether the test holds for the name; ``None`` where it asks about something else."""
        match node:
            case ast.UnaryOp(op=ast.Not(), operand=operand):
                truth = self._test(operand)
                return None if truth is None else not truth
            case ast.BoolOp(op=op, values=values):
                truths = [self._test(value) for value in values]
                decisive = isinstance(op, ast.Or)
                if decisive in truths:
                    return decisive
                return None if None in truths else not decisive
            case ast.Compare(left=left, ops=[op], comparators=[right]):
                return self._compare(node, left, op, right)
            case ast.Name(id=local) if local in self._fetched:
                return self._fetched[local] is not None
            case ast.Call(
                func=ast.Attribute(value=ast.Name(id=subject), attr="startswith" | "endswith")
            ) if subject == self._parameter:
                raise _Doubt("answers names by how they begin or end")
            case _ if self._asks_about_name(node):
                raise _Doubt("tests the name in a way that only running would tell")
            case _:
                return None

    def _compare(
        self, node: ast.expr, left: ast.expr, op: ast.cmpop, right: ast.expr
    ) -> bool | None:
        if isinstance(right, ast.Name) and right.id == self._parameter:
            left, right = right, left
        if isinstance(left, ast.Name) and left.id == self._parameter:
            match op, right:
                case ((ast.Eq() | ast.NotEq()), ast.Constant(value=str(text))):
                    return (text == self._name) == isinstance(op, ast.Eq)
                # What globals() already holds never reaches __getattr__.
                case ((ast.In() | ast.NotIn()), ast.Call(func=ast.Name(id="globals"))):
                    return isinstance(op, ast.NotIn)
                case ((ast.In() | ast.NotIn()), _):
                    return (self._name in self._tables.of(right)) == isinstance(op, ast.In)
                case _:
                    raise _Doubt("compares the name in a way that only running would tell")
        if (
            isinstance(left, ast.Name)
            and left.id in self._fetched
            and isinstance(right, ast.Constant)
            and right.value is None
        ):
            return (self._fetched[left.id] is None) == isinstance(op, (ast.Is, ast.Eq))
        if self._asks_about_name(node):
            raise _Doubt("compares the name in a way that only running would tell")
        return None

    def _asks_about_name(self, node: ast.expr) -> bool:
        return any(
            isinstance(child, ast.Name) and child.id == self._parameter for child in ast.walk(node)
        )


def _joined(first: _Way, second: _Way) -> _Way:
    if first is second:
        return first
    return _Way.MAY
