"""The releases in the vLLM range that a plugin declares."""

from __future__ import annotations

from vplug.errors import UsageFault
from vplug.fit.masks import Masks
from vplug.model import DeclaredRange


def declared_mask(
    ranges: tuple[DeclaredRange, ...], masks: Masks
) -> tuple[int | None, tuple[str, ...]]:
    """Return the releases of the range that the author means, as a mask, and what cannot be read of it.

    That range is ``[tool.vplug]``'s, else the dependency's, else an extra's; the mask is ``None`` where
    none is declared.

    Args:
        ranges: as declared.
        masks: of the contracts that know the releases.
    """
    if not ranges:
        return None, ("no vLLM range is declared",)
    order = {"[tool.vplug]": 0, "dependency": 1}
    best = min(order.get(item.source, 2) for item in ranges)
    chosen = [item for item in ranges if order.get(item.source, 2) == best]
    mask = 0
    notes = []
    for item in chosen:
        try:
            mask |= masks.store.select(item.specifier) if item.specifier else masks.store.everything
        except UsageFault as error:
            notes.append(f"declared {item}: {error.message}; {error.hint}")
    return mask, tuple(notes)
