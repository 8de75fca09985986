"""Registrations in functions that a plugin's modules hold and that reading does not see called."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from vplug.analysis.modules import Module, ModuleFinder, Source
from vplug.analysis.nodes import children
from vplug.analysis.registrations import Registration, Registrations
from vplug.analysis.scopes import Scope, nested_scope, scope_of

#: What the text of a module holds that registers something.
_REGISTERING = re.compile(r"register|\b(?:custom|triton)_op\b")
_Function = ast.FunctionDef | ast.AsyncFunctionDef


def registered_elsewhere(collector: Registrations, finder: ModuleFinder) -> list[Registration]:
    """Return the registrations of functions that what was collected is not seen to call.

    Plugins gather functions in a list and call them in a loop, or leave them to a class that vLLM
    calls later: reading sees that they are there, not that they run.

    Args:
        collector: after it has collected.
        finder: finds the modules that it looked at.
    """
    functions: list[tuple[Scope, _Function]] = []
    for name in sorted(collector.modules):
        module = finder.find(name)
        source = module.source
        if isinstance(source, Source) and _REGISTERING.search(source.text):
            functions += _functions(module, source.tree)
    found: list[Registration] = []
    # Those that need nothing first: they say with what they call the others.
    for scope, function in sorted(functions, key=lambda item: _needs_something(item[1])):
        if not collector.was_followed(function):
            found += collector.if_run(scope, function)
    return found


def _needs_something(function: _Function) -> bool:
    args = function.args
    return len(args.posonlyargs) + len(args.args) > len(args.defaults) or None in args.kw_defaults


def _functions(module: Module, tree: ast.Module) -> Iterator[tuple[Scope, _Function]]:
    """The functions of a module, each with the scope of its body."""
    stack: list[tuple[ast.AST, Scope | None]] = [(tree, None)]
    while stack:
        node, outer = stack.pop()
        inner = outer
        if isinstance(node, _Function):
            inner = scope_of(module, node) if outer is None else nested_scope(outer, node, {})
            yield inner, node
        elif isinstance(node, ast.ClassDef):
            inner = None
        stack += [(child, inner) for child in reversed(children(node))]
