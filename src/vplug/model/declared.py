"""What a distribution declares of vLLM, and what of a source could not be told."""

from __future__ import annotations

import re
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
    """Return ranges in words, each specifier once with all its sources; empty for none.

    Two that differ in the order of their clauses, in blanks or in closing zeros are one, in the
    first's spelling.
    """
    sources: dict[frozenset[str], tuple[str, list[str]]] = {}
    for item in ranges:
        _, found = sources.setdefault(_clauses(item.specifier), (item.specifier or "any", []))
        if item.source not in found:
            found.append(item.source)
    return ", ".join(f"{text} ({_sources(found)})" for text, found in sources.values())


def _clauses(specifier: str) -> frozenset[str]:
    bare = ("".join(clause.split()) for clause in specifier.split(","))
    # Zeros at the end count in ~=1.0, and not elsewhere (PEP 440, "Version specifiers").
    return frozenset(
        clause if clause.startswith(("~=", "===")) else re.sub(r"(?<=\d)(?:\.0)+$", "", clause)
        for clause in bare
        if clause
    )


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
