"""Module ``__getattr__``: what a plain one answers for a name, worked out without running it.

Understood: chains of ``if name == "x"`` (also ``in (…)``, ``or``) with returns, local imports and
simple local assignments, and the table form ``importlib.import_module(TABLE[name])``. Anything else
is "cannot tell".
"""

from __future__ import annotations

import ast
from dataclasses import dataclass

from vplug.discovery.literals import Literals, Undecidable


@dataclass(frozen=True, slots=True)
class LazyAnswer:
    """What ``__getattr__(name)`` does.

    Attributes:
        raises: it raises: the module has no such attribute.
        expression: what it returns, a name or dotted name in the module's scope.
        imports: the local ``from`` import that ``expression`` comes from, if it is one.
        imported: the name that import takes.
        target: ``(module, attribute or None)`` where it is fetched by ``importlib``.
        reason: why it cannot be told, when nothing above is set.
        node: the statement that decided.
    """

    raises: bool = False
    expression: ast.expr | None = None
    imports: ast.ImportFrom | None = None
    imported: str = ""
    target: tuple[str, str | None] | None = None
    reason: str = ""
    node: ast.AST | None = None


class _Doubt(Exception):
    def __init__(self, reason: str, node: ast.AST) -> None:
        super().__init__(reason)
        self.reason = reason
        self.node = node


def ask_getattr(function: ast.FunctionDef, name: str, module: ast.Module) -> LazyAnswer:
    """Return what the module-level ``__getattr__`` ``function`` answers for ``name``."""
    if len(function.args.args) != 1 or function.decorator_list:
        return LazyAnswer(reason="is not a plain function of one name")
    walker = _Walker(function.args.args[0].arg, name, Literals(module))
    try:
        answer = walker.block(function.body)
    except _Doubt as doubt:
        return LazyAnswer(reason=doubt.reason, node=doubt.node)
    return answer or LazyAnswer(reason="ends without a return for this name", node=function)


class _Walker:
    def __init__(self, parameter: str, name: str, literals: Literals) -> None:
        self._parameter = parameter
        self._name = name
        self._literals = literals
        self._imports: dict[str, tuple[ast.ImportFrom, str]] = {}
        self._modules: dict[str, str] = {}
        self._locals: dict[str, ast.expr] = {}

    def block(self, body: list[ast.stmt]) -> LazyAnswer | None:
        for statement in body:
            answer = self._statement(statement)
            if answer is not None:
                return answer
        return None

    def _statement(self, node: ast.stmt) -> LazyAnswer | None:
        match node:
            case ast.Return(value=value):
                return self._returned(value, node)
            case ast.Raise():
                return LazyAnswer(raises=True, node=node)
            case ast.If(test=test, body=body, orelse=orelse):
                return self.block(body if self._test(test) else orelse)
            case ast.ImportFrom(names=names):
                for alias in names:
                    self._imports[alias.asname or alias.name] = (node, alias.name)
                return None
            case ast.Import(names=names):
                for alias in names:
                    self._modules[alias.asname or alias.name] = alias.name
                return None
            case ast.Assign(targets=[ast.Name(id=local)], value=value):
                self._locals[local] = value
                return None
            case ast.Assign(targets=[ast.Tuple(elts=elts)], value=value):
                self._unpacked(elts, value, node)
                return None
            # The value cached for the next time: `globals()[name] = value`.
            case ast.Assign(targets=[ast.Subscript(value=ast.Call(func=ast.Name(id="globals")))]):
                return None
            case ast.Expr(value=ast.Constant()) | ast.Global() | ast.Pass():
                return None
            case ast.Try(body=body) if not any(isinstance(n, ast.Return) for n in ast.walk(node)):
                return self.block(body)
            case _:
                raise _Doubt("holds a statement that only running would tell", node)

    def _unpacked(self, elts: list[ast.expr], value: ast.expr, node: ast.stmt) -> None:
        """`module, attr = TABLE[name]`."""
        row = self._value(value)
        if not isinstance(row, (list, tuple)) or len(row) != len(elts):
            raise _Doubt("unpacks something that only running would tell", node)
        for target, part in zip(elts, row, strict=True):
            if isinstance(target, ast.Name):
                self._locals[target.id] = ast.Constant(part)

    def _test(self, node: ast.expr) -> bool:
        match node:
            case ast.Compare(left=left, ops=[op], comparators=[right]):
                return self._compare(node, left, op, right)
            case ast.BoolOp(op=ast.Or(), values=values):
                return any(self._test(value) for value in values)
            case ast.BoolOp(op=ast.And(), values=values):
                return all(self._test(value) for value in values)
            case ast.UnaryOp(op=ast.Not(), operand=operand):
                return not self._test(operand)
            case ast.Call(
                func=ast.Attribute(value=ast.Name(id=subject), attr="startswith"),
                args=[ast.Constant(value=str(prefix))],
            ) if subject == self._parameter:
                return self._name.startswith(prefix)
            case _:
                raise _Doubt("tests something that only running would tell", node)

    def _compare(self, node: ast.expr, left: ast.expr, op: ast.cmpop, right: ast.expr) -> bool:
        if isinstance(right, ast.Name) and right.id == self._parameter:
            left, right = right, left
        if not (isinstance(left, ast.Name) and left.id == self._parameter):
            # `target = TABLE.get(name)`, then `if target is None`.
            if isinstance(right, ast.Constant) and right.value is None:
                value = self._value(left)
                return (value is None) == isinstance(op, (ast.Is, ast.Eq))
            raise _Doubt("compares something that only running would tell", node)
        value = self._value(right)
        match op:
            case ast.Eq():
                return bool(value == self._name)
            case ast.NotEq():
                return bool(value != self._name)
            case ast.In() if isinstance(value, (list, tuple, dict, set, frozenset, str)):
                return self._name in value
            case ast.NotIn() if isinstance(value, (list, tuple, dict, set, frozenset, str)):
                return self._name not in value
            case _:
                raise _Doubt("compares in a way that only running would tell", node)

    def _value(self, node: ast.expr) -> object:
        match node:
            case ast.Name(id=local) if local == self._parameter:
                return self._name
            case ast.Name(id=local) if local in self._locals:
                return self._value(self._locals[local])
            case ast.Subscript(value=table, slice=key):
                mapping = self._value(table)
                index = self._value(key)
                if isinstance(mapping, dict) and index in mapping:
                    return mapping[index]
                if isinstance(mapping, (list, tuple)) and isinstance(index, int):
                    return mapping[index] if index < len(mapping) else None
            case ast.Call(func=ast.Attribute(value=table, attr="get"), args=[key, *rest]) if (
                not node.keywords
            ):
                mapping = self._value(table)
                default = self._value(rest[0]) if rest else None
                if isinstance(mapping, dict):
                    return mapping.get(self._value(key), default)
            case ast.JoinedStr(values=values):
                return "".join(
                    str(self._value(v.value if isinstance(v, ast.FormattedValue) else v))
                    for v in values
                )
            case ast.Name(id="__name__" | "__package__"):
                return ""
            case _:
                pass
        try:
            return self._literals.evaluate(node)
        except Undecidable as error:
            raise _Doubt(f"uses a value that reading cannot tell: {error.reason}", node) from None

    def _returned(self, value: ast.expr | None, node: ast.stmt) -> LazyAnswer:
        match value:
            case ast.Name(id=local) if local in self._imports:
                statement, imported = self._imports[local]
                return LazyAnswer(expression=value, imports=statement, imported=imported, node=node)
            case ast.Name(id=local) if local in self._locals:
                return self._returned(self._locals[local], node)
            case ast.Name(id=local) if local in self._modules:
                return LazyAnswer(target=(self._modules[local], None), node=node)
            case ast.Call(func=ast.Name(id="getattr"), args=[source, attr, *_]):
                module = self._module(source)
                name = self._value(attr)
                if module is not None and isinstance(name, str):
                    return LazyAnswer(target=(module, name), node=node)
            case ast.Attribute(value=source, attr=attr) if self._module(source) is not None:
                return LazyAnswer(target=(str(self._module(source)), attr), node=node)
            case ast.Call():
                module = self._module(value)
                if module is not None:
                    return LazyAnswer(target=(module, None), node=node)
            case ast.Name() | ast.Attribute():
                return LazyAnswer(expression=value, node=node)
            case _:
                pass
        raise _Doubt("returns something that only running would tell", node)

    def _module(self, node: ast.expr) -> str | None:
        """Return the module that ``importlib.import_module(…)`` fetches, dots for relative ones."""
        match node:
            case ast.Name(id=local) if local in self._locals:
                return self._module(self._locals[local])
            case ast.Name(id=local) if local in self._modules:
                return self._modules[local]
            case ast.Call(
                func=ast.Attribute(attr="import_module") | ast.Name(id="import_module"),
                args=[first, *_],
            ):
                name = self._value(first)
                if isinstance(name, str):
                    # f"{__name__}.sub" was evaluated with an empty package: a relative name.
                    return name
            case _:
                pass
        return None
