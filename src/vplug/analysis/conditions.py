"""Under which vLLM releases a statement runs: conditions, and what is made of them."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass, field

from vplug.analysis.versions import Form

_SIZE = 32


@dataclass(frozen=True, slots=True)
class Always:
    """It runs."""


@dataclass(frozen=True, slots=True)
class Never:
    """It does not run: under ``TYPE_CHECKING``."""


@dataclass(frozen=True, slots=True)
class Maybe:
    """Only running would tell.

    Attributes:
        reason: on what it hangs.
        likely: whether it is to be reckoned with; ``False`` for what stands in for something else
            and for tests of a version that cannot be followed.
        test: the test that cannot be told, where it is one.
        of_vllm: whether it asks for vLLM's version, or what vLLM's modules and classes have: another
            release may answer otherwise. Told only where it was asked for.
    """

    reason: str = ""
    likely: bool = True
    test: ast.expr | None = None
    of_vllm: bool = False


@dataclass(frozen=True, slots=True)
class VersionIs:
    """vLLM's version compares so.

    Attributes:
        op: one of ``< <= > >= == !=``, ``startswith`` of text, or ``in`` a specifier.
        version: what it is compared with.
        parts: how many of its numbers are compared; ``None`` for all.
        form: what is compared: versions, texts, tuples of numbers, or one number or piece of text.
        index: which number or piece, where it is one.
    """

    op: str
    version: str
    parts: int | None = None
    form: Form = Form.PARSED
    index: int | None = None


@dataclass(frozen=True, slots=True)
class Importable:
    """Every one of these imports works: ``(module, name or None)``."""

    imports: tuple[tuple[str, str | None], ...]


@dataclass(frozen=True, slots=True)
class Has:
    """A class or module of vLLM's has an attribute.

    Attributes:
        owner: its full name.
        name: the attribute.
        is_true: whether what it holds must be true besides.
        test: the test.
    """

    owner: str
    name: str
    is_true: bool = False
    test: ast.expr | None = field(default=None, compare=False)


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


Condition = Always | Never | Maybe | VersionIs | Importable | Has | Not | All | Either

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
    if _size(condition) <= _SIZE:
        return condition
    return Maybe("too many conditions to follow", likely=False)


def doubt_of(condition: Condition) -> str:
    """Return on what a condition that cannot be told hangs; empty where it can be told."""
    match condition:
        case Maybe(reason=reason, likely=True, test=test):
            return reason if test is None else f"`{shown(test)}`"
        case Not(part=part):
            return doubt_of(part)
        case All(parts=parts) | Either(parts=parts):
            return next(filter(None, map(doubt_of, parts)), "")
        case _:
            return ""


def parts_of(condition: Condition) -> Iterator[Condition]:
    """Yield the tests that a condition is made of."""
    match condition:
        case Not(part=part):
            yield from parts_of(part)
        case All(parts=parts) | Either(parts=parts):
            for part in parts:
                yield from parts_of(part)
        case _:
            yield condition


def is_of_vllm(condition: Condition) -> bool:
    """Return whether all that cannot be told of a condition another release may answer otherwise."""
    return all(part.of_vllm for part in parts_of(condition) if isinstance(part, Maybe))


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


def shown(node: ast.AST) -> str:
    """Return an expression as it may stand in a message: on one line, and not long."""
    text = " ".join(ast.unparse(node).split())
    return text if len(text) <= 60 else text[:57] + "..."
