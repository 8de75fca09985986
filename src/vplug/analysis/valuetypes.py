"""What an expression's value may be, beside text, numbers, lists and dictionaries of values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from vplug.analysis.resolve import Resolution
from vplug.analysis.scopes import Value


@dataclass(frozen=True, slots=True)
class Unsure:
    """A value that reading cannot tell."""

    reason: str


@dataclass(frozen=True, slots=True)
class Reference:
    """A value that is a class, function or module."""

    target: Resolution


@dataclass(frozen=True, slots=True)
class Instance:
    """A value that is an instance of a class of the package.

    Attributes:
        of: the class.
        holds: what its attributes hold, as far as its constructor tells.
    """

    of: Resolution
    holds: Mapping[str, Value] = field(default_factory=dict, compare=False)
