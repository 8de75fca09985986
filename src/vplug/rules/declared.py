"""What a plugin declares to be for: releases of vLLM, of Python."""

from __future__ import annotations

import sys

from vplug.errors import UsageFault
from vplug.fit.masks import Masks
from vplug.model import DeclaredRange


def deciding(ranges: tuple[DeclaredRange, ...]) -> list[DeclaredRange]:
    """Return the ranges that tell what the author means: ``[tool.vplug]``'s, the dependency's, extras'."""
    order = {"[tool.vplug]": 0, "dependency": 1}
    best = min((order.get(item.source, 2) for item in ranges), default=2)
    return [item for item in ranges if order.get(item.source, 2) == best]


def declared_mask(
    ranges: tuple[DeclaredRange, ...], masks: Masks
) -> tuple[int | None, tuple[str, ...]]:
    """Return the releases of the range that the author means, as a mask, and what is to be said of it.

    That range is ``[tool.vplug]``'s, else the dependency's, else an extra's; the mask is ``None`` where
    none is declared.

    Args:
        ranges: as declared.
        masks: of the contracts that know the releases.
    """
    if not ranges:
        return None, ("no vLLM range is declared",)
    mask = 0
    notes = []
    for item in deciding(ranges):
        try:
            if not item.specifier:
                mask |= masks.store.everything
                continue
            named, note = masks.store.select_noted(item.specifier)
            mask |= named
            if note:
                notes.append(f"declared {note}")
        except UsageFault as error:
            notes.append(f"declared {item}: {error.message}; {error.hint}")
    return mask, tuple(notes)


def is_for_newer_python(requires_python: str | None) -> bool:
    """Return whether a ``requires-python`` leaves out the running Python and takes later ones.

    Syntax that does not parse here may be theirs.
    """
    from packaging.specifiers import InvalidSpecifier, SpecifierSet

    try:
        specifier = SpecifierSet(requires_python or "")
    except InvalidSpecifier:
        return False
    major, minor, micro = sys.version_info[:3]
    later = (f"{major}.{number}" for number in range(minor + 1, 100))
    return not specifier.contains(f"{major}.{minor}.{micro}") and any(
        map(specifier.contains, later)
    )
