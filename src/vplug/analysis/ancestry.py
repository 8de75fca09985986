"""Class ancestry: followed through a package's own classes to the names it ends in elsewhere."""

from __future__ import annotations

import ast
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property

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
        own: its ancestors in the package, itself first, each once, in the order in which Python
            asks them; where that cannot be computed, in the order they were met.
        external: full names of ancestors outside it, e.g. ``vllm.platforms.Platform``.
        doubts: bases that only running would tell.
        order: the order in which Python asks all of them: own classes by node id, external ones by
            name; empty where it cannot be computed.
    """

    own: list[tuple[Module, ast.ClassDef]] = field(default_factory=list)
    external: list[str] = field(default_factory=list)
    doubts: list[Doubt] = field(default_factory=list)
    order: list[int | str] = field(default_factory=list)

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
        return name in self.names

    def before(self, told: Callable[[str], bool]) -> list[tuple[Module, ast.ClassDef]]:
        """Return the own classes that Python asks before the last external one that ``told`` picks.

        What stands behind a base class gives nothing that the base has, abstract or not. All of them
        where the order is not known or none is picked.
        """
        places = [
            place for place, item in enumerate(self.order) if isinstance(item, str) and told(item)
        ]
        if not places:
            return list(self.own)
        asked = set(self.order[: places[-1]])
        return [(module, node) for module, node in self.own if id(node) in asked]

    @cached_property
    def names(self) -> frozenset[str]:
        """The names that its own classes bind."""
        return frozenset(name for _, node in self.own for name in class_names(node))


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
    walk = _Walk(resolver)
    walk.follow(module, node, 0)
    result = walk.result
    order = _linear(id(node), walk.parents, ())
    if order is not None:
        by_id = {id(known): (where, known) for where, known in result.own}
        result.own = [by_id[key] for key in order if isinstance(key, int)]
        result.order = order
    return result


@dataclass
class _Walk:
    """Gathers a class's ancestors, depth first.

    Attributes:
        resolver: finds bases.
        result: what was found so far.
        parents: each own class's bases, by node id, in order: own ones by node id, others by name.
    """

    resolver: Resolver
    result: Ancestry = field(default_factory=Ancestry)
    parents: dict[int, list[int | str]] = field(default_factory=dict)

    def follow(self, module: Module, node: ast.ClassDef, depth: int) -> None:
        if id(node) in self.parents or depth > _DEPTH:
            return
        self.result.own.append((module, node))
        self.parents[id(node)] = []
        for base in node.bases:
            expression = base.value if isinstance(base, ast.Subscript) else base
            if isinstance(expression, ast.Starred):
                self.result.doubts.append(Doubt("its bases are unpacked", module.at(base)))
                continue
            found = None
            if isinstance(expression, ast.Name) and expression.id == node.name:
                # `class C(C)`: the one that this one replaces.
                found = self.resolver.name_before(module, node.name, node)
            found = found or self.resolver.expression(module, expression)
            for answer in (found, *found.alternatives):
                self._take(answer, module, node, base, depth)

    def _take(
        self, found: Resolution, module: Module, node: ast.ClassDef, base: ast.expr, depth: int
    ) -> None:
        result = self.result
        if found.status is Status.EXTERNAL:
            if found.name not in result.external:
                result.external.append(found.name)
            if found.name not in self.parents[id(node)]:
                self.parents[id(node)].append(found.name)
        elif (
            found.status is Status.FOUND
            and found.kind is Kind.CLASS
            and isinstance(found.node, ast.ClassDef)
            and found.module is not None
        ):
            if found.node is not node and id(found.node) not in self.parents[id(node)]:
                self.parents[id(node)].append(id(found.node))
            self.follow(found.module, found.node, depth + 1)
        elif found.status is Status.FOUND and isinstance(found.node, ast.Constant):
            pass  # `Base = None` or `object` stand-ins in the arm without vLLM
        else:
            text = ast.unparse(base)
            reason = found.reason or "computed at run time"
            result.doubts.append(Doubt(f"base {text}: {reason}", module.at(base)))


def _linear(
    key: int | str, parents: dict[int, list[int | str]], below: tuple[int | str, ...]
) -> list[int | str] | None:
    """Python's method resolution order (C3), own classes by node id; ``None`` if there is none."""
    if isinstance(key, str):
        return [key]  # what it derives from itself is not known here
    if key in below or key not in parents:
        return None
    lines: list[list[int | str]] = []
    for parent in parents[key]:
        line = _linear(parent, parents, (*below, key))
        if line is None:
            return None
        lines.append(line)
    lines.append(list(parents[key]))
    order: list[int | str] = [key]
    while lines := [line for line in lines if line]:
        tails = {item for line in lines for item in line[1:]}
        head = next((line[0] for line in lines if line[0] not in tails), None)
        if head is None:
            return None
        order.append(head)
        lines = [line[1:] if line[0] == head else line for line in lines]
    return order
