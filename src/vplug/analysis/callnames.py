"""Full names of what expressions call, as the code imports it: ``requests.get``, ``torch.cuda.init``."""

from __future__ import annotations

import ast

from vplug.analysis.bindings import BindingKind
from vplug.analysis.modules import Module, Source
from vplug.analysis.resolve import Kind, Resolution, Status, absolute
from vplug.analysis.scopes import FunctionNode, Scope, nested_scope, parameters, scope_of
from vplug.analysis.values import Evaluator

_DEPTH = 6


class CallNames:
    """Names expressions by the imports that lead to them; remembers each function's scope."""

    def __init__(self, evaluator: Evaluator) -> None:
        self._evaluator = evaluator
        self._scopes: dict[int, Scope] = {}

    def scope(self, module: Module, functions: tuple[FunctionNode, ...]) -> Scope:
        """Return the scope of the innermost of ``functions``, which stand in one another."""
        if not functions:
            return Scope(module)
        inner = functions[-1]
        known = self._scopes.get(id(inner))
        if known is None:
            if len(functions) > 1 and not isinstance(inner, ast.Lambda):
                known = nested_scope(self.scope(module, functions[:-1]), inner, {})
            else:
                known = scope_of(module, inner)
            self._scopes[id(inner)] = known
        return known

    def full(
        self, module: Module, functions: tuple[FunctionNode, ...], node: ast.expr
    ) -> str | None:
        """Return the full name of what an expression in ``functions`` of ``module`` leads to.

        ``()`` stands for a call on the way: ``requests.Session().get``. A name is given as it is
        imported, not as the other distribution defines it. ``None`` for what only running would tell.
        """
        hidden = frozenset().union(*map(parameters, functions))
        root = node
        while isinstance(root, (ast.Attribute, ast.Call)):
            root = root.value if isinstance(root, ast.Attribute) else root.func
        if not isinstance(root, ast.Name) or (root.id in hidden and node is not root):
            return None
        return self._full(node, self.scope(module, functions), hidden, 0)

    def callee(
        self, module: Module, functions: tuple[FunctionNode, ...], node: ast.expr
    ) -> Resolution | None:
        """Return the function of the package's own that an expression names, or ``None``."""
        scope = self.scope(module, functions)
        root = node
        while isinstance(root, ast.Attribute):
            root = root.value
        if isinstance(root, ast.Name) and not isinstance(node, ast.Name):
            if any(root.id in parameters(function) for function in functions):
                return None
        found = self._evaluator.reference(node, scope)
        if isinstance(node, ast.Name) and node.id in scope.functions:
            inner = scope.functions[node.id]
            return Resolution(Status.FOUND, Kind.FUNCTION, inner, module, name=node.id)
        if (
            found.status is Status.FOUND
            and found.kind is Kind.FUNCTION
            and found.module is not None
            and found.module.own
            and isinstance(found.node, (ast.FunctionDef, ast.AsyncFunctionDef))
        ):
            return found
        return None

    def _full(
        self, node: ast.expr | None, scope: Scope, hidden: frozenset[str], depth: int
    ) -> str | None:
        if depth > _DEPTH:
            return None
        match node:
            case ast.Name(id=name):
                return self._name(name, scope, hidden, depth)
            case ast.Attribute(value=value, attr=attr):
                base = self._full(value, scope, hidden, depth + 1)
                return self._member(base, attr) if base is not None else None
            case ast.Call(func=function):
                base = self._full(function, scope, hidden, depth + 1)
                return f"{base}()" if base is not None else None
            case _:
                return None

    def _name(self, name: str, scope: Scope, hidden: frozenset[str], depth: int) -> str | None:
        if name in scope.imports:
            statement, alias = scope.imports[name]
            return self._imported(scope.module, statement, alias)
        if name in scope.locals:
            expressions = scope.locals[name]
            return (
                self._full(expressions[0], scope, hidden, depth + 1)
                if len(expressions) == 1
                else None
            )
        if name in hidden:
            return None
        return self._global(scope.module, name, depth)

    def _global(self, module: Module, name: str, depth: int) -> str | None:
        source = module.source
        bindings = source.bindings.get(name) if isinstance(source, Source) else []
        if bindings and bindings[0].kind in (BindingKind.IMPORT, BindingKind.FROM):
            first = bindings[0]
            if first.kind is BindingKind.IMPORT:
                return first.module
            base = absolute(module, first.module, first.level)
            return self._taken(base, first.imported)
        if bindings and bindings[0].kind is BindingKind.VALUE:
            value = bindings[0].node
            if len(bindings) == 1 and isinstance(value, (ast.Name, ast.Attribute, ast.Call)):
                return self._full(value, Scope(module), frozenset(), depth + 1)
            return None
        found = self._evaluator.resolver.expression(module, ast.Name(name, ast.Load()))
        return found.qualified_name if found.status in (Status.FOUND, Status.EXTERNAL) else None

    def _imported(
        self, module: Module, statement: ast.Import | ast.ImportFrom, alias: ast.alias
    ) -> str | None:
        if isinstance(statement, ast.Import):
            return alias.name if alias.asname else alias.name.partition(".")[0]
        return self._taken(absolute(module, statement.module or "", statement.level), alias.name)

    def _taken(self, base: str | None, name: str) -> str | None:
        """What ``from base import name`` leads to; followed through the package's own modules."""
        if base is None:
            return None
        resolver = self._evaluator.resolver
        if not resolver.finder.find(base.partition(".")[0]).own:
            return f"{base}.{name}"
        found = resolver.imported(base, name)
        return found.qualified_name if found.status in (Status.FOUND, Status.EXTERNAL) else None

    def _member(self, base: str, attr: str) -> str | None:
        """Return the name of an attribute; a module of the package's own is asked what it holds."""
        finder = self._evaluator.resolver.finder
        if "()" not in base and finder.find(base.partition(".")[0]).own:
            return self._taken(base, attr) or f"{base}.{attr}"
        return f"{base}.{attr}"
