"""Conditions and imports as sets of releases."""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any

from packaging.specifiers import InvalidSpecifier, SpecifierSet
from packaging.version import InvalidVersion, Version

from vplug.analysis.conditions import (
    All,
    Always,
    Condition,
    Either,
    Has,
    Importable,
    Maybe,
    Never,
    Not,
    VersionIs,
)
from vplug.analysis.guards import Guard
from vplug.analysis.imported import Import
from vplug.analysis.versions import Form
from vplug.contracts.store import ContractStore
from vplug.fit.attribute_masks import attribute_masks
from vplug.model import ClassContract


class Masks:
    """Answers in sets of the store's releases; remembers them.

    Args:
        store: the contract store.
        wanted: the releases whose faults are asked for: work for others alone need not be done. All of
            them when ``None``.
    """

    def __init__(self, store: ContractStore, wanted: int | None = None) -> None:
        self.store = store
        self.wanted = store.everything if wanted is None else wanted
        self._versions = [Version(release) for release in store.releases]
        self._missing: dict[tuple[str, str | None], tuple[int, int]] = {}
        self._held: dict[tuple[int, bool], tuple[Condition, int, int]] = {}
        self._tests: dict[VersionIs, int | None] = {}

    def missing(self, module: str, name: str | None) -> tuple[int, int]:
        """Return the releases without the module, and those with it but without the name.

        Releases in which absence can't be proved are in neither.
        """
        key = (module, name)
        known = self._missing.get(key)
        if known is None:
            there = self.store.module(module)
            no_module = self.store.everything & ~(there.present | there.open)
            no_name = 0
            if name is not None and module:
                history = self.store.name(module, name)
                no_name = there.present & ~history.usable & ~there.open
            known = (no_module, no_name)
            self._missing[key] = known
        return known

    def failing(self, item: Import) -> int:
        """Return the releases in which an import raises and nothing catches it, whenever it runs.

        Of those wanted, that is.
        """
        no_module, no_name = self.missing(item.module, item.name)
        match item.guard:
            case Guard.NONE:
                return (no_module | no_name) & self.wanted
            case Guard.MODULE:
                return no_name & self.wanted
            case Guard.ALL:
                return 0

    def classes(self, key: str) -> tuple[ClassContract, ...]:
        """Return the forms of a base class that any of the releases wanted has."""
        return tuple(one for one in self.store.classes(key) if one.releases & self.wanted)

    def when(self, condition: Condition, *, likely: bool = False) -> tuple[int, int]:
        """Return the releases in which a condition surely holds, and those in which it may.

        Args:
            condition: the condition.
            likely: take what may be there to be there, and what stands in for it not to run: what is
                left in doubt is a test that only running tells.
        """
        everything = self.store.everything
        match condition:
            case Always():
                return everything, everything
            case Never():
                return 0, 0
            case Maybe():
                return 0, everything if condition.likely or not likely else 0
            case VersionIs():
                if condition not in self._tests:
                    self._tests[condition] = self._compare(condition)
                mask = self._tests[condition]
                return (0, everything) if mask is None else (mask, mask)
            case Importable(imports=imports):
                sure, maybe = self._importable(imports)
                return (maybe, maybe) if likely else (sure, maybe)
            case Has():
                return attribute_masks(self.store, condition)
            case _:
                # By identity: a module's imports share its condition, and hashing walks all of it.
                known = self._held.get((id(condition), likely))
                if known is None:
                    known = (condition, *self._composed(condition, likely))
                    self._held[id(condition), likely] = known
                return known[1:]

    def _composed(self, condition: Not | All | Either, likely: bool) -> tuple[int, int]:
        everything = self.store.everything
        match condition:
            case Not(part=part):
                sure, maybe = self.when(part, likely=likely)
                return everything & ~maybe, everything & ~sure
            case All(parts=parts):
                sure, maybe = everything, everything
                for part in parts:
                    first, second = self.when(part, likely=likely)
                    sure, maybe = sure & first, maybe & second
                return sure, maybe
            case Either(parts=parts):
                sure, maybe = 0, 0
                for part in parts:
                    first, second = self.when(part, likely=likely)
                    sure, maybe = sure | first, maybe | second
                return sure, maybe

    def _importable(self, imports: tuple[tuple[str, str | None], ...]) -> tuple[int, int]:
        sure = maybe = self.store.everything
        for module, name in imports:
            there = self.store.module(module)
            no_module, no_name = self.missing(module, name)
            maybe &= ~(no_module | no_name)
            certain = there.present
            if name is not None:
                certain &= self.store.name(module, name).present
            sure &= certain
        return sure & maybe, maybe

    def _compare(self, test: VersionIs) -> int | None:
        """The releases that a comparison holds in; ``None`` where it is with no version."""
        holds = _OPERATORS[test.op]
        mask = 0
        try:
            theirs = _compared_with(test)
            for index, version in enumerate(self._versions):
                mine = _compared(test, version, self.store.releases[index])
                mask |= bool(holds(mine, theirs)) << index
        except (InvalidVersion, InvalidSpecifier, IndexError):
            return None
        return mask


def _compared_with(test: VersionIs) -> Any:
    """What stands in the code, as the code compares it."""
    if test.op == "in":
        return SpecifierSet(test.version)
    match test.form:
        case Form.TEXT | Form.PIECE:
            return test.version
        case Form.NUMBER:
            return int(test.version)
        case Form.NUMBERS:
            return Version(test.version).release
        case _:
            return Version(test.version)


def _compared(test: VersionIs, version: Version, release: str) -> Any:
    """What of a release the code compares; an ``IndexError`` where it has no such part."""
    match test.form:
        case Form.TEXT:
            return release
        case Form.PIECE if test.index is not None:
            return release.split(".")[test.index]
        case Form.NUMBER if test.index is not None:
            return version.release[test.index]
        case Form.NUMBERS:
            return version.release[: test.parts]
        case _:
            return version


_OPERATORS: dict[str, Callable[[Any, Any], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
    "==": operator.eq,
    "!=": operator.ne,
    "startswith": str.startswith,
    "in": lambda mine, theirs: theirs.contains(mine),
}
