"""Which vLLM releases a target works with."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from vplug.model.declared import DeclaredRange
from vplug.model.distribution import Distribution
from vplug.model.location import Location


class Verdict(StrEnum):
    """What vplug says of a plugin with a release; the worst comes last."""

    OK = "ok"
    WARN = "warn"
    UNKNOWN = "unknown"
    BROKEN = "broken"

    @property
    def rank(self) -> int:
        """0 for the best."""
        return list(Verdict).index(self)


@dataclass(frozen=True, slots=True)
class CompatReason:
    """Why a verdict is what it is.

    Attributes:
        code: the rule's code; empty for what could not be told.
        verdict: what it makes of the release.
        message: the fact.
        location: where.
        symbol: the vLLM name it is about, if any.
        hint: the mend, or where the name is now.
    """

    code: str
    verdict: Verdict
    message: str
    location: Location | None = None
    symbol: str | None = None
    hint: str | None = None


@dataclass(frozen=True, slots=True)
class PluginCompat:
    """One plugin over the releases asked about.

    Attributes:
        name: ``group:name``.
        verdicts: one for each release of the matrix.
        reasons: for each release, what speaks against it, the worst first.
    """

    name: str
    verdicts: tuple[Verdict, ...]
    reasons: tuple[tuple[CompatReason, ...], ...]


@dataclass(frozen=True, slots=True)
class CompatMatrix:
    """A target over releases.

    Attributes:
        target: as the person gave it.
        distribution: its metadata.
        releases: those asked about, oldest first.
        plugins: its plugins.
        verdicts: the target's, release by release: its worst plugin's.
        declared: the vLLM ranges it declares.
        supported: the widest unbroken range as a specifier; ``None`` where nothing works.
        too_much: declared releases in which it is broken.
        too_little: releases of the widest unbroken range that work without warnings, and that it does not
            declare.
        notes: what a reader must know, e.g. that a declared range names no known release.
        without_warnings: as ``supported``, of releases without warnings alone.
        partial: whether only some of the known releases are asked about: the ranges then speak of
            these alone, and are none to declare.
    """

    target: str
    distribution: Distribution
    releases: tuple[str, ...]
    plugins: tuple[PluginCompat, ...]
    verdicts: tuple[Verdict, ...]
    declared: tuple[DeclaredRange, ...] = ()
    supported: str | None = None
    too_much: tuple[str, ...] = ()
    too_little: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    without_warnings: str | None = None
    partial: bool = False
