"""Under which vLLM releases a statement runs: conditions told from tests in the code."""

from __future__ import annotations

import ast
from dataclasses import dataclass, field

from vplug.analysis.bindings import is_type_checking
from vplug.analysis.modules import Module
from vplug.analysis.resolve import Resolver, Status
from vplug.analysis.versions import Fixed, Form, Versioned, Versions, value_of

_DEPTH = 10
_SIZE = 12


@dataclass(frozen=True, slots=True)
class Always:
    """It runs."""


@dataclass(frozen=True, slots=True)
class Never:
    """It does not run: under ``TYPE_CHECKING``."""


@dataclass(frozen=True, slots=True)
class Maybe:
    """Only running would tell."""

    reason: str = ""


@dataclass(frozen=True, slots=True)
class VersionIs:
    """vLLM's version compares so.

    Attributes:
        op: one of ``< <= > >= == !=``, or ``startswith`` of text.
        version: what it is compared with.
        parts: how many of its numbers are compared; ``None`` for all.
        form: what is compared: versions, texts, or tuples of numbers.
    """

    op: str
    version: str
    parts: int | None = None
    form: Form = Form.PARSED


@dataclass(frozen=True, slots=True)
class Importable:
    """Every one of these imports works: ``(module, name or None)``."""

    imports: tuple[tuple[str, str | None], ...]


@dataclass(frozen=True, slots=True)
class Not:
    """The opposite."""

    part: Condition


@dataclass(frozen=True, slots=True)
class All:
    """Every part."""

    parts: tuple[Condition, ...]
    #: How many tests it is made of, counted once.
    size: int = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "size", sum(map(_size, self.parts)))


@dataclass(frozen=True, slots=True)
class Either:
    """At least one part."""

    parts: tuple[Condition, ...]
    #: As of :class:`All`.
    size: int = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "size", sum(map(_size, self.parts)))


Condition = Always | Never | Maybe | VersionIs | Importable | Not | All | Either

ALWAYS = Always()
NEVER = Never()


def both(first: Condition, second: Condition) -> Condition:
    """Return the conjunction, simplified."""
    if isinstance(first, Never) or isinstance(second, Never):
        return NEVER
    if isinstance(first, Always):
        return second
    if isinstance(second, Always) or first == second:
        return first
    return _bounded(All((first, second)))


def either(first: Condition, second: Condition) -> Condition:
    """Return the disjunction, simplified."""
    if isinstance(first, Always) or isinstance(second, Always):
        return ALWAYS
    if isinstance(first, Never) or first == second:
        return second
    if isinstance(second, Never):
        return first
    return _bounded(Either((first, second)))


def _bounded(condition: Condition) -> Condition:
    """A condition gathered over a long way of imports grows without end; past a size, say maybe."""
    return condition if _size(condition) <= _SIZE else Maybe("too many conditions to follow")


def _size(condition: Condition) -> int:
    match condition:
        case All() | Either():
            return condition.size
        case Not(part=part):
            return _size(part)
        case _:
            return 1


def negate(condition: Condition) -> Condition:
    """Return the opposite, simplified."""
    match condition:
        case Always():
            return NEVER
        case Never():
            return ALWAYS
        case Maybe():
            return condition
        case Not(part=part):
            return part
        case _:
            return Not(condition)


_OPS: dict[type[ast.cmpop], str] = {
    ast.Lt: "<",
    ast.LtE: "<=",
    ast.Gt: ">",
    ast.GtE: ">=",
    ast.Eq: "==",
    ast.NotEq: "!=",
}
_MIRRORED = {"<": ">", "<=": ">=", ">": "<", ">=": "<=", "==": "==", "!=": "!="}


class Tests:
    """Reads the tests of ``if`` statements in one module."""

    def __init__(self, resolver: Resolver, module: Module) -> None:
        self._resolver = resolver
        self._module = module
        self._versions = Versions(resolver, module)

    def condition(
        self, test: ast.expr, locals_: dict[str, ast.expr] | None = None, depth: int = 0
    ) -> Condition:
        """Return the condition that ``test`` stands for.

        Args:
            test: the expression.
            locals_: local names bound once in the function, to their expressions.
            depth: how many names have been followed.
        """
        known = locals_ or {}
        if depth > _DEPTH:
            return Maybe("too deep to follow")
        if is_type_checking(test):
            return NEVER
        match test:
            case ast.Constant(value=value):
                return ALWAYS if value else NEVER
            case ast.BoolOp(op=ast.And(), values=values):
                result: Condition = ALWAYS
                for part in values:
                    result = both(result, self.condition(part, known, depth + 1))
                return result
            case ast.BoolOp(op=ast.Or(), values=values):
                result = NEVER
                for part in values:
                    result = either(result, self.condition(part, known, depth + 1))
                return result
            case ast.UnaryOp(op=ast.Not(), operand=operand):
                return negate(self.condition(operand, known, depth + 1))
            case ast.Compare(left=left, ops=[op], comparators=[right]):
                return self._compare(left, op, right, known, depth)
            case ast.Compare(left=left, ops=ops, comparators=rights):
                result = ALWAYS
                for op, right in zip(ops, rights, strict=True):
                    result = both(result, self._compare(left, op, right, known, depth))
                    left = right
                return result
            case ast.Name(id=name) if name in known:
                return self.condition(known[name], known, depth + 1)
            case ast.Name() | ast.Attribute():
                return self._named(test, depth)
            case ast.Call():
                return self._call(test, known, depth)
            case _:
                return Maybe(f"`{_short(test)}`")

    def _named(self, node: ast.Name | ast.Attribute, depth: int) -> Condition:
        found = self._resolver.expression(self._module, node)
        value = value_of(found)
        if value is not None and found.module is not None:
            return Tests(self._resolver, found.module).condition(value, None, depth + 1)
        return Maybe(f"`{_short(node)}`")

    def _compare(
        self,
        left: ast.expr,
        op: ast.cmpop,
        right: ast.expr,
        known: dict[str, ast.expr],
        depth: int,
    ) -> Condition:
        if isinstance(right, ast.Constant) and right.value is None:
            spec = self._find_spec(left)
            if spec is not None:
                there = Importable(((spec, None),))
                return Not(there) if isinstance(op, (ast.Is, ast.Eq)) else there
        if isinstance(op, (ast.In, ast.NotIn)) and isinstance(
            right, (ast.Tuple, ast.List, ast.Set)
        ):
            result: Condition = NEVER
            for element in right.elts:
                result = either(result, self._compare(left, ast.Eq(), element, known, depth))
            return result if isinstance(op, ast.In) else negate(result)
        sign = _OPS.get(type(op))
        if sign is not None:
            for mine, other, said in ((left, right, sign), (right, left, _MIRRORED[sign])):
                found = self._versions.versioned(mine, known, depth)
                fixed = self._versions.fixed(other, known, depth) if found is not None else None
                if found is not None and fixed is not None:
                    return _comparison(said, found, fixed)
        return Maybe("a comparison that is not with vLLM's version")

    def _find_spec(self, node: ast.expr) -> str | None:
        match node:
            case ast.Call(
                func=ast.Attribute(attr="find_spec") | ast.Name(id="find_spec"),
                args=[ast.Constant(value=str(name))],
            ) if name.partition(".")[0] == "vllm":
                return name
            case _:
                return None

    def _call(self, node: ast.Call, known: dict[str, ast.expr], depth: int) -> Condition:
        spec = self._find_spec(node)
        if spec is not None:
            return Importable(((spec, None),))
        match node:
            case ast.Call(func=ast.Name(id="bool"), args=[inner]):
                return self.condition(inner, known, depth + 1)
            case ast.Call(
                func=ast.Name(id=name) | ast.Attribute(attr=name),
                args=[ast.Constant(value=str(text))],
            ) if name in {"vllm_version_is", "is_vllm_version"}:
                return VersionIs("==", text)
            case ast.Call(
                func=ast.Attribute(value=value, attr="startswith"),
                args=[ast.Constant(value=str(text))],
            ):
                found_version = self._versions.versioned(value, known, depth)
                if found_version == Versioned(Form.TEXT):
                    return VersionIs("startswith", text, None, Form.TEXT)
            case _:
                pass
        if not isinstance(node.func, (ast.Name, ast.Attribute)):
            return Maybe(f"`{_short(node)}`")
        found = self._resolver.expression(self._module, node.func)
        if (
            found.status is Status.FOUND
            and found.module is not None
            and isinstance(found.node, ast.FunctionDef)
        ):
            returns = [s for s in found.node.body if isinstance(s, ast.Return)]
            if len(returns) == 1 and returns[0].value is not None:
                tests = Tests(self._resolver, found.module)
                given = self._given(found.node.args, node, known, depth)
                return tests.condition(returns[0].value, given, depth + 1)
        return Maybe(f"`{_short(node)}`")

    def _given(
        self, takes: ast.arguments, call: ast.Call, known: dict[str, ast.expr], depth: int
    ) -> dict[str, ast.expr]:
        """The arguments of a call by parameter; names of this module's become what they hold."""
        places = [*takes.posonlyargs, *takes.args]
        given: dict[str, ast.expr] = {}
        for arg, default in zip(reversed(places), reversed(takes.defaults), strict=False):
            given[arg.arg] = default
        for arg, preset in zip(takes.kwonlyargs, takes.kw_defaults, strict=True):
            if preset is not None:
                given[arg.arg] = preset
        passed = [(arg.arg, value) for arg, value in zip(places, call.args, strict=False)]
        passed += [(keyword.arg, keyword.value) for keyword in call.keywords if keyword.arg]
        for name, value in passed:
            fixed = self._versions.fixed(value, known, depth + 1)
            held = isinstance(value, (ast.Name, ast.Attribute)) and fixed is not None
            is_text = fixed is not None and fixed.form is Form.TEXT
            given[name] = ast.Constant(fixed.text) if held and is_text and fixed else value
        return given


def _comparison(op: str, found: Versioned, fixed: Fixed) -> VersionIs:
    if found.parts is not None or Form.NUMBERS in (found.form, fixed.form):
        return VersionIs(op, fixed.text, found.parts, Form.NUMBERS)
    if found.form is Form.TEXT and fixed.form is Form.TEXT:
        return VersionIs(op, fixed.text, None, Form.TEXT)
    return VersionIs(op, fixed.text)


def _short(node: ast.AST) -> str:
    text = " ".join(ast.unparse(node).split())
    return text if len(text) <= 60 else text[:57] + "..."
