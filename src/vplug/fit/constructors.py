"""Whether ``get_io_processor`` can make an instance of an IO processor, release by release.

Read from ``vllm/plugins/io_processors/__init__.py`` and ``interface.py``, 0.16.0 to 0.33.0.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from vplug.analysis.calls import call_of, mismatches
from vplug.analysis.conditions import VersionIs, both
from vplug.analysis.modules import Module
from vplug.analysis.signatures import opaque_decorator, shape_of
from vplug.fit.fault import ReleaseFault
from vplug.fit.lineage import JudgedClass, is_defined_twice
from vplug.fit.masks import Masks
from vplug.model import Severity, Signature

_Function = ast.FunctionDef | ast.AsyncFunctionDef
#: ``get_io_processor`` of these releases passes ``renderer`` only to a constructor that has a parameter of
#: that name, while the base's constructor requires it (0.17.0 and 0.17.1; always passed in 0.18.0).
_BY_NAME = both(VersionIs(">=", "0.17.0"), VersionIs("<", "0.18.0"))
_ADDED = "renderer"


def io_constructor(read: JudgedClass, masks: Masks) -> Iterator[ReleaseFault]:
    """Yield what ``get_io_processor`` passes that a constructor cannot take: not what the base's takes."""
    constructor = read.lineage.method("__init__")
    if constructor is None or opaque_decorator(constructor[1]) is not None:
        return
    module, node = constructor
    if is_defined_twice(read, "__init__"):
        return  # one for each vLLM, under conditions: which one runs is not told here
    own = shape_of(node).without_first()
    takes = any(parameter.name == _ADDED for parameter in own.parameters)
    for loader in masks.store.loader():
        passed = loader.io_processor_arguments
        by_name = 0 if takes else loader.releases & masks.when(_BY_NAME)[0]
        if passed:
            yield from _mismatches(read, own, passed, loader.releases & ~by_name, module, node)
        if by_name:
            less = tuple(name for name in passed if name != _ADDED)
            yield from _mismatches(read, own, less, by_name, module, node)
            if _leaves_base_without(read, len(less), len(passed)):
                yield ReleaseFault(
                    "VP215",
                    Severity.ERROR,
                    f"the constructor of {read.node.name} has no parameter named {_ADDED}: vLLM passes it "
                    "none, and its base's constructor requires one",
                    by_name,
                    module.at(node),
                    "vllm.plugins.io_processors.get_io_processor",
                    f"take ({', '.join(passed)}) and pass them on",
                )


def _mismatches(
    read: JudgedClass,
    own: Signature,
    passed: tuple[str, ...],
    releases: int,
    module: Module,
    node: _Function,
) -> Iterator[ReleaseFault]:
    shown = ", ".join(passed)
    for mismatch in mismatches(own, call_of(passed)):
        if mismatch.certain:
            yield ReleaseFault(
                "VP215",
                Severity.ERROR,
                f"the constructor of {read.node.name} {mismatch.text}; vLLM passes ({shown})",
                releases,
                module.at(node),
                "vllm.plugins.io_processors.get_io_processor",
                f"take ({shown})",
            )


def _leaves_base_without(read: JudgedClass, passed: int, needed: int) -> bool:
    """Whether constructors that are given no renderer surely give vLLM's base class none.

    Told where each of the plugin's own in turn plainly calls ``super().__init__``.

    Args:
        read: the class.
        passed: how many arguments the first is given.
        needed: how many the base's needs.
    """
    own = [(node, function) for _, node, function in read.functions if function.name == "__init__"]
    if len({id(node) for node, _ in own}) < len(own):
        return False  # one for each vLLM, as above
    for _, function in own:
        further = _passed_on(function, passed)
        if further is None:
            return False
        passed = further
    return passed < needed


def _passed_on(node: _Function, passed: int) -> int | None:
    """How many arguments a constructor gives the next one; ``None`` where that is not told."""
    held = max(0, passed - (len(node.args.posonlyargs) + len(node.args.args) - 1))
    if held and node.args.vararg is None:
        return None
    rest = node.args.vararg.arg if node.args.vararg else None
    named = node.args.kwarg.arg if node.args.kwarg else None
    for statement in node.body:
        match statement:
            case ast.Expr(
                value=ast.Call(
                    func=ast.Attribute(value=ast.Call(func=ast.Name(id="super")), attr="__init__")
                ) as call
            ):
                given = [arg for arg in call.args if not _is_rest(arg, rest)]
                held = held if len(given) < len(call.args) else 0
                keywords = [k for k in call.keywords if k.arg or not _is_named(k.value, named)]
                if any(isinstance(arg, ast.Starred) for arg in given):
                    return None
                if any(keyword.arg in (None, _ADDED) for keyword in keywords):
                    return None
                return held + len(given) + len(keywords)
            case _:
                continue
    return None


def _is_rest(node: ast.expr, name: str | None) -> bool:
    return isinstance(node, ast.Starred) and _is_named(node.value, name)


def _is_named(node: ast.expr, name: str | None) -> bool:
    return name is not None and isinstance(node, ast.Name) and node.id == name
