"""Functions that loading a plugin calls where something catches an ``ImportError`` that they raise."""

from __future__ import annotations

import ast
from collections.abc import Iterable

from vplug.analysis.callees import callee_of, local_imports
from vplug.analysis.conditions import ALWAYS, Condition, both, either
from vplug.analysis.imported import surely_run
from vplug.analysis.imports import module_imports, works
from vplug.analysis.modules import Module
from vplug.analysis.resolve import Resolver

#: How many calls that lead one to another are followed.
_DEPTH = 6
#: How many calls of one function are told apart.
_ROUNDS = 4


def called_and_caught(
    resolver: Resolver, start: Iterable[tuple[Module, ast.AST]]
) -> dict[int, Condition]:
    """Return the functions to which calls lead whose import errors are caught, and when.

    Args:
        resolver: over the target's modules.
        start: the functions that are surely called, with their modules.

    Returns:
        By node id, the condition under which such a call runs, with the imports that stand before it
        on the way: where one fails, the function is not called.
    """
    found: dict[int, Condition] = {}
    rounds: dict[int, int] = {}
    pending: list[tuple[Module, ast.AST, Condition, int]] = [
        (module, function, ALWAYS, 0) for module, function in start
    ]
    surely = {id(function) for _, function, _, _ in pending}
    while pending:
        module, function, under, depth = pending.pop()
        if depth > _DEPTH:
            continue
        imports = module_imports(resolver, module)
        calls: list[tuple[ast.Call, Condition]] = []
        if depth:
            calls += [(call, ALWAYS) for call in imports.calls_in(id(function))]
        calls += imports.caught_calls_in(id(function))
        local = local_imports(function) if calls else {}
        for call, condition in calls:
            callee = callee_of(resolver, module, call, local, id(function))
            if callee is None or id(callee[1]) in surely:
                continue
            before = works_before(resolver, module, function, call.lineno) if depth else ALWAYS
            when = both(both(under, before), condition)
            node = id(callee[1])
            known = found.get(node)
            rounds[node] = rounds.get(node, 0) + 1
            wider = when if known is None else either(known, when)
            if rounds[node] > _ROUNDS:
                wider = ALWAYS
            if wider != known:
                found[node] = wider
                pending.append((*callee, wider, depth + 1))
    return found


def works_before(resolver: Resolver, module: Module, function: ast.AST, line: int) -> Condition:
    """Return the condition that the imports work which a function surely runs before a line of its own."""
    imports = module_imports(resolver, module).functions.get(id(function), ())
    return works(resolver, surely_run(imports, before=line))
