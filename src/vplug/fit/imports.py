"""VP210 to VP212: imports of vLLM names that a release does not have."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from vplug.analysis.conditions import ALWAYS, doubt_of
from vplug.analysis.imported import Import
from vplug.analysis.uses import Stage, Use
from vplug.fit.fault import LOWER, ReleaseFault
from vplug.fit.masks import Masks
from vplug.model import Severity

_BY_STAGE = {
    Stage.LOAD: ("VP210", Severity.ERROR),
    Stage.LATER: ("VP211", Severity.WARNING),
    Stage.UNREACHED: ("VP212", Severity.INFO),
}


def import_faults(uses: Iterable[Use], masks: Masks) -> list[ReleaseFault]:
    """Return the faults of imports that fail and that nothing catches.

    Where only running tells whether an import is reached, the fault is one severity lower and says
    on what it hangs. That something leads to its module at all hangs on running in any case where it
    is one that functions import or strings name: that is told, and lowers nothing.
    """
    found: list[ReleaseFault] = []
    for use in uses:
        item = use.what
        failing = masks.failing(item)
        if not failing:
            continue
        code, severity = _BY_STAGE[use.stage]
        reached, _ = masks.when(use.reach)
        _, reachable = masks.when(use.reach, likely=True)
        sure, _ = masks.when(item.condition)
        _, may = masks.when(item.condition, likely=True)
        for releases, how, condition in (
            (failing & sure & reached, severity, ALWAYS),
            (failing & sure & reachable & ~reached, severity, use.reach),
            (failing & may & ~sure & reachable, LOWER.get(severity, severity), item.condition),
        ):
            if releases:
                doubt = doubt_of(condition)
                hangs = f"; whether this runs hangs on {doubt}" if doubt else ""
                found += _missing(item, code, how, releases, masks, hangs)
    return found


def _missing(
    item: Import, code: str, severity: Severity, failing: int, masks: Masks, more: str = ""
) -> Iterator[ReleaseFault]:
    """What is missing in the releases ``failing``: the module, or the name, or it is for typing only."""
    no_module, no_name = masks.missing(item.module, item.name)
    symbol = _symbol(item.module, item.name)
    typing = 0
    if failing & no_name:
        typing = failing & no_name & masks.store.name(item.module, item.name or "").typing_only
    for releases, message in (
        (failing & no_module, f"there is no module {item.module}"),
        (typing, f"{item.module} has {item.name} under TYPE_CHECKING only"),
        (failing & no_name & ~typing, f"{item.module} has no {item.name}"),
    ):
        if releases:
            yield ReleaseFault(code, severity, message + more, releases, item.location, symbol)


def _symbol(module: str, name: str | None) -> str:
    return f"{module}.{name}" if name is not None else module


def moved_hint(fault: ReleaseFault, masks: Masks, releases: int) -> str | None:
    """Return where the symbol of a missing import is in ``releases``, if it is anywhere."""
    places = moved_to(fault, masks, releases)
    if not places:
        return None
    if len(places) == 1:
        return f"it is now {places[0]}"
    return f"a name like it is in {', '.join(places)}"


def moved_to(fault: ReleaseFault, masks: Masks, releases: int) -> tuple[str, ...]:
    """Return the full names under which ``releases`` have what is called like a missing import.

    Each is the shortest that a package of vLLM exports it by: inner modules move more often. Empty
    where there is none, or so many that naming one would be a guess.
    """
    if fault.symbol is None or fault.code not in {"VP210", "VP211", "VP212", "VP223"}:
        return ()
    if masks.store.module(fault.symbol).present:
        return ()  # a module: what is called like its last part is something else
    leaf = fault.symbol.rpartition(".")[2]
    places = [p for p in masks.store.where_defined(leaf, releases) if p != fault.symbol]
    if len(places) > 3:
        return ()
    return tuple(_exported(place, masks, releases) for place in places)


def _exported(place: str, masks: Masks, releases: int) -> str:
    """The name of a definition in the outermost package that re-exports it in all of ``releases``."""
    module, _, leaf = place.rpartition(".")
    parts = module.split(".")
    for length in range(1, len(parts)):
        package = ".".join(parts[:length])
        history = masks.store.name(package, leaf)
        same = sum(mask for target, mask in history.targets if target == place)
        if history.present & same & releases == releases:
            return f"{package}.{leaf}"
    return place
