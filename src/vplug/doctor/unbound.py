"""Names that a module reads and that nothing binds: reading one ends in NameError."""

from __future__ import annotations

import ast
import builtins
import re

from vplug.analysis.modules import Module, Source

#: Bound by the import system, by Python in places, or by a Python newer than the one that reads.
_GIVEN = frozenset(
    {
        "__annotations__", "__builtins__", "__cached__", "__class__", "__debug__", "__doc__", "__file__",
        "__loader__", "__module__", "__name__", "__package__", "__path__", "__qualname__", "__spec__",
        "PythonFinalizationError", "WindowsError", "_", "__conditional_annotations__",
    }
)  # fmt: skip
#: What may bind names that are not written.
_BINDS_UNSEEN = re.compile(
    r"import\s+\*|\b(?:globals|locals|vars|exec|eval|setattr)\s*\(|\bbuiltins\b|__dict__|sys\.modules"
)


def bound_names(module: Module) -> frozenset[str] | None:
    """Return the names that anything in a module binds, wherever; ``None`` where more may be bound.

    A name that only another function binds counts too: what is sure is wanted, not what is likely.
    """
    source = module.source
    if not isinstance(source, Source) or _BINDS_UNSEEN.search(source.text):
        return None
    found = set(_GIVEN) | set(dir(builtins))
    for node in ast.walk(source.tree):
        match node:
            case ast.Name(id=name, ctx=ast.Store() | ast.Del()):
                found.add(name)
            case ast.arg(arg=name):
                found.add(name)
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name):
                found.add(name)
            case ast.ClassDef(name=name):
                found.add(name)
            case ast.alias(name=name, asname=asname):
                found.add(asname or name.partition(".")[0])
            case ast.ExceptHandler(name=str(name)):
                found.add(name)
            case ast.MatchAs(name=str(name)) | ast.MatchStar(name=str(name)):
                found.add(name)
            case ast.MatchMapping(rest=str(name)):
                found.add(name)
            case ast.Global(names=names) | ast.Nonlocal(names=names):
                found.update(names)
            case _:
                # Type parameters, from Python 3.12 on.
                if type(node).__name__ in {"TypeVar", "ParamSpec", "TypeVarTuple"}:
                    found.add(node.name)  # type: ignore[attr-defined]
    return frozenset(found)
