"""VP210 to VP212: imports of vLLM names that a release does not have."""

from __future__ import annotations

from collections.abc import Iterable

from vplug.analysis.execution import Stage, Use
from vplug.fit.fault import ReleaseFault
from vplug.fit.masks import Masks
from vplug.model import Severity

_BY_STAGE = {
    Stage.LOAD: ("VP210", Severity.ERROR),
    Stage.LATER: ("VP211", Severity.WARNING),
    Stage.UNREACHED: ("VP212", Severity.INFO),
}


def import_faults(uses: Iterable[Use], masks: Masks) -> list[ReleaseFault]:
    """Return the faults of imports that fail where they surely run and nothing catches them."""
    found: list[ReleaseFault] = []
    for use in uses:
        item = use.what
        failing = masks.failing(item)
        if not failing:
            continue
        sure, _ = masks.when(item.condition)
        failing &= sure
        if not failing:
            continue
        code, severity = _BY_STAGE[use.stage]
        no_module, no_name = masks.missing(item.module, item.name)
        if failing & no_module:
            message = f"there is no module {item.module}"
            found.append(
                ReleaseFault(
                    code,
                    severity,
                    message,
                    failing & no_module,
                    item.location,
                    _symbol(item.module, item.name),
                )
            )
        if failing & no_name:
            history = masks.store.name(item.module, item.name or "")
            typing = failing & no_name & history.typing_only
            symbol = _symbol(item.module, item.name)
            if typing:
                message = f"{item.module} has {item.name} under TYPE_CHECKING only"
                found.append(ReleaseFault(code, severity, message, typing, item.location, symbol))
            rest = failing & no_name & ~typing
            if rest:
                message = f"{item.module} has no {item.name}"
                found.append(ReleaseFault(code, severity, message, rest, item.location, symbol))
    return found


def _symbol(module: str, name: str | None) -> str:
    return f"{module}.{name}" if name is not None else module


def moved_hint(fault: ReleaseFault, masks: Masks, releases: int) -> str | None:
    """Return where the symbol of a missing import is in ``releases``, if it is anywhere."""
    if fault.symbol is None or fault.code not in {"VP210", "VP211", "VP212"}:
        return None
    leaf = fault.symbol.rpartition(".")[2]
    places = [p for p in masks.store.where_defined(leaf, releases) if p != fault.symbol]
    if not places:
        return None
    if len(places) > 3:
        return None  # a common name: guessing would mislead
    return (
        "it is now " + " or ".join(places)
        if len(places) == 1
        else ("a name like it is in " + ", ".join(places))
    )
