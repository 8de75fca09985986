"""VP223: what a general plugin registers in some releases, and does not in others, without an error."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from vplug.analysis.conditions import All, Condition, Either, Importable
from vplug.analysis.registrations import Registration
from vplug.analysis.uses import Use
from vplug.fit.fault import ReleaseFault, Subject
from vplug.fit.masks import Masks
from vplug.model import Location, Severity

#: What is registered with torch: nothing of vLLM's asks for it.
_NOT_VLLMS = "torch operator"
#: Module and name of an import.
_Symbol = tuple[str, str | None]


@dataclass
class _Thing:
    """Something that a plugin registers, at one place or, in branches, at several.

    Attributes:
        what: what it is registered as.
        name: its name, where reading tells.
        place: where it is registered first.
        conditions: under which each of the calls runs.
        running: the releases in which one of them may.
    """

    what: str
    name: str | None
    place: Location
    conditions: list[Condition] = field(default_factory=list)
    running: int = 0

    @property
    def shown(self) -> str:
        """How messages name it."""
        return f"{self.what} {self.name}" if self.name is not None else f"a {self.what}"

    def may_replace(self, other: _Thing) -> bool:
        """Return whether it may stand in for another in the releases in which that does not run."""
        if not self.running & other.running:
            return True
        return self.what == other.what and None in (self.name, other.name)


def unregistered_faults(
    subject: Subject,
    asked: int,
    when: Callable[[Registration], Condition],
    uses: Callable[[], tuple[Use, ...]],
    masks: Masks,
) -> Iterator[ReleaseFault]:
    """Yield the faults of releases in which a plugin's registrations do not run.

    A warning where none of them runs. Where some do, only what hangs on imports that fail is told: what
    vLLM had and has no more is a warning, what it does not have yet is for information. Nothing where
    only running tells.

    Args:
        subject: the plugin.
        asked: the releases to tell of.
        when: under which condition one of its registrations runs.
        uses: gives the vLLM imports that loading it runs.
        masks: over the store.
    """
    things = _things(subject, when, masks)
    running = 0
    for thing in things:
        running |= thing.running
    silent = asked & ~running
    if silent:
        conditions = [condition for thing in things for condition in thing.conditions]
        for symbol, releases in _missing(conditions, silent, masks):
            silent &= ~releases
            yield _fault("it registers nothing", symbol, uses, releases, Severity.WARNING)
        if silent and running:
            message = "it registers nothing: a test of vLLM keeps every registration from running"
            mend = "declare the releases for which it is made"
            yield ReleaseFault(
                "VP223", Severity.WARNING, message, silent, things[0].place, None, mend
            )
    lost: dict[_Symbol, dict[int, list[_Thing]]] = {}
    for thing in things:
        gone = asked & running & ~thing.running
        for other in things:
            if other is not thing and other.may_replace(thing):
                gone &= ~other.running
        for symbol, releases in _missing(thing.conditions, gone, masks) if gone else ():
            lost.setdefault(symbol, {}).setdefault(releases, []).append(thing)
    for symbol, by_releases in lost.items():
        for releases, missed in by_releases.items():
            more = f" and {len(missed) - 1} more are" if len(missed) > 1 else " is"
            told = f"{missed[0].shown}{more} not registered"
            for part, severity in _by_severity(symbol, releases, masks):
                yield _fault(told, symbol, uses, part, severity)


def _things(
    subject: Subject, when: Callable[[Registration], Condition], masks: Masks
) -> list[_Thing]:
    found: dict[tuple[str, object], _Thing] = {}
    for item in subject.registrations:
        if item.kind.what == _NOT_VLLMS:
            continue
        texts = [v for v in (*item.values[:1], *(v for _, v in item.named)) if isinstance(v, str)]
        named = texts[0] if texts else None
        thing = found.setdefault(
            (item.kind.what, named if named is not None else item.location),
            _Thing(item.kind.what, named, item.location),
        )
        condition = when(item)
        thing.conditions.append(condition)
        thing.running |= masks.when(condition)[1]
    return list(found.values())


def _missing(conditions: list[Condition], lost: int, masks: Masks) -> Iterator[tuple[_Symbol, int]]:
    """The imports that fail and on which something hangs, each with its part of the releases ``lost``."""
    for condition in conditions:
        for module, name in _needed(condition):
            no_module, no_name = masks.missing(module, name)
            releases = (no_module | no_name) & lost
            if releases:
                yield (module, name), releases
                lost &= ~releases


def _needed(condition: Condition) -> Iterator[_Symbol]:
    """The imports that must work for a condition to hold, not those that must fail."""
    match condition:
        case Importable(imports=imports):
            yield from imports
        case All(parts=parts) | Either(parts=parts):
            for part in parts:
                yield from _needed(part)
        case _:
            return


def _by_severity(symbol: _Symbol, releases: int, masks: Masks) -> Iterator[tuple[int, Severity]]:
    """The releases by how bad it is: what is gone is worse than what is not there yet."""
    no_module, no_name = masks.missing(*symbol)
    there = masks.store.everything & ~(no_module | no_name)
    first = there & -there
    yet = releases & (first - 1) if first else 0
    for part, severity in ((releases & ~yet, Severity.WARNING), (yet, Severity.INFO)):
        if part:
            yield part, severity


def _fault(
    told: str,
    symbol: _Symbol,
    uses: Callable[[], tuple[Use, ...]],
    releases: int,
    severity: Severity,
) -> ReleaseFault:
    module, name = symbol
    full = f"{module}.{name}" if name is not None else module
    places = [use.what.location for use in uses() if (use.what.module, use.what.name) == symbol]
    message = f"{told}: vLLM has no {full}, and what that raises is caught"
    mend = "import what the release has, or declare the releases for which it is made"
    place = places[0] if places else None
    return ReleaseFault("VP223", severity, message, releases, place, full, mend)
