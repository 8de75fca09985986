"""Expressions that are vLLM's version, and those that are a fixed one, in the forms code gives them."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum

from vplug.analysis.bindings import bound
from vplug.analysis.modules import Module
from vplug.analysis.resolve import Kind, Resolution, Resolver, Status
from vplug.analysis.scopes import dotted

_DEPTH = 10


class Form(StrEnum):
    """What a version is held as, which decides how it compares."""

    PARSED = "parsed"
    """As a version: ``Version("0.9") < Version("0.10")``."""
    TEXT = "text"
    """As text: ``"0.9" > "0.10"``."""
    NUMBERS = "numbers"
    """As a tuple: ``(0, 10, 0) > (0, 10)``."""
    PIECES = "pieces"
    """As the parts of its text, not made numbers."""
    NUMBER = "number"
    """One of its numbers: the ``10`` of ``0.10.2``."""
    PIECE = "piece"
    """One part of its text: ``"9" > "10"``."""


@dataclass(frozen=True, slots=True)
class Versioned:
    """A version in one form.

    Attributes:
        form: the form.
        parts: how many of its numbers are taken; ``None`` for all.
        index: of a number or piece, which it is.
    """

    form: Form
    parts: int | None = None
    index: int | None = None


@dataclass(frozen=True, slots=True)
class Fixed:
    """A version that stands in the code, as text whatever its form."""

    text: str
    form: Form


#: In ``vllm/version.py`` and, written by the build, ``vllm/_version.py``; 0.7.0 to 0.33.0.
_HOMES = ("vllm", "vllm.version", "vllm._version")
_AS_TEXT = {f"{home}.{name}" for home in _HOMES for name in ("__version__", "version")}
_AS_NUMBERS = {
    f"{home}.{name}" for home in _HOMES for name in ("__version_tuple__", "version_tuple")
}
_AS_TEXT.discard("vllm.version")  # the module
_PARSERS = {"Version", "parse", "parse_version", "LooseVersion", "StrictVersion"}
_READERS = {f"{home}.version" for home in ("importlib.metadata", "importlib_metadata")}
#: Attributes of ``packaging.version.Version`` that are one of its numbers.
_NUMBER_OF = {"major": 0, "minor": 1, "micro": 2}


class Versions:
    """Reads the expressions of one module.

    Args:
        resolver: over the target's modules.
        module: whose global names the expressions see.
    """

    def __init__(self, resolver: Resolver, module: Module) -> None:
        self._resolver = resolver
        self._module = module

    def versioned(
        self, node: ast.expr, known: Mapping[str, ast.expr], depth: int = 0
    ) -> Versioned | None:
        """Return the form in which ``node`` is vLLM's version; ``None`` where it is not, for all told.

        Args:
            node: the expression.
            known: local names bound once, to their expressions.
            depth: how many expressions have been followed.
        """
        if depth > _DEPTH:
            return None
        step = depth + 1
        match node:
            case ast.Name(id=name) if name in known:
                return self.versioned(known[name], known, step)
            case ast.Name() | ast.Attribute():
                return self._named(node, known, step)
            case ast.Subscript(
                value=ast.Call(
                    func=ast.Attribute(value=value, attr="split" | "partition"), args=[sign]
                ),
                slice=ast.Constant(value=0),
            ) if not _is_dot(sign):
                return self.versioned(value, known, step)  # what stands before a local part
            case ast.Subscript(value=value, slice=taken):
                return _taken(self.versioned(value, known, step), taken)
            case ast.Tuple(elts=elts) | ast.List(elts=elts):  # `(major, minor)`
                numbers = [self.versioned(part, known, step) for part in elts]
                row = [Versioned(Form.NUMBER, index=place) for place in range(len(elts))]
                return Versioned(Form.NUMBERS, parts=len(row)) if row and numbers == row else None
            case ast.Call():
                return self._called(node, known, step)
            case ast.GeneratorExp() | ast.ListComp():
                if len(node.generators) != 1:
                    return None
                inner = self.versioned(node.generators[0].iter, known, step)
                return _as_numbers(inner, isinstance(node.elt, ast.Call))
            case _:
                return None

    def _named(
        self, node: ast.Name | ast.Attribute, known: Mapping[str, ast.expr], depth: int
    ) -> Versioned | None:
        full = self.full_name(node)
        if full in _AS_TEXT:
            return Versioned(Form.TEXT)
        if full in _AS_NUMBERS:
            return Versioned(Form.NUMBERS)
        if isinstance(node, ast.Attribute):
            if node.attr == "version" and _asks(node.value, {"distribution"}):
                return Versioned(Form.TEXT)
            inner = self.versioned(node.value, known, depth)
            if inner is not None and inner.form is Form.PARSED:
                if node.attr in {"release", "version"}:
                    return replace(inner, form=Form.NUMBERS)
                if node.attr in {"base_version", "public"}:
                    return replace(inner, form=Form.TEXT)
                if node.attr in _NUMBER_OF:
                    return Versioned(Form.NUMBER, index=_NUMBER_OF[node.attr])
                return None
        found = self._resolver.expression(self._module, node)
        expression = value_of(found)
        if expression is None or found.module is None:
            return None
        return Versions(self._resolver, found.module).versioned(expression, {}, depth)

    def full_name(self, node: ast.expr, known: Mapping[str, ast.expr] | None = None) -> str:
        """Return a dotted name's full name; as written where its first part is a function's own import.

        Args:
            node: the expression; of any other than a dotted name, the answer is empty.
            known: as of :meth:`versioned`; followed where one holds a dotted name.
        """
        written = dotted(node)
        if written is None:
            return ""
        first, _, rest = written.partition(".")
        held = dotted(known[first]) if known and first in known else None
        if held is not None:
            return f"{held}.{rest}" if rest else held
        found = self._resolver.expression(self._module, node)
        if found.status in (Status.FOUND, Status.EXTERNAL):
            return found.qualified_name
        return written

    def _called(
        self, node: ast.Call, known: Mapping[str, ast.expr], depth: int
    ) -> Versioned | None:
        name = node.func.attr if isinstance(node.func, ast.Attribute) else ""
        name = node.func.id if isinstance(node.func, ast.Name) else name
        if _asks(node, {name}) and (
            "version" in name.lower() or self.full_name(node.func) in _READERS
        ):
            return Versioned(Form.TEXT)
        match node:
            case ast.Call(
                func=ast.Name(id="getattr"),
                args=[ast.Name() as owner, ast.Constant(value=str(attr)), *_],
            ):
                return self._named(ast.Attribute(owner, attr, ast.Load()), known, depth)
            case ast.Call(func=ast.Name(id="map"), args=[_, pieces]):
                return _as_numbers(self.versioned(pieces, known, depth), True)
            case ast.Call(func=ast.Attribute(value=ast.Constant(), attr="join"), args=[pieces]):
                inner = self.versioned(pieces, known, depth)
                if inner is None or inner.form is not Form.PIECES:
                    return None
                return replace(inner, form=Form.TEXT)
            case ast.Call(func=ast.Attribute(value=value, attr="split"), args=[sign, *_]):
                inner = self.versioned(value, known, depth)
                if inner is None or not _is_dot(sign):
                    return None
                return replace(inner, form=Form.PIECES)
            case ast.Call(func=ast.Attribute(value=value, attr="strip" | "lower")):
                return self.versioned(value, known, depth)
            case ast.Call(func=ast.Name(id="int"), args=[piece]):
                inner = self.versioned(piece, known, depth)
                if inner is None or inner.form not in (Form.PIECE, Form.NUMBER):
                    return None
                return replace(inner, form=Form.NUMBER)
            case ast.Call(args=[], keywords=[]):
                return self._returned(node.func, depth)
            case ast.Call(args=[argument, *_]) if name in {"str", "tuple", "list"} | _PARSERS:
                inner = self.versioned(argument, known, depth)
                if inner is None or name in {"tuple", "list"}:
                    return inner
                return replace(inner, form=Form.TEXT if name == "str" else Form.PARSED)
            case _:
                return None

    def _returned(self, function: ast.expr, depth: int) -> Versioned | None:
        """The form of vLLM's version that a function without arguments returns, whatever happens.

        Of ``try``, only what runs where vLLM is installed counts.
        """
        if not isinstance(function, (ast.Name, ast.Attribute)):
            return None
        found = self._resolver.expression(self._module, function)
        if found.module is None or not isinstance(found.node, ast.FunctionDef):
            return None
        given: dict[str, ast.expr] = {}
        body = list(found.node.body)
        while body:
            match body.pop(0):
                case ast.Return(value=ast.expr() as value):
                    there = Versions(self._resolver, found.module)
                    return there.versioned(value, given, depth + 1)
                case ast.Assign(targets=[target], value=value) if (
                    parts := bound(target, value)
                ) is not None:
                    given |= parts
                case ast.Try(body=inner, orelse=orelse, finalbody=[]):
                    body = [*inner, *orelse, *body]
                case ast.Expr(value=ast.Constant()) | ast.Import() | ast.ImportFrom():
                    continue
                case _:
                    return None
        return None

    def fixed(self, node: ast.expr, known: Mapping[str, ast.expr], depth: int = 0) -> Fixed | None:
        """Return the version that ``node`` spells out, or ``None``; arguments as of :meth:`versioned`."""
        if depth > _DEPTH:
            return None
        step = depth + 1
        match node:
            case ast.Constant(value=str(text)):
                return Fixed(text, Form.TEXT)
            case ast.Constant(value=int(number)) if type(number) is int:
                return Fixed(str(number), Form.NUMBER)
            case ast.Tuple(elts=elts) | ast.List(elts=elts):
                numbers = [e.value for e in elts if isinstance(e, ast.Constant)]
                if numbers and len(numbers) == len(elts) and all(type(n) is int for n in numbers):
                    return Fixed(".".join(map(str, numbers)), Form.NUMBERS)
                return None
            case ast.Call(func=ast.Attribute(attr=name) | ast.Name(id=name), args=[inner]) if (
                name in _PARSERS
            ):
                found = self.fixed(inner, known, step)
                return replace(found, form=Form.PARSED) if found is not None else None
            case ast.Attribute(value=value, attr="release"):
                found = self.fixed(value, known, step)
                return replace(found, form=Form.NUMBERS) if found is not None else None
            case ast.Name(id=name) if name in known:
                return self.fixed(known[name], known, step)
            case ast.Name() | ast.Attribute():
                leads = self._resolver.expression(self._module, node)
                held = value_of(leads)
                if held is None or leads.module is None:
                    return None
                return Versions(self._resolver, leads.module).fixed(held, {}, step)
            case _:
                return None

    def within(
        self,
        version: ast.expr,
        specifier: ast.expr,
        known: Mapping[str, ast.expr],
        depth: int = 0,
    ) -> str | None:
        """Return the text of the specifier that is asked whether it holds vLLM's version, or ``None``."""
        said = self._specifier(specifier, known, depth)
        found = self.versioned(version, known, depth) if said is not None else None
        return said if found is not None and found.form in (Form.PARSED, Form.TEXT) else None

    def _specifier(self, node: ast.expr, known: Mapping[str, ast.expr], depth: int) -> str | None:
        """The text of the ``SpecifierSet(…)`` that an expression is."""
        if depth > _DEPTH:
            return None
        match node:
            case ast.Call(
                func=ast.Name(id="SpecifierSet") | ast.Attribute(attr="SpecifierSet"),
                args=[said, *_],
            ):
                found = self.fixed(said, known, depth + 1)
                return found.text if found is not None and found.form is Form.TEXT else None
            case ast.Name(id=name) if name in known:
                return self._specifier(known[name], known, depth + 1)
            case ast.Name() | ast.Attribute():
                leads = self._resolver.expression(self._module, node)
                held = value_of(leads)
                if held is None or leads.module is None:
                    return None
                return Versions(self._resolver, leads.module)._specifier(held, {}, depth + 1)
            case _:
                return None


def value_of(found: Resolution) -> ast.expr | None:
    """Return the one expression whose value a global name holds, or ``None``."""
    if (
        found.status is Status.FOUND
        and found.kind is Kind.VALUE
        and isinstance(found.node, ast.expr)
        and not found.alternatives
    ):
        return found.node
    return None


def _asks(node: ast.expr, names: set[str]) -> bool:
    """Whether an expression calls a function of one of these names with ``"vllm"``."""
    match node:
        case ast.Call(
            func=ast.Attribute(attr=name) | ast.Name(id=name), args=[ast.Constant(value="vllm")]
        ):
            return name in names
        case _:
            return False


def _taken(inner: Versioned | None, taken: ast.expr) -> Versioned | None:
    """What a subscript takes of a version: its first numbers, or one of them."""
    if inner is None or inner.form not in (Form.NUMBERS, Form.PIECES):
        return None  # so many letters
    match taken:
        case ast.Slice(
            lower=None | ast.Constant(value=None | 0),
            upper=ast.Constant(value=int(upper)),
            step=None,
        ):
            return replace(inner, parts=upper if inner.parts is None else min(upper, inner.parts))
        case ast.Constant(value=int(place)) if inner.parts is None or place < inner.parts:
            one = Form.NUMBER if inner.form is Form.NUMBERS else Form.PIECE
            return Versioned(one, index=place)
        case _:
            return None


def _as_numbers(inner: Versioned | None, converted: bool) -> Versioned | None:
    if inner is None or inner.form not in (Form.PIECES, Form.NUMBERS):
        return None
    return replace(inner, form=Form.NUMBERS) if converted else inner


def _is_dot(sign: ast.expr) -> bool:
    return isinstance(sign, ast.Constant) and sign.value == "."
