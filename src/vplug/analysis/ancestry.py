"""Class ancestry: followed through a package's own classes to the names it ends in elsewhere."""

from __future__ import annotations

import ast
from dataclasses import dataclass, field

from vplug.analysis.modules import Module
from vplug.analysis.resolve import Kind, Resolution, Resolver, Status
from vplug.model import Location

_DEPTH = 30


@dataclass(frozen=True, slots=True)
class Doubt:
    """A base that could not be followed."""

    reason: str
    at: Location | None


@dataclass
class Ancestry:
    """Everything a class is known to derive from.

    Attributes:
        own: its ancestors in the package, itself first, each once, in the order they were met.
        external: full names of ancestors outside it, e.g. ``vllm.platforms.Platform``.
        doubts: bases that only running would tell.
    """

    own: list[tuple[Module, ast.ClassDef]] = field(default_factory=list)
    external: list[str] = field(default_factory=list)
    doubts: list[Doubt] = field(default_factory=list)

    def method(self, name: str) -> tuple[Module, ast.FunctionDef | ast.AsyncFunctionDef] | None:
        """Return the first definition of a method among the package's own classes, or ``None``."""
        for module, node in self.own:
            for statement in node.body:
                if (
                    isinstance(statement, (ast.FunctionDef, ast.AsyncFunctionDef))
                    and statement.name == name
                ):
                    return module, statement
        return None


def ancestry(resolver: Resolver, module: Module, node: ast.ClassDef) -> Ancestry:
    """Return the ancestry of the class ``node`` defined in ``module``.

    Every arm of a base that is imported or defined conditionally is followed: in a compatibility
    layer any of them may be the one at run time.
    """
    result = Ancestry()
    _follow(resolver, module, node, result, 0)
    return result


def _follow(
    resolver: Resolver, module: Module, node: ast.ClassDef, result: Ancestry, depth: int
) -> None:
    if any(known is node for _, known in result.own) or depth > _DEPTH:
        return
    result.own.append((module, node))
    for base in node.bases:
        expression = base.value if isinstance(base, ast.Subscript) else base
        if isinstance(expression, ast.Starred):
            result.doubts.append(Doubt("its bases are unpacked", module.at(base)))
            continue
        found = resolver.expression(module, expression)
        for answer in (found, *found.alternatives):
            _take(resolver, answer, module, base, result, depth)


def _take(
    resolver: Resolver,
    found: Resolution,
    module: Module,
    base: ast.expr,
    result: Ancestry,
    depth: int,
) -> None:
    if found.status is Status.EXTERNAL:
        if found.name not in result.external:
            result.external.append(found.name)
    elif (
        found.status is Status.FOUND
        and found.kind is Kind.CLASS
        and isinstance(found.node, ast.ClassDef)
        and found.module is not None
    ):
        _follow(resolver, found.module, found.node, result, depth + 1)
    elif found.status is Status.FOUND and isinstance(found.node, ast.Constant):
        pass  # `Base = None` or `object` stand-ins in the arm without vLLM
    else:
        text = ast.unparse(base)
        reason = found.reason or "computed at run time"
        result.doubts.append(Doubt(f"base {text}: {reason}", module.at(base)))
