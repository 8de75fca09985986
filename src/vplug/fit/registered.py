"""VP219, VP220: registration calls against the functions that releases have."""

from __future__ import annotations

from collections.abc import Container, Iterable

from vplug.analysis.calls import takes_call
from vplug.analysis.registrations import Registration
from vplug.fit.fault import ReleaseFault
from vplug.fit.masks import Masks
from vplug.model import Location, Severity


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
        if key is None or any(text.startswith("class ") for text in item.arguments):
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
    registrations: Iterable[Registration], masks: Masks, plain: Container[Location]
) -> list[ReleaseFault]:
    """Return the faults of names registered at two places where the second time raises.

    ``plain`` holds the places of calls that run under no condition and no guard.
    """
    found = []
    first: dict[tuple[str, str], Registration] = {}
    for item in registrations:
        key = masks.store.function_key(item.name)
        if item.location not in plain:
            continue
        if key is None or not item.values or not isinstance(item.values[0], str):
            continue
        known = first.setdefault((key, item.values[0]), item)
        if known.location == item.location:
            continue
        releases = 0
        for contract in masks.store.functions(key):
            if contract.duplicate == "raises":
                releases |= contract.releases
        if releases:
            found.append(
                ReleaseFault(
                    "VP220",
                    Severity.ERROR,
                    f"{key} is called with {item.values[0]!r} here and at {known.location}: the "
                    "second time raises",
                    releases,
                    item.location,
                    key,
                )
            )
    return found
