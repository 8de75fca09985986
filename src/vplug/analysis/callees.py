"""Which function of the package's own a call runs."""

from __future__ import annotations

import ast

from vplug.analysis.bindings import BindingKind
from vplug.analysis.imports import module_imports
from vplug.analysis.modules import Module, Source
from vplug.analysis.nodes import walk
from vplug.analysis.resolve import Kind, Resolver, Status, absolute
from vplug.analysis.scopes import runs_at_once


def callee_of(
    resolver: Resolver,
    module: Module,
    call: ast.Call,
    local: dict[str, tuple[ast.ImportFrom, str]],
    function: int | None = None,
) -> tuple[Module, ast.AST] | None:
    """Return the function of the target's own whose body a call runs, with its module.

    Args:
        resolver: over the target's modules.
        module: where the call stands.
        call: the call.
        local: what the function that it stands in imports, as :func:`local_imports` gives it.
        function: the node id of the function that it stands in; ``None`` for the top level.
    """
    if function is not None and isinstance(call.func, ast.Name):
        nested = module_imports(resolver, module).nested_function(function, call.func.id)
        if nested is not None:
            return (module, nested) if runs_at_once(nested) else None
    if isinstance(call.func, ast.Name) and call.func.id in local:
        statement, name = local[call.func.id]
        base = absolute(module, statement.module or "", statement.level)
        found = resolver.imported(base, name)
    elif (
        isinstance(call.func, ast.Attribute)
        and isinstance(call.func.value, ast.Name)
        and call.func.value.id in local
    ):
        statement, name = local[call.func.value.id]
        base = absolute(module, statement.module or "", statement.level)
        found = resolver.member(resolver.imported(base, name), call.func.attr)
    elif isinstance(call.func, (ast.Name, ast.Attribute)):
        found = resolver.expression(module, call.func)
    else:
        return None
    if (
        found.status is Status.FOUND
        and found.kind is Kind.FUNCTION
        and found.module is not None
        and found.module.own
        and found.node is not None
        and runs_at_once(found.node)
    ):
        return found.module, found.node
    return None


def may_call_own(resolver: Resolver, module: Module, call: ast.Call) -> bool:
    """Return whether a call at a module's top level may run a function of the target's own.

    Not where the name that it begins with is surely imported from elsewhere: nothing more is read then.
    """
    node = call.func
    while isinstance(node, ast.Attribute):
        node = node.value
    source = module.source if module.was_read else module.outline
    if not isinstance(node, ast.Name) or not isinstance(source, Source) or source.bindings.stars:
        return True
    return any(
        binding.kind not in (BindingKind.IMPORT, BindingKind.FROM)
        or binding.level > 0
        or resolver.finder.find(binding.module.partition(".")[0]).own
        for binding in source.bindings.by_name.get(node.id, ())
    )


def local_imports(function: ast.AST) -> dict[str, tuple[ast.ImportFrom, str]]:
    """Return what the imports in a function bind, each with its statement and the name taken."""
    return {
        alias.asname or alias.name: (node, alias.name)
        for node in walk(function)
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }
