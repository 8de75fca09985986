"""Under which vLLM releases a statement runs: conditions told from tests in the code."""

from __future__ import annotations

import ast
from dataclasses import dataclass, field

from vplug.analysis.bindings import is_type_checking
from vplug.analysis.modules import Module
from vplug.analysis.resolve import Kind, Resolver, Status

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
    """vLLM's version compares so: ``op`` is one of ``< <= > >= == !=``.

    ``parts`` is how many of its numbers are compared; ``None`` for the version as a whole.
    """

    op: str
    version: str
    parts: int | None = None


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
_VERSION_CALLS = {"Version", "parse", "parse_version", "LooseVersion", "str"}


class Tests:
    """Reads the tests of ``if`` statements in one module."""

    def __init__(self, resolver: Resolver, module: Module) -> None:
        self._resolver = resolver
        self._module = module

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
            case ast.Name(id=name):
                return self._named(name, known, depth)
            case ast.Call():
                return self._call(test, known, depth)
            case _:
                return Maybe(f"`{_short(test)}`")

    def _named(self, name: str, known: dict[str, ast.expr], depth: int) -> Condition:
        if name in known:
            return self.condition(known[name], known, depth + 1)
        found = self._resolver.name(self._module, name)
        if (
            found.status is Status.FOUND
            and found.kind is Kind.VALUE
            and isinstance(found.node, ast.expr)
            and found.module is not None
            and not found.alternatives
        ):
            return Tests(self._resolver, found.module).condition(found.node, None, depth + 1)
        return Maybe(f"`{name}`")

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
        sign = _OPS.get(type(op))
        if sign is not None:
            if self._is_version(left, known, depth):
                text = self._version_text(right, known, depth)
                if text is not None:
                    return VersionIs(sign, text, _parts(left))
            elif self._is_version(right, known, depth):
                text = self._version_text(left, known, depth)
                if text is not None:
                    return VersionIs(_MIRRORED[sign], text, _parts(right))
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
                names = [arg.arg for arg in found.node.args.args]
                arguments = dict(zip(names, node.args, strict=False))
                tests = Tests(self._resolver, found.module)
                return tests.condition(returns[0].value, arguments, depth + 1)
        return Maybe(f"`{_short(node)}`")

    def _is_version(self, node: ast.expr, known: dict[str, ast.expr], depth: int) -> bool:
        """Whether an expression is vLLM's version, maybe parsed."""
        if depth > _DEPTH:
            return False
        step = depth + 1
        match node:
            case ast.Attribute(value=ast.Name(id=owner), attr="__version__" | "version"):
                found = self._resolver.name(self._module, owner)
                return found.name in {"vllm", "vllm.version"} or (
                    found.module is not None and found.module.name in {"vllm", "vllm.version"}
                )
            case ast.Attribute(value=value, attr="release" | "base_version" | "public" | "version"):
                return self._is_version(value, known, step)
            case ast.Subscript(value=value):
                return self._is_version(value, known, step)
            case ast.Call(
                func=ast.Attribute(attr=name) | ast.Name(id=name),
                args=[ast.Constant(value="vllm")],
            ):
                return "version" in name.lower()
            case ast.Call(func=ast.Attribute(attr=name) | ast.Name(id=name), args=[inner, *_]) if (
                name in _VERSION_CALLS | {"tuple", "map", "int", "list"}
            ):
                argument = node.args[-1] if name == "map" else inner
                return self._is_version(argument, known, step)
            case ast.Call(func=ast.Attribute(value=value, attr="split" | "partition" | "strip")):
                return self._is_version(value, known, step)
            case ast.GeneratorExp(generators=[ast.comprehension(iter=value)]):
                return self._is_version(value, known, step)
            case ast.Name(id=name) if name in known:
                return self._is_version(known[name], known, step)
            case ast.Name(id=name):
                return self._is_version_name(name, step)
            case _:
                return False

    def _is_version_name(self, name: str, depth: int) -> bool:
        found = self._resolver.name(self._module, name)
        if found.status is Status.EXTERNAL:
            return found.name in {
                "vllm.__version__",
                "vllm.version.__version__",
                "vllm._version.__version__",
            }
        if found.module is not None and found.module.name in {"vllm", "vllm.version"}:
            return True
        if found.kind is Kind.VALUE and isinstance(found.node, ast.expr) and found.module:
            return Tests(self._resolver, found.module)._is_version(found.node, {}, depth)
        return False

    def _version_text(self, node: ast.expr, known: dict[str, ast.expr], depth: int) -> str | None:
        if depth > _DEPTH:
            return None
        match node:
            case ast.Constant(value=str(text)):
                return text
            case ast.Tuple(elts=elts) | ast.List(elts=elts):
                numbers = [e.value for e in elts if isinstance(e, ast.Constant)]
                if len(numbers) == len(elts) and all(isinstance(n, int) for n in numbers):
                    return ".".join(map(str, numbers))
                return None
            case ast.Call(func=ast.Attribute(attr=name) | ast.Name(id=name), args=[inner]) if (
                name in _VERSION_CALLS
            ):
                return self._version_text(inner, known, depth + 1)
            case ast.Attribute(value=value, attr="release"):
                return self._version_text(value, known, depth + 1)
            case ast.Name(id=name) if name in known:
                return self._version_text(known[name], known, depth + 1)
            case ast.Name(id=name):
                found = self._resolver.name(self._module, name)
                if found.kind is Kind.VALUE and isinstance(found.node, ast.expr) and found.module:
                    inner_tests = Tests(self._resolver, found.module)
                    return inner_tests._version_text(found.node, {}, depth + 1)
                return None
            case _:
                return None


def _parts(node: ast.expr) -> int | None:
    """How many numbers of a version are taken: `….release[:2]`, `tuple(…)[:2]`."""
    for child in ast.walk(node):
        match child:
            case ast.Subscript(slice=ast.Slice(lower=None, upper=ast.Constant(value=int(upper)))):
                return upper
            case _:
                continue
    return None


def _short(node: ast.AST) -> str:
    text = " ".join(ast.unparse(node).split())
    return text if len(text) <= 60 else text[:57] + "..."
