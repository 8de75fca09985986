"""What a distribution declares of vLLM, and what of a source could not be told."""

from __future__ import annotations

from collections.abc import Sequence
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


def ranges_text(ranges: Sequence[DeclaredRange]) -> str:
    """Return ranges in words, each specifier once with all its sources; empty for none."""
    sources: dict[str, list[str]] = {}
    for item in ranges:
        found = sources.setdefault(item.specifier or "any", [])
        if item.source not in found:
            found.append(item.source)
    return ", ".join(f"{text} ({_sources(found)})" for text, found in sources.items())


def _sources(found: list[str]) -> str:
    extras = [source.removeprefix("extra ") for source in found if source.startswith("extra ")]
    words = [source for source in found if not source.startswith("extra ")]
    if extras:
        words.append(f"extra{'s' if len(extras) > 1 else ''} {', '.join(extras)}")
    return ", ".join(words)


@dataclass(frozen=True, slots=True)
class Undecided:
    """Something a source computes when it runs, so that reading cannot tell it."""

    what: str
    reason: str
    location: Location | None = None
