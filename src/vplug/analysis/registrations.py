"""What a general plugin registers: the calls its function leads to, with what they are given."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import replace

from vplug.analysis.argument_text import is_told, show
from vplug.analysis.lookups import called_name, imported_module, is_look_up
from vplug.analysis.modules import Module, Source
from vplug.analysis.nodes import walk
from vplug.analysis.registration_kinds import (
    BY_FUNCTION,
    KINDS,
    Registration,
    RegistrationKind,
    kind_of,
)
from vplug.analysis.resolve import Kind, Resolution, Status, absolute
from vplug.analysis.scopes import FunctionNode, Scope, Value, nested_scope, scope_of, walk_body
from vplug.analysis.values import Evaluator, Instance, Reference, Unsure
from vplug.model import Location

#: Nodes that register, lead on, or repeat.
_OF_INTEREST = (
    ast.AsyncFor,
    ast.Call,
    ast.ClassDef,
    ast.For,
    ast.FunctionDef,
    ast.Import,
    ast.ImportFrom,
)
__all__ = ["KINDS", "Registration", "Registrations"]

_ONCE: list[dict[str, Value]] = [{}]
#: How many turns of nested loops are followed.
_TURNS = 1000
#: How far calls are followed, and how many modules may be looked at on the way.
_DEPTH = 6
_MODULES = 300


class Registrations:
    """Collects the registrations that a function leads to.

    Follows calls into the package's own functions, and imports made on the way into the top levels
    of its own modules, where decorators register. Vendored or external code is not entered.
    """

    def __init__(self, evaluator: Evaluator) -> None:
        self._evaluator = evaluator
        self.found: list[Registration] = []
        self.truncated = False
        self._seen_functions: set[tuple[int, str]] = set()
        self._followed: set[int] = set()
        self._applied: set[int] = set()
        self._imports_on = True
        self._seen_modules: set[str] = set()
        self._seen_names: set[str] = set()

    def of_function(self, module: Module, function: FunctionNode) -> list[Registration]:
        """Return what calling ``function`` of ``module`` registers, importing included."""
        self._module(module)
        self._function(module, function, {}, 0)
        unique: dict[tuple[str, tuple[str, ...], Location], Registration] = {}
        for item in self.found:
            unique.setdefault((item.kind.what, item.arguments, item.location), item)
        return list(unique.values())

    @property
    def modules(self) -> frozenset[str]:
        """The names of the own modules that were looked at."""
        return frozenset(self._seen_modules)

    def was_followed(self, function: ast.AST) -> bool:
        """Return whether what was asked about leads to a call of ``function``."""
        return id(function) in self._followed

    def if_run(self, scope: Scope, function: FunctionNode) -> list[Registration]:
        """Return what a function registers if something calls it; its imports are not followed."""
        before, self.found, self._imports_on = self.found, [], False
        self._followed.add(id(function))
        body = [ast.Expr(function.body)] if isinstance(function, ast.Lambda) else function.body
        self._walk(list(body), scope, 0)
        found, self.found, self._imports_on = self.found, before, True
        return found

    def _module(self, module: Module) -> None:
        """Look at a module's top level, and at those of the own modules it imports."""
        if not module.own or module.name in self._seen_modules or not self._imports_on:
            return
        if len(self._seen_modules) >= _MODULES:
            self.truncated = True
            return
        self._seen_modules.add(module.name)
        source = module.source
        if not isinstance(source, Source):
            return
        self._walk(source.tree.body, Scope(module), 0)

    def _function(
        self,
        module: Module,
        function: FunctionNode,
        arguments: dict[str, Value],
        depth: int,
        outer: Scope | None = None,
    ) -> None:
        key = (id(function), repr(sorted(arguments.items(), key=str)))
        if depth > _DEPTH or key in self._seen_functions:
            return
        self._seen_functions.add(key)
        self._followed.add(id(function))
        if outer is not None and isinstance(function, (ast.FunctionDef, ast.AsyncFunctionDef)):
            scope = nested_scope(outer, function, arguments)
        else:
            scope = scope_of(module, function, arguments)
        body: list[ast.stmt] = (
            [ast.Expr(function.body)] if isinstance(function, ast.Lambda) else function.body
        )
        self._walk(body, scope, depth)

    def _walk(self, body: list[ast.stmt], scope: Scope, depth: int) -> None:
        # What a node of a loop's body is run with, turn by turn; outer loops are met first.
        turns: dict[int, list[dict[str, Value]]] = {}
        for node in walk_body(body):
            if not isinstance(node, _OF_INTEREST):
                continue
            rows = turns.get(id(node), _ONCE)
            if isinstance(node, (ast.For, ast.AsyncFor)):
                inner = [turn for row in rows for turn in self._turns(node, scope, row)]
                self.truncated = self.truncated or len(inner) > _TURNS
                for child in _nodes(node.body):
                    if isinstance(child, _OF_INTEREST):
                        turns[id(child)] = inner[:_TURNS]
                continue
            for row in rows:
                self._node(node, _with(scope, row), depth)

    def _node(self, node: ast.AST, scope: Scope, depth: int) -> None:
        if isinstance(node, (ast.Import, ast.ImportFrom)):
            self._imports(node, scope)
        elif isinstance(node, (ast.ClassDef, ast.FunctionDef)):
            self._decorators(node, scope)
        elif isinstance(node, ast.Call):
            self._call(node, scope, depth)

    def _turns(
        self, node: ast.For | ast.AsyncFor, scope: Scope, row: dict[str, Value]
    ) -> list[dict[str, Value]]:
        """Return what each turn binds, with what the loops around it do; one turn if unknown."""
        rows = self._rows(node, _with(scope, row))
        return [row] if rows is None else [{**row, **more} for more in rows]

    def _rows(self, node: ast.For | ast.AsyncFor, scope: Scope) -> list[dict[str, Value]] | None:
        """Return what each turn of a loop over something literal binds; ``None`` if it is not."""
        iterated = node.iter
        pairs = False
        match iterated:
            case ast.Call(func=ast.Attribute(value=table, attr="items"), args=[]):
                iterated, pairs = table, True
        values = self._evaluator.evaluate(iterated, scope)
        if isinstance(values, dict):
            rows = [[key, value] for key, value in values.items()] if pairs else list(values)
        elif isinstance(values, list):
            rows = values
        else:
            return None
        return [self._bind(node.target, row) for row in rows]

    def _bind(self, target: ast.expr, value: Value) -> dict[str, Value]:
        if isinstance(target, ast.Name):
            return {target.id: value}
        if isinstance(target, (ast.Tuple, ast.List)) and isinstance(value, list):
            bound: dict[str, Value] = {}
            for element, part in zip(target.elts, value, strict=False):
                bound.update(self._bind(element, part))
            return bound
        return {}

    def _imports(self, node: ast.Import | ast.ImportFrom, scope: Scope) -> None:
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        else:
            base = absolute(scope.module, node.module or "", node.level)
            if base is None:
                return
            names = [base, *(f"{base}.{alias.name}" for alias in node.names if alias.name != "*")]
        for name in names:
            self._named_module(name)

    def _named_module(self, name: str) -> None:
        """Look at what importing a module runs: it, and the packages above it before it."""
        if name in self._seen_names or not self._imports_on:
            return
        finder = self._evaluator.resolver.finder
        if not finder.find(name.partition(".")[0]).own:
            self._seen_names.add(name)
            return
        unseen: list[str] = []
        while name and name not in self._seen_names:
            unseen.append(name)
            name = name.rpartition(".")[0]
        self._seen_names.update(unseen)
        for part in reversed(unseen):
            module = finder.find(part)
            if module.tree is not None and module.own:
                self._module(module)

    def _decorators(self, node: ast.AST, scope: Scope) -> None:
        if isinstance(node, (ast.ClassDef, ast.FunctionDef)):
            for decorator in node.decorator_list:
                call = decorator
                if not isinstance(call, ast.Call):  # `@RMSNorm.register_oot`, without a call
                    call = ast.copy_location(ast.Call(decorator, [], []), decorator)
                found = self._kind(call, scope)
                if found is not None:
                    kind = Kind.CLASS if isinstance(node, ast.ClassDef) else Kind.FUNCTION
                    given = Resolution(Status.FOUND, kind, node, scope.module, name=node.name)
                    self._note(*found, call, scope, Reference(given), f"{kind} {node.name}")

    def _call(self, node: ast.Call, scope: Scope, depth: int) -> None:
        if id(node) in self._applied:
            return
        found = self._kind(node, scope)
        if found is not None:
            self._note(*found, node, scope)
            return
        if isinstance(node.func, ast.Call):
            self._call_of_call(node, node.func, scope, depth)
        elif called_name(node) == "import_module" and node.args:
            name = imported_module(self._evaluator, node, scope)
            if name is not None:
                self._named_module(name)
        elif isinstance(node.func, (ast.Name, ast.Attribute)):
            self._follow(node, node.func, scope, depth)

    def _call_of_call(self, node: ast.Call, inner: ast.Call, scope: Scope, depth: int) -> None:
        """A call of what another gives: ``register_x("name")(Class)``, ``getattr(module, "f")()``."""
        found = self._kind(inner, scope)
        if found is not None and len(node.args) == 1 and not node.keywords:
            self._applied.add(id(inner))  # it would be noted once more, without the class
            given = self._evaluator.evaluate(node.args[0], scope)
            self._note(*found, inner, scope, given, show(given, node.args[0]))
        elif is_look_up(inner):
            value = self._evaluator.evaluate(inner, scope)
            if isinstance(value, Reference):
                self._enter(value.target, node, scope, depth)

    def _follow(
        self, node: ast.Call, function: ast.Name | ast.Attribute, scope: Scope, depth: int
    ) -> None:
        """Go on in what a call names, where that is a function of the package's own."""
        if isinstance(function, ast.Name) and function.id in scope.functions:
            nested = scope.functions[function.id]
            if len(scope.locals.get(function.id, ())) == 1 and not nested.decorator_list:
                arguments = self._evaluator.bind(nested, node, scope)
                self._function(scope.module, nested, arguments, depth + 1, scope)
            return
        self._enter(self._callee(function, scope), node, scope, depth)

    def _enter(self, found: Resolution, node: ast.Call, scope: Scope, depth: int) -> None:
        if (
            found.status is Status.FOUND
            and found.kind is Kind.FUNCTION
            and found.module is not None
            and found.module.own
            and isinstance(found.node, (ast.FunctionDef, ast.AsyncFunctionDef))
        ):
            self._module(found.module)
            bound = _is_bound(found)
            arguments = self._evaluator.bind(found.node, node, scope, found.module, bound=bound)
            me = self._object(node.func, scope) if bound else None
            first = [*found.node.args.posonlyargs, *found.node.args.args][:1]
            if isinstance(me, Instance) and first:
                arguments[first[0].arg] = me
            self._function(found.module, found.node, arguments, depth + 1)

    def _callee(self, node: ast.Name | ast.Attribute, scope: Scope) -> Resolution:
        """Return what is called; of a method of an object, the method."""
        if isinstance(node, ast.Attribute):
            made = self._object(node, scope)
            if made is not None:
                held = made.holds.get(node.attr)
                if isinstance(held, Reference):
                    return held.target
                return self._evaluator.resolver.member(made.of, node.attr)
        return self._evaluator.reference(node, scope)

    def _object(self, node: ast.expr, scope: Scope) -> Instance | None:
        """Return the object whose method ``node`` names, where it is made by the package's own class."""
        if not isinstance(node, ast.Attribute):
            return None
        value: Value = None
        match node.value:
            case ast.Name(id=name) if name in scope.arguments:
                value = scope.arguments[name]
            case ast.Name(id=name) if name in scope.locals:
                only = scope.locals[name]
                if len(only) == 1 and isinstance(only[0], ast.Call):
                    value = self._made(only[0], scope)
            case ast.Call() as made:
                value = self._made(made, scope)
            case _:
                pass
        return value if isinstance(value, Instance) else None

    def _made(self, node: ast.Call, scope: Scope) -> Value:
        """Return the value of a call of a class of the package's own; ``None`` for any other call."""
        if not isinstance(node.func, (ast.Name, ast.Attribute)):
            return None
        found = self._evaluator.reference(node.func, scope)
        if found.kind is not Kind.CLASS:
            return None
        return self._evaluator.evaluate(node, scope)

    def _kind(self, node: ast.Call, scope: Scope) -> tuple[RegistrationKind, Resolution] | None:
        """Return what a call registers with, and where its function leads; ``None`` for no such call."""
        if isinstance(node.func, ast.Name):
            owner, name = "", node.func.id
        elif isinstance(node.func, ast.Attribute):
            value, name = node.func.value, node.func.attr
            owner = value.attr if isinstance(value, ast.Attribute) else getattr(value, "id", "")
            if name not in BY_FUNCTION:
                return None
        else:
            return None
        found = self._evaluator.reference(node.func, scope)
        if found.status is not Status.EXTERNAL and name in BY_FUNCTION:
            found = self._outside(node.func, found, scope)
        if found.status is Status.FOUND and found.module is not None:
            # A function of the package's own that bears vLLM's name is not vLLM's.
            if not found.module.name.startswith(("vllm.", "transformers.")):
                return None
        package = None
        if found.status is Status.EXTERNAL:
            parts = found.qualified_name.split(".")
            if len(parts) > 1:
                package, owner, name = parts[0], parts[-2], parts[-1]
        kind = kind_of(owner, name, package)
        return (kind, found) if kind is not None else None

    def _outside(self, node: ast.expr, found: Resolution, scope: Scope) -> Resolution:
        """Where a name leads out of the package though another arm gives it something of its own.

        ``try: from vllm.x import Registry`` with ``Registry = None`` in the other arm; names that are
        unpacked, or looked up, from what a function gives.
        """
        for other in found.alternatives:
            if other.status is Status.EXTERNAL:
                return other
        if not isinstance(node, ast.Attribute):
            return found
        owner = self._evaluator.reference(node.value, scope)
        for other in (owner, *owner.alternatives):
            if other.status is Status.EXTERNAL:
                return self._evaluator.resolver.member(other, node.attr)
        value = self._evaluator.evaluate(node.value, scope)
        if isinstance(value, Reference):
            return self._evaluator.resolver.member(value.target, node.attr)
        return found

    def _note(
        self,
        kind: RegistrationKind,
        target: Resolution,
        node: ast.Call,
        scope: Scope,
        given: Value = None,
        shown: str = "",
    ) -> None:
        """Note a registration.

        Args:
            kind: what is registered.
            target: where its function leads.
            node: the call.
            scope: where it stands.
            given: what is given to it as to a decorator.
            shown: that, as text.
        """
        values: list[Value] = []
        named: list[tuple[str, Value]] = []
        texts: list[str] = []
        untold: list[str] = []
        for argument in node.args:
            starred = isinstance(argument, ast.Starred)
            value = Unsure("unpacked") if starred else self._evaluator.evaluate(argument, scope)
            values.append(value)
            texts.append(show(value, argument))
            if not is_told(value):
                untold.append(texts[-1])
        for keyword in node.keywords:
            value = self._evaluator.evaluate(keyword.value, scope)
            if keyword.arg is not None:
                named.append((keyword.arg, value))
            text = show(value, keyword.value)
            texts.append(f"{keyword.arg}={text}" if keyword.arg else f"**{text}")
            if not is_told(value):
                untold.append(texts[-1])
        if shown:
            texts.append(shown)
            if not is_told(given):
                untold.append(shown)
        unpacked = any(isinstance(argument, ast.Starred) for argument in node.args)
        names = [keyword.arg for keyword in node.keywords]
        self.found.append(
            Registration(
                kind,
                tuple(texts),
                tuple(values),
                scope.module.at(node),
                None if unpacked else len(node.args),
                None if None in names else tuple(name for name in names if name is not None),
                target.qualified_name,
                tuple(named),
                scope.function is None,
                given,
                tuple(untold),
                scope.module.name,
                scope.function,
            )
        )


def _with(scope: Scope, row: dict[str, Value]) -> Scope:
    return replace(scope, arguments={**scope.arguments, **row}) if row else scope


def _nodes(body: list[ast.stmt]) -> Iterator[ast.AST]:
    for statement in body:
        yield from walk(statement)


def _is_bound(found: Resolution) -> bool:
    """Whether a method found is called with its object or class before the arguments given."""
    if found.owner is None or not isinstance(found.node, (ast.FunctionDef, ast.AsyncFunctionDef)):
        return False
    names = {getattr(decorator, "id", "") for decorator in found.node.decorator_list}
    return "staticmethod" not in names
