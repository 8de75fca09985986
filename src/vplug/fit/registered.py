"""VP219, VP220: registration calls against the functions that releases have."""

from __future__ import annotations

from collections.abc import Container, Iterable

from vplug.analysis.calls import takes_call
from vplug.analysis.registrations import Registration
from vplug.fit.fault import ReleaseFault
from vplug.fit.masks import Masks
from vplug.model import FunctionContract, Location, Severity


def registration_faults(
    registrations: Iterable[Registration], masks: Masks, plain: Container[Location]
) -> list[ReleaseFault]:
    """Return the faults of calls with arguments that a release's function does not have.

    Args:
        registrations: the calls.
        masks: over the store.
        plain: places of calls that run under no condition and no guard; others are let pass.
    """
    found = []
    for item in registrations:
        key = masks.store.function_key(item.name)
        if item.location not in plain:
            continue
        if key is None or any(text.startswith(("class ", "function ")) for text in item.arguments):
            continue
        for contract in masks.store.functions(key):
            problem = takes_call(contract.signature, item.positional, item.keywords)
            if problem is not None:
                found.append(
                    ReleaseFault(
                        "VP219",
                        Severity.ERROR,
                        f"{key} {problem}; it takes {contract.signature}",
                        contract.releases,
                        item.location,
                        contract.name,
                    )
                )
    return found


def duplicate_faults(
    registered: Iterable[tuple[str, Registration]], masks: Masks, plain: Container[Location]
) -> list[ReleaseFault]:
    """Return the faults of names registered twice where the second time raises.

    Args:
        registered: the calls, each with the plugin that leads to it.
        masks: over the store.
        plain: places of calls that run under no condition and no guard.
    """
    found = []
    first: dict[tuple[str, str], tuple[str, Registration]] = {}
    told: set[Location] = set()
    for plugin, item in registered:
        key = masks.store.function_key(item.name)
        if item.location not in plain or key is None:
            continue
        name = _name_of(item, masks.store.functions(key))
        if name is None:
            continue
        other, known = first.setdefault((key, name), (plugin, item))
        same = known.location == item.location
        if item.location in told or (same and (other == plugin or item.at_import)):
            continue  # a module's top level runs once, whoever imports it
        releases = 0
        for contract in masks.store.functions(key):
            if contract.duplicate == "raises":
                releases |= contract.releases
        if releases:
            told.add(item.location)
            where = f"here, by {other} and by {plugin}" if same else f"here and at {known.location}"
            message = f"{key} is called with {name!r} {where}: the second time raises"
            found.append(
                ReleaseFault("VP220", Severity.ERROR, message, releases, item.location, key)
            )
    return found


def _name_of(item: Registration, contracts: Iterable[FunctionContract]) -> str | None:
    """The name that a call registers: its first argument, by place or by keyword."""
    named = next((p.name for contract in contracts for p in contract.signature.parameters[:1]), "")
    value = item.value(0, named)
    return value if isinstance(value, str) else None
