"""VP222: plugins that raise of themselves when vLLM loads them, by release."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from vplug.analysis.conditions import Always, Has, doubt_of, is_of_vllm, parts_of, shown
from vplug.analysis.refusals import Refusal
from vplug.fit.fault import ReleaseFault
from vplug.fit.masks import Masks
from vplug.model import Location, Severity

_HINT = "declare the releases that it works with: [tool.vplug] vllm, or a requirement on vllm"


def refusal_faults(
    refusals: Iterable[Refusal], masks: Masks, sets: Callable[[str], bool]
) -> Iterator[ReleaseFault]:
    """Yield a fault for each statement that ends loading, in the releases in which it runs.

    Where it hangs on what vLLM is, and the contracts do not tell, it is a warning. What only running
    tells (a device, a variable) is no fault of any release.

    Args:
        refusals: the statements.
        masks: over the store.
        sets: whether the plugin may set an attribute of that name itself.
    """
    found: dict[Location, list[tuple[Refusal, int, int]]] = {}
    for refusal in refusals:
        sure, _ = masks.when(refusal.condition)
        _, may = masks.when(refusal.condition, likely=True)
        asked = [part for part in parts_of(refusal.condition) if isinstance(part, Has)]
        if any(sets(part.name) for part in asked):
            sure, may = 0, 0
        if not is_of_vllm(refusal.condition):
            may = 0
        found.setdefault(refusal.location, []).append((refusal, sure, may))
    for location, group in found.items():
        told = 0
        for refusal, sure, _ in group:
            if sure & ~told:
                yield ReleaseFault(
                    "VP222",
                    Severity.ERROR,
                    f"{_doing(refusal)} it raises {refusal.error}",
                    sure & ~told,
                    location,
                    hint=None if isinstance(refusal.condition, Always) else _HINT,
                )
                told |= sure
        for refusal, _, may in group:
            if may & ~told:
                yield ReleaseFault(
                    "VP222",
                    Severity.WARNING,
                    f"{_doing(refusal)} it may raise {refusal.error}; whether this raises hangs on "
                    f"{_doubt(refusal)}",
                    may & ~told,
                    location,
                    hint=_HINT,
                )
                told |= may


def _doing(refusal: Refusal) -> str:
    return "calling" if refusal.is_called else "importing"


def _doubt(refusal: Refusal) -> str:
    doubt = doubt_of(refusal.condition)
    if doubt:
        return doubt
    for part in parts_of(refusal.condition):
        if isinstance(part, Has) and part.test is not None:
            return f"`{shown(part.test)}`"
    return "what vLLM has"
