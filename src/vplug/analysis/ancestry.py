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
        """Return the definition of a method among the package's own classes, or ``None``.

        Within a class the last definition counts, ``@overload`` stubs aside; those under ``if`` and
        ``try`` are seen too.
        """
        for module, node in self.own:
            found = [d for d in class_functions(node) if d.name == name]
            if found:
                return module, found[-1]
        return None

    def defines(self, name: str) -> bool:
        """Return whether an own class binds ``name`` at all, as a method or by assignment."""
        return any(name in class_names(node) for _, node in self.own)


def class_functions(node: ast.ClassDef) -> list[ast.FunctionDef | ast.AsyncFunctionDef]:
    """Return the functions of a class body in order, ``@overload`` stubs left out."""
    return [
        statement
        for statement in _body(node.body)
        if isinstance(statement, (ast.FunctionDef, ast.AsyncFunctionDef))
        and not any(
            getattr(d, "id", getattr(d, "attr", "")) == "overload" for d in statement.decorator_list
        )
    ]


def class_statements(node: ast.ClassDef) -> list[ast.stmt]:
    """Return the statements of a class body, those under ``if``, ``try`` and ``with`` included."""
    return _body(node.body)


def class_names(node: ast.ClassDef) -> set[str]:
    """Return the names that a class body binds."""
    names: set[str] = set()
    for statement in _body(node.body):
        match statement:
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name):
                names.add(name)
            case ast.ClassDef(name=name):
                names.add(name)
            case ast.Assign(targets=targets):
                names |= {t.id for t in targets if isinstance(t, ast.Name)}
            case ast.AnnAssign(target=ast.Name(id=name), value=value) if value is not None:
                names.add(name)
            case _:
                pass
    return names


def _body(body: list[ast.stmt]) -> list[ast.stmt]:
    """The statements of a class body, those under ``if``, ``try`` and ``with`` included."""
    found: list[ast.stmt] = []
    for statement in body:
        match statement:
            case ast.If(body=inner, orelse=orelse):
                found += _body(inner) + _body(orelse)
            case ast.Try(body=inner, handlers=handlers, orelse=orelse, finalbody=final):
                found += _body(inner) + _body(orelse)
                for handler in handlers:
                    found += _body(handler.body)
                found += _body(final)
            case ast.With(body=inner):
                found += _body(inner)
            case _:
                found.append(statement)
    return found


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
