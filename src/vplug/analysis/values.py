"""Values of expressions inside functions: strings, None, references to classes; else a doubt."""

from __future__ import annotations

import ast
from collections.abc import Mapping

from vplug.analysis.instances import attributes_of
from vplug.analysis.lookups import OF_TEXT, is_look_up, looked_up, of_text
from vplug.analysis.modules import Module
from vplug.analysis.resolve import Kind, Resolution, Resolver, Status
from vplug.analysis.scopes import (
    FunctionNode,
    Scope,
    Value,
    can_end,
    changed_names,
    dotted,
    is_generator,
    parameters,
    scope_of,
    walk_body,
)
from vplug.analysis.valuetypes import Instance, Reference, Unsure

__all__ = [
    "Evaluator",
    "FunctionNode",
    "Instance",
    "Reference",
    "Scope",
    "Unsure",
    "Value",
    "scope_of",
    "walk_body",
]

_DEPTH = 8
#: How many parts of a dotted name, and names that stand for it, are followed.
_CHAIN = 40


class Evaluator:
    """Evaluates expressions over a resolver's modules."""

    def __init__(self, resolver: Resolver) -> None:
        self.resolver = resolver
        self._changed: dict[str, frozenset[str]] = {}

    def possible(self, node: ast.expr | None, scope: Scope, depth: int = 0) -> list[Value]:
        """Return every value ``node`` may have: both arms of a condition, each local assignment."""
        if depth > _DEPTH:
            return [Unsure("too deep to follow")]
        match node:
            case None:
                return [Unsure("bound by a loop or an unpacking")]
            case ast.IfExp(body=body, orelse=orelse):
                return [
                    *self.possible(body, scope, depth + 1),
                    *self.possible(orelse, scope, depth + 1),
                ]
            case ast.BoolOp(op=ast.Or(), values=values):
                return [v for part in values for v in self.possible(part, scope, depth + 1)]
            case ast.Name(id=name) if (
                name in scope.locals and name not in scope.arguments and name not in scope.changed
            ):
                return [
                    value
                    for expression in scope.locals[name]
                    for value in self.possible(expression, scope, depth + 1)
                ]
            case ast.Call() if not _is_join(node):
                return self._called(node, scope, depth)
            case _:
                return [self.evaluate(node, scope, depth)]

    def evaluate(self, node: ast.expr, scope: Scope, depth: int = 0) -> Value:
        """Return the one value of ``node``, or an :class:`Unsure`."""
        if depth > _DEPTH:
            return Unsure("too deep to follow")
        step = depth + 1
        match node:
            case ast.Constant(value=value):
                return value
            case ast.Name(id=name):
                return self._name(name, node, scope, step)
            case ast.JoinedStr(values=values):
                return self._formatted([self._piece(value, scope, step) for value in values])
            case ast.BinOp(left=left, op=ast.Add(), right=right):
                return self._added(
                    self.evaluate(left, scope, step), self.evaluate(right, scope, step)
                )
            case ast.List(elts=elts) | ast.Tuple(elts=elts) | ast.Set(elts=elts):
                if any(isinstance(element, ast.Starred) for element in elts):
                    return Unsure("a list with unpacked parts")
                return [self.evaluate(element, scope, step) for element in elts]
            case ast.Dict(keys=keys, values=values) if None not in keys:
                return {
                    _hashable(self.evaluate(key, scope, step)): self.evaluate(value, scope, step)
                    for key, value in zip(keys, values, strict=True)
                    if key is not None
                }
            case ast.Subscript(value=container, slice=key):
                table = self.evaluate(container, scope, step)
                index = self.evaluate(key, scope, step)
                if isinstance(table, dict) and _hashable(index) in table:
                    return table[_hashable(index)]
                if isinstance(table, list) and isinstance(index, int) and index < len(table):
                    return table[index]
            case ast.Attribute(value=owner, attr=attr):
                return self._attribute(owner, attr, node, scope, step)
            case ast.BoolOp(op=op, values=parts):
                return self._chosen(isinstance(op, ast.Or), parts, scope, step)
            case ast.Call(
                func=ast.Attribute(value=ast.Constant(value=str(separator)), attr="join"),
                args=[items],
            ):
                listed = self.evaluate(items, scope, step)
                if isinstance(listed, list) and all(isinstance(item, str) for item in listed):
                    return separator.join(listed)
            case ast.Call():
                results = self._called(node, scope, step)
                return results[0] if len(results) == 1 else Unsure("a call with several results")
            case _:
                pass
        return Unsure(f"`{_short(node)}` is computed at run time")

    def reference(self, node: ast.expr, scope: Scope, depth: int = 0) -> Resolution:
        """Return what a name or dotted name leads to in ``scope``, function-level imports included."""
        if depth > _CHAIN:
            return Resolution(Status.UNKNOWN, reason="too deep to follow")
        if isinstance(node, ast.Name):
            if node.id in scope.imports:
                return self._imported(node.id, scope)
            if node.id in scope.arguments:
                given = scope.arguments[node.id]
                if isinstance(given, Reference):
                    return given.target
            elif node.id in scope.locals:
                expressions = scope.locals[node.id]
                only = expressions[0] if len(expressions) == 1 else None
                if isinstance(only, (ast.Name, ast.Attribute)):
                    return self.reference(only, scope, depth + 1)
                if is_look_up(only):
                    value = self.evaluate(only, scope, depth + 1)
                    if isinstance(value, Reference):
                        return value.target
                return Resolution(Status.UNKNOWN, reason=f"{node.id} is a local variable")
            return self.resolver.expression(scope.module, node)
        if isinstance(node, ast.Attribute):
            return self.resolver.member(self.reference(node.value, scope, depth + 1), node.attr)
        return Resolution(Status.UNKNOWN, reason="an expression computed at run time")

    def _chosen(self, first_true: bool, parts: list[ast.expr], scope: Scope, depth: int) -> Value:
        """The part that ``or``, or ``and``, gives."""
        value: Value = None
        for part in parts:
            value = self.evaluate(part, scope, depth)
            if part is parts[-1] or isinstance(value, Unsure):
                break
            if isinstance(value, Instance):
                return Unsure(f"whether `{_short(part)}` is true")
            if bool(value) is first_true:
                break
        return value

    def _imported(self, name: str, scope: Scope) -> Resolution:
        from vplug.analysis.resolve import absolute

        statement, alias = scope.imports[name]
        if isinstance(statement, ast.Import):
            target = alias.name if alias.asname else alias.name.partition(".")[0]
            return self.resolver.module(self.resolver.finder.find(target))
        base = absolute(scope.module, statement.module or "", statement.level)
        return self.resolver.imported(base, alias.name)

    def _name(self, name: str, node: ast.Name, scope: Scope, depth: int) -> Value:
        if name in scope.arguments:
            return scope.arguments[name]
        if name in scope.locals:
            if name in scope.changed:
                return Unsure(f"{name} is changed in place")
            expressions = scope.locals[name]
            if len(expressions) == 1 and expressions[0] is not None:
                return self.evaluate(expressions[0], scope, depth)
            if len(expressions) == 1:
                return Unsure(f"{name} is known only when it runs")
            return Unsure(f"{name} is bound more than once")
        if scope.function is not None and name in parameters(scope.function):
            return Unsure(f"{name} is a parameter")
        if name in {"__name__", "__package__"} and not scope.module.source_binds(name):
            return scope.module.name if name == "__name__" else scope.module.package
        return self.value_of(self.reference(node, scope), depth, self._is_changed(node, scope))

    def _is_changed(self, node: ast.expr, scope: Scope) -> bool:
        """Whether code of the module changes what ``node`` names, an item of it, in place."""
        written = dotted(node)
        return written is not None and written in self._changes(scope.module)

    def _changes(self, module: Module) -> frozenset[str]:
        known = self._changed.get(module.name)
        if known is None:
            known = self._changed[module.name] = changed_names(module)
        return known

    def value_of(self, found: Resolution, depth: int, changed: bool = False) -> Value:
        """Return the value that a name holds which leads to ``found``.

        Args:
            found: what it leads to.
            depth: how many steps led here.
            changed: whether something changes it in place.
        """
        if found.status is not Status.FOUND:
            if found.status is Status.EXTERNAL:
                return Reference(found)
            return Unsure(found.reason or "cannot be followed")
        if found.kind is Kind.VALUE:
            if isinstance(found.node, ast.expr) and found.module is not None:
                if found.alternatives:
                    return Unsure(f"{found.name} is bound more than once")
                if changed or found.name in self._changes(found.module):
                    return Unsure(f"{found.name} is changed in place")
                return self.evaluate(found.node, Scope(found.module), depth + 1)
            return Unsure(f"{found.name} is computed at run time")
        return Reference(found)

    def _attribute(
        self, owner: ast.expr, attr: str, node: ast.Attribute, scope: Scope, depth: int
    ) -> Value:
        if attr in {"__module__", "__qualname__", "__name__"}:
            subject = self.evaluate(owner, scope, depth)
            if isinstance(subject, Reference):
                target = subject.target
                if target.kind is Kind.MODULE and target.module is not None:
                    return target.module.name if attr == "__name__" else Unsure(attr)
                if target.module is not None:
                    return target.module.name if attr == "__module__" else target.name
        found = self.value_of(self.reference(node, scope), depth, self._is_changed(node, scope))
        if isinstance(found, Unsure) and isinstance(owner, (ast.Name, ast.Attribute)):
            holder = self.evaluate(owner, scope, depth)
            if isinstance(holder, Instance):
                return self.held(holder, attr, depth)
        return found

    def held(self, holder: Instance, attr: str, depth: int) -> Value:
        """Return what an attribute of an instance holds: what its constructor sets, or its class."""
        if attr in holder.holds:
            return holder.holds[attr]
        return self.value_of(self.resolver.member(holder.of, attr), depth)

    def _piece(self, node: ast.expr, scope: Scope, depth: int) -> Value:
        if isinstance(node, ast.FormattedValue):
            if node.conversion != -1 or node.format_spec is not None:
                return Unsure("formatted by a conversion or specification")
            return self.evaluate(node.value, scope, depth)
        return self.evaluate(node, scope, depth)

    def _formatted(self, parts: list[Value]) -> Value:
        doubt = next((part for part in parts if isinstance(part, Unsure)), None)
        if doubt is not None:
            return doubt
        if all(isinstance(part, (str, int)) for part in parts):
            return "".join(map(str, parts))
        return Unsure("joins something that is no text")

    def _added(self, left: Value, right: Value) -> Value:
        for part in (left, right):
            if isinstance(part, Unsure):
                return part
        if isinstance(left, str) and isinstance(right, str):
            return left + right
        if isinstance(left, list) and isinstance(right, list):
            return [*left, *right]
        if isinstance(left, int) and isinstance(right, int):
            return left + right
        return Unsure("adds something that is no text")

    def _called(self, node: ast.Call, scope: Scope, depth: int) -> list[Value]:
        """Follow a call to a function of the package; what it returns is the value."""
        if isinstance(node.func, ast.Name) and node.func.id == "str" and len(node.args) == 1:
            return self.possible(node.args[0], scope, depth + 1)
        if is_look_up(node):
            return [looked_up(self, node, scope, depth)]
        if isinstance(node.func, ast.Attribute) and node.func.attr in OF_TEXT:
            text = self.evaluate(node.func.value, scope, depth)
            if isinstance(text, str):
                return [of_text(self, text, node.func.attr, node, scope, depth)]
        found = self.reference(node.func, scope)
        if (
            found.status is Status.FOUND
            and found.kind is Kind.FUNCTION
            and isinstance(found.node, ast.FunctionDef)
            and found.module is not None
            and _callable_plainly(found)
        ):
            arguments = (
                {}
                if found.owner is not None
                else self.bind(found.node, node, scope, found.module, depth=depth + 1)
            )
            return [
                value
                for _, values in self.returned(found.module, found.node, arguments, depth + 1)
                for value in values
            ]
        if found.status is Status.FOUND and found.kind is Kind.CLASS:
            return [Instance(found, attributes_of(self, found, node, scope, depth))]
        return [Unsure(f"`{_short(node)}` is computed at run time")]

    def bind(
        self,
        function: FunctionNode,
        call: ast.Call,
        scope: Scope,
        module: Module | None = None,
        *,
        bound: bool = False,
        depth: int = 0,
    ) -> dict[str, Value]:
        """Return the values a call passes, by parameter; what cannot be told is left out.

        Args:
            function: what is called.
            call: the call.
            scope: where the call stands.
            module: the function's own module, whose globals its defaults see.
            bound: whether the first parameter is passed by being called on an object or class.
            depth: how many steps led here.
        """
        arguments: dict[str, Value] = {}
        home = Scope(module or scope.module)
        names = [arg.arg for arg in (*function.args.posonlyargs, *function.args.args)]
        for name, default in zip(reversed(names), reversed(function.args.defaults), strict=False):
            arguments[name] = self.evaluate(default, home, depth)
        for arg, given in zip(function.args.kwonlyargs, function.args.kw_defaults, strict=True):
            if given is not None:
                arguments[arg.arg] = self.evaluate(given, home, depth)
        for name, argument in zip(names[1:] if bound else names, call.args, strict=False):
            if isinstance(argument, ast.Starred):
                return {}  # what is unpacked may fill any parameter
            arguments[name] = self.evaluate(argument, scope, depth)
        for keyword in call.keywords:
            if keyword.arg is None:
                return {}
            arguments[keyword.arg] = self.evaluate(keyword.value, scope, depth)
        return arguments

    def returned(
        self,
        module: Module,
        function: FunctionNode,
        arguments: Mapping[str, Value] | None = None,
        depth: int = 0,
    ) -> list[tuple[ast.AST, list[Value]]]:
        """Return each ``return`` of ``function`` with the values it may give.

        Where its end can be reached it gives ``None`` too, at its own place.
        """
        if isinstance(function, ast.Lambda):
            return [(function.body, self.possible(function.body, Scope(module, function), depth))]
        if is_generator(function):
            return [(function, [Unsure("it is a generator function")])]
        scope = scope_of(module, function, arguments)
        found: list[tuple[ast.AST, list[Value]]] = []
        for node in walk_body(function.body):
            if isinstance(node, ast.Return):
                if node.value is None:
                    found.append((node, [None]))
                else:
                    found.append((node.value, self.possible(node.value, scope, depth)))
        if not found or can_end(function.body):
            found.append((function, [None]))
        return found


def _is_join(node: ast.Call) -> bool:
    match node:
        case ast.Call(func=ast.Attribute(value=ast.Constant(value=str()), attr="join")):
            return True
        case _:
            return False


def _callable_plainly(found: Resolution) -> bool:
    """A plain function, or a static or class method called on its class."""
    if not isinstance(found.node, ast.FunctionDef):
        return False
    decorators = {getattr(decorator, "id", "?") for decorator in found.node.decorator_list}
    if found.owner is None:
        return not decorators
    return len(decorators) == 1 and bool(decorators & {"staticmethod", "classmethod"})


def _hashable(value: Value) -> object:
    return repr(value) if isinstance(value, (list, dict)) else value


def _short(node: ast.AST) -> str:
    text = " ".join(ast.unparse(node).split())
    return text if len(text) <= 60 else text[:57] + "..."
