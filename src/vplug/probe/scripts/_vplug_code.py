"""Whose code a value is: not whose name it bears, which ``functools.wraps`` copies."""

from __future__ import annotations

import ast
import functools
import sys
import types

_open = open  # a plugin may replace it


def function_of(value):
    """Return the function behind a method, property or partial; ``None`` where there is none."""
    try:
        return _function_of(value)
    except Exception:  # vLLM's placeholders for absent libraries raise at any attribute
        return None


def _function_of(value):
    for _ in range(5):
        if isinstance(value, types.FunctionType):
            return value
        for name in ("fget", "__func__", "func"):
            held = getattr(value, name, None)
            if held is not None:
                value = held
                break
        else:
            return None
    return None


def home_of(value):
    """Return the name of the module that a function's code stands in, or ``None``."""
    function = function_of(value)
    name = function.__globals__.get("__name__") if function is not None else None
    return name if isinstance(name, str) else None


def name_of(value):
    """Return the name under which a function's code was written, or ``None``."""
    function = function_of(value)
    if function is None:
        return None
    code = function.__code__
    return "%s.%s" % (home_of(value), getattr(code, "co_qualname", code.co_name))


def place_of(value):
    """Return file and line of a function's code, or ``None``."""
    function = function_of(value)
    if function is None:
        return None
    return [function.__code__.co_filename, function.__code__.co_firstlineno]


def inherited(cls, name):
    """Return the base class's member that one set on ``cls`` stands before; ``None`` for none."""
    member = name.rpartition(".")[2]
    for base in getattr(cls, "__mro__", ())[1:-1] if isinstance(cls, type) else ():
        if member in vars(base):
            return "%s.%s.%s" % (base.__module__, base.__qualname__, member)
    return None


def in_source(name):
    """Whether the source of a loaded module defines ``module.attribute`` or ``module.Class.member``.

    ``None`` where there is no source to read.
    """
    module_name, wanted = name, []
    while module_name not in sys.modules:
        module_name, _, last = module_name.rpartition(".")
        if not module_name:
            return None
        wanted.insert(0, last)
    names = _defined(module_name)
    return None if names is None else ".".join(wanted) in names


@functools.lru_cache(maxsize=None)
def _defined(module_name):
    try:
        with _open(sys.modules[module_name].__file__, "rb") as file:
            tree = ast.parse(file.read())
    except Exception:  # compiled, or made up
        return None
    found = set()
    _collect(tree.body, "", found)
    return frozenset(found)


def _collect(statements, prefix, found):
    for node in statements:
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            found.add(prefix + node.name)
        elif isinstance(node, ast.ClassDef):
            found.add(prefix + node.name)
            _collect(node.body, prefix + node.name + ".", found)
        elif isinstance(node, (ast.Assign, ast.AnnAssign)):
            for target in getattr(node, "targets", None) or [node.target]:
                found.update(
                    prefix + item.id for item in ast.walk(target) if isinstance(item, ast.Name)
                )
        elif isinstance(node, (ast.Import, ast.ImportFrom)):
            found.update(
                prefix + (item.asname or item.name.partition(".")[0]) for item in node.names
            )
        else:
            for part in ("body", "orelse", "finalbody"):
                _collect(getattr(node, part, ()), prefix, found)
            for handler in getattr(node, "handlers", ()):
                _collect(handler.body, prefix, found)
