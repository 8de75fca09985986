"""What changed for plugins between two vLLM releases."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class ChangeType(StrEnum):
    """The kinds of change, as an author has to act on them: the most urgent first."""

    REMOVED = "removed"
    MOVED = "moved"
    REQUIRED = "required"
    CHANGED = "changed"
    IGNORED = "ignored"
    DEPRECATED = "deprecated"
    OPTIONAL = "optional"
    ADDED = "added"


@dataclass(frozen=True, slots=True)
class ChangeStep:
    """One release between the two in which something became what it is.

    Attributes:
        release: the first that has it so.
        form: what it is from there on; empty where it is gone.
    """

    release: str
    form: str


@dataclass(frozen=True, slots=True)
class ContractChange:
    """One change.

    Attributes:
        what: the kind of change.
        kind: the plugins it concerns, as ``--kind`` names them.
        symbol: the curated key, with the member after a dot, or a part of the loader.
        old: what it was: a signature or a full name; empty where there was nothing.
        new: what it is now.
        where: full names under which something moved or removed may be found now.
        means: what it means to an author; empty where ``what`` says it all.
        steps: the releases in which it changed, from the older of the two on.
    """

    what: ChangeType
    kind: str
    symbol: str
    old: str = ""
    new: str = ""
    where: tuple[str, ...] = ()
    means: str = ""
    steps: tuple[ChangeStep, ...] = ()


@dataclass(frozen=True, slots=True)
class Passing:
    """Something that neither release has, but some in between.

    Attributes:
        kind: the plugins it concerns.
        symbol: its name, as in :class:`ContractChange`.
        steps: when it came and went.
    """

    kind: str
    symbol: str
    steps: tuple[ChangeStep, ...]


@dataclass(frozen=True, slots=True)
class NameCounts:
    """How many names of modules came, went, and went to another module."""

    added: int
    removed: int
    moved: int


@dataclass(frozen=True, slots=True)
class ContractDiff:
    """All that changed from ``old`` to ``new``; without modules and names where a kind was asked for.

    Attributes:
        old: the release one comes from.
        new: the release one goes to.
        kind: the one kind of plugin that was asked about, or ``None``.
        backwards: ``new`` is the older release.
        between: the releases of the store after the older one, to the newer one.
        changes: by kind of plugin, the most urgent first.
        passing: what came and went in between.
        modules_added: modules that only ``new`` has.
        modules_removed: modules that only ``old`` has.
        names: counts over all modules.
    """

    old: str
    new: str
    kind: str | None
    backwards: bool
    between: tuple[str, ...]
    changes: tuple[ContractChange, ...]
    passing: tuple[Passing, ...] = ()
    modules_added: tuple[str, ...] = ()
    modules_removed: tuple[str, ...] = ()
    names: NameCounts | None = None
