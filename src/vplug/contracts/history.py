"""Many releases' surfaces as one: for each fact, the set of releases in which it holds."""

from __future__ import annotations

from dataclasses import dataclass, field

from vplug.contracts.releases import Releases, in_order
from vplug.contracts.surface import ClassSurface, Surface
from vplug.contracts.textform import Fact

#: A name's (flag, origin), as :class:`vplug.contracts.surface.ModuleSurface` has them.
Entry = tuple[str, str]


@dataclass(slots=True)
class ModuleRecord:
    """A module over the releases: where it is, where its names are open, and its names."""

    present: int = 0
    open: int = 0
    names: dict[str, dict[Entry, int]] = field(default_factory=dict)


@dataclass(slots=True)
class History:
    """Everything a store holds, in memory.

    Attributes:
        releases: oldest first.
        sources: release → (what it was read from, sha256 or ``-``).
        modules: by full name.
        classes: key → fact → releases.
        functions: key → fact → releases.
        loader: fact → releases.
    """

    releases: Releases = field(default_factory=lambda: Releases(()))
    sources: dict[str, tuple[str, str]] = field(default_factory=dict)
    modules: dict[str, ModuleRecord] = field(default_factory=dict)
    classes: dict[str, dict[Fact, int]] = field(default_factory=dict)
    functions: dict[str, dict[Fact, int]] = field(default_factory=dict)
    loader: dict[Fact, int] = field(default_factory=dict)

    def insert(self, surface: Surface) -> None:
        """Add a release in its place.

        Raises:
            ValueError: it is there already, or its number is no version.
        """
        release = surface.release
        if release in self.releases.names:
            raise ValueError(f"{release} is there already")
        ordered = in_order([*self.releases.names, release])
        place = ordered.index(release)
        if place < len(self.releases.names):
            self._shift(place)
        self.releases = Releases(ordered)
        self.sources[release] = (surface.source, surface.digest)
        bit = 1 << place
        for name, module in surface.modules.items():
            record = self.modules.setdefault(name, ModuleRecord())
            record.present |= bit
            if module.open:
                record.open |= bit
            for leaf, entry in module.names.items():
                entries = record.names.setdefault(leaf, {})
                entries[entry] = entries.get(entry, 0) | bit
        for key, found in surface.classes.items():
            for fact in class_facts(found):
                _mark(self.classes.setdefault(key, {}), fact, bit)
        for key, function in surface.functions.items():
            text = f"{function.name} {function.duplicate} {function.signature}"
            _mark(self.functions.setdefault(key, {}), ("function", text), bit)
        loader = surface.loader
        facts: list[Fact] = [("group", group) for group in loader.groups]
        facts += [("platform", platform) for platform in loader.platforms]
        if loader.io_processor_arguments:
            facts.append(("io-processor", ", ".join(loader.io_processor_arguments)))
        facts += [("caught", caught) for caught in loader.caught]
        if loader.python:
            facts.append(("python", loader.python))
        for fact in facts:
            _mark(self.loader, fact, bit)

    def _shift(self, place: int) -> None:
        """Make room for a release at ``place`` in every mask."""
        low = (1 << place) - 1

        def moved(mask: int) -> int:
            return (mask & low) | ((mask >> place) << (place + 1))

        for record in self.modules.values():
            record.present = moved(record.present)
            record.open = moved(record.open)
            for entries in record.names.values():
                for entry in entries:
                    entries[entry] = moved(entries[entry])
        for facts in [*self.classes.values(), *self.functions.values(), self.loader]:
            for fact in facts:
                facts[fact] = moved(facts[fact])


def class_facts(found: ClassSurface) -> list[Fact]:
    """Return a class as facts: its name, its bases, and one for each member."""
    facts: list[Fact] = [("class", found.name), ("bases", ", ".join(found.bases))]
    for member in found.members:
        marks = [
            mark
            for mark, is_so in (("abstract", member.abstract), ("raises", member.raises))
            if is_so
        ]
        words = [member.name, member.kind, *marks, member.owner]
        facts.append(("member", " ".join([*words, member.signature]).rstrip()))
    return facts


def _mark(facts: dict[Fact, int], fact: Fact, bit: int) -> None:
    facts[fact] = facts.get(fact, 0) | bit
