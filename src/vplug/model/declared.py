"""What a distribution declares of vLLM, and what of a source could not be told."""

from __future__ import annotations

from dataclasses import dataclass

from vplug.model.location import Location


@dataclass(frozen=True, slots=True)
class DeclaredRange:
    """One declared range of vLLM releases.

    Attributes:
        specifier: e.g. ``>=0.20,<0.34``; empty where any version will do.
        source: ``dependency``, ``extra NAME`` or ``[tool.vplug]``.
        text: the requirement as written.
    """

    specifier: str
    source: str
    text: str

    def __str__(self) -> str:
        return f"{self.specifier or 'any'} ({self.source})"


@dataclass(frozen=True, slots=True)
class Undecided:
    """Something a source computes when it runs, so that reading cannot tell it."""

    what: str
    reason: str
    location: Location | None = None
