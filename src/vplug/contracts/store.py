"""The contract store: what vLLM's releases offer, asked by name. Reads the files it needs, when needed."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cached_property
from pathlib import Path
from types import ModuleType

from vplug.contracts import place
from vplug.contracts.curated_built_in import ONE_OF_SEVERAL
from vplug.contracts.generated import generated_root
from vplug.contracts.releases import Releases
from vplug.contracts.textform import (
    CHECKSUMS,
    FUNCTIONS,
    LOADER,
    RELEASES,
    checksum,
    defined_shard,
    read_entries,
    read_fact,
    read_head,
    read_releases,
    sections,
    shard,
)
from vplug.errors import DamagedStore
from vplug.model import (
    ClassContract,
    FunctionContract,
    LoaderContract,
    ModuleHistory,
    NameHistory,
)

#: What the import system gives every module, beside what it has as a Python object.
_EVERY_MODULE = frozenset(
    {"__name__", "__file__", "__package__", "__spec__", "__loader__", "__builtins__", "__cached__",
     "__path__", *dir(ModuleType)}
)  # fmt: skip


class _Section:
    """One module's part of a names file."""

    def __init__(self, part: str, releases: Releases) -> None:
        head, _, rest = part.partition("\n")
        _, self.present, self.open = read_head(head, releases)
        self.lines = {
            name: words for name, _, words in (line.partition(" ") for line in rest.splitlines())
        }


class ContractStore:
    """The releases of one data folder.

    Attributes:
        folder: the data folder.
        releases: release numbers, oldest first; bit *i* of every mask is release *i*.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        text = self._read(RELEASES)
        try:
            self._releases, self.sources = read_releases(text)
        except ValueError as error:
            raise self._damaged(RELEASES, error) from error
        self.releases: tuple[str, ...] = self._releases.names
        self._shards: dict[str, dict[str, str]] = {}
        self._sections: dict[str, _Section | None] = {}
        self._names: dict[tuple[str, str], NameHistory] = {}
        self._modules: dict[str, ModuleHistory] = {}
        self._classes: dict[str, tuple[ClassContract, ...]] = {}
        self._definitions: dict[str, str] = {}

    @classmethod
    def bundled(cls) -> ContractStore:
        """Return vplug's own store, with the releases the user added.

        Raises:
            VplugError: a store is damaged.
        """
        from vplug.contracts.overlay import user_store

        found = user_store()
        return cls(found) if found is not None else cls(place.BUNDLED)

    @classmethod
    def open(cls, folder: Path | str) -> ContractStore:
        """Return the store in ``folder``.

        Raises:
            VplugError: there is none, or it is damaged.
        """
        return cls(Path(folder))

    @property
    def newest(self) -> str:
        """The newest release."""
        return self.releases[-1]

    @property
    def everything(self) -> int:
        """The mask of all releases."""
        return self._releases.everything

    def index(self, release: str) -> int:
        """Return the bit of ``release``.

        Raises:
            UsageFault: the store has no such release; :meth:`nearest` explains.
        """
        found = self._releases.place.get(release)
        if found is None:
            return self._releases.place[self.nearest(release)[0]]
        return found

    def mask(self, releases: Iterable[str]) -> int:
        """Return the set of ``releases``; raises UsageFault for one that is unknown."""
        found = 0
        for release in releases:
            found |= 1 << self.index(release)
        return found

    def names_in(self, mask: int) -> tuple[str, ...]:
        """Return the releases in ``mask``, oldest first."""
        return self._releases.in_mask(mask)

    def nearest(self, text: str) -> tuple[str, str | None]:
        """Return the release that stands for any version text, and a sentence where it is not it.

        Raises:
            UsageFault: no version, newer than the store, older than it, or never released.
        """
        from vplug.contracts.asked import nearest

        return nearest(self._releases, text)

    def select(self, specifier: str) -> int:
        """Return the releases that a specifier (or one version) names.

        Raises:
            UsageFault: it is invalid, or no release matches.
        """
        return self.select_noted(specifier)[0]

    def select_noted(self, specifier: str) -> tuple[int, str | None]:
        """As :meth:`select`, with a sentence where a version or pin is read as another release."""
        from vplug.contracts.asked import select

        return select(self._releases, specifier)

    def module(self, name: str) -> ModuleHistory:
        """Return in which releases the module ``name`` is there, and in which nobody can tell."""
        known = self._modules.get(name)
        if known is None:
            section = self._section(name)
            present = section.present if section is not None else 0
            known = ModuleHistory(present, self._unprovable(name) & ~present)
            self._modules[name] = known
        return known

    def _unprovable(self, name: str) -> int:
        """Return where the build may make the module though the sources don't have it.

        Also below a package that the sources do have: the build copies modules into it
        (`vllm.third_party.flashmla.flash_mla_interface`).
        """
        return self.everything if generated_root(name) is not None else 0

    def name(self, module: str, name: str) -> NameHistory:
        """Return in which releases ``from module import name`` works, and what it gives."""
        key = (module, name)
        known = self._names.get(key)
        if known is None:
            known = self._name(module, name)
            self._names[key] = known
        return known

    def _name(self, module: str, name: str) -> NameHistory:
        where = self.module(module)
        section = self._section(module)
        if section is None:
            return NameHistory(open=where.open)
        masks = {"p": 0, "c": 0, "t": 0}
        targets: dict[str, int] = {}
        words = section.lines.get(name)
        if words is not None:
            for (flag, origin), mask in self._entries(module, words, section.present).items():
                masks[flag] |= mask
                if origin not in ("", "=", "~"):
                    targets[origin] = targets.get(origin, 0) | mask
        present = masks["p"]
        child = section.lines.get(f"/{name}")
        if child is not None:
            present |= self._parse(module, child, section.present) if child else section.present
        if name in _EVERY_MODULE:
            present |= section.present
        conditional = masks["c"] & ~present
        return NameHistory(
            present,
            conditional,
            masks["t"] & ~present & ~conditional,
            section.open | where.open | self._unprovable(f"{module}.{name}"),
            tuple(targets.items()),
        )

    def defined(self, module: str, name: str) -> int:
        """Return the releases in which ``module`` itself defines ``name``."""
        section = self._section(module)
        words = section.lines.get(name) if section is not None else None
        if section is None or words is None:
            return 0
        found = 0
        for (flag, origin), mask in self._entries(module, words, section.present).items():
            if origin in ("", "=") and flag != "t":
                found |= mask
        return found

    def where_defined(self, leaf: str, mask: int) -> tuple[str, ...]:
        """Return the full names of the definitions of ``leaf`` in any release of ``mask``."""
        path = defined_shard(leaf)
        if path not in self._checksums:
            return ()
        text = self._definitions.get(path)
        if text is None:
            text = self._definitions[path] = "\n" + self._read(path)
        start = text.find(f"\n{leaf} ")
        if start < 0:
            return ()
        line = text[start + 1 : text.index("\n", start + 1)]
        modules = line.split(" ")[1:]
        return tuple(f"{m}.{leaf}" for m in modules if self.defined(m, leaf) & mask)

    def modules(self) -> tuple[str, ...]:
        """Return every module of any release; reads all names files."""
        found: list[str] = []
        for path in self._checksums:
            if path.startswith("names/"):
                found.extend(self._shard(path))
        return tuple(sorted(found))

    def names(self, module: str) -> tuple[str, ...]:
        """Return every name and submodule that ``module`` has in any release."""
        section = self._section(module)
        if section is None:
            return ()
        return tuple(sorted({name.removeprefix("/") for name in section.lines}))

    @cached_property
    def class_keys(self) -> tuple[str, ...]:
        """The keys of the curated classes that some release has."""
        return tuple(
            path.removeprefix("classes/").removesuffix(".txt")
            for path in sorted(self._checksums)
            if path.startswith("classes/")
        )

    def classes(self, key: str) -> tuple[ClassContract, ...]:
        """Return a curated class over the releases, each form once; empty for an unknown key."""
        known = self._classes.get(key)
        if known is None:
            from vplug.contracts.contract import class_contracts

            path = f"classes/{key}.txt"
            if path not in self._checksums:
                return ()
            try:
                facts = [read_fact(line, self._releases) for line in self._read(path).splitlines()]
                known = class_contracts(key, facts, len(self.releases))
            except (ValueError, KeyError) as error:
                raise self._damaged(path, error) from error
            self._classes[key] = known
        return known

    def class_key(self, full_name: str) -> str | None:
        """Return the key of the class that ``full_name`` is or leads to in some release."""
        return self._key(full_name, self._class_names)

    def _key(self, full_name: str, known: dict[str, str]) -> str | None:
        if full_name in known:
            return known[full_name]
        module, _, leaf = full_name.rpartition(".")
        for target, _ in self.name(module, leaf).targets if module else ():
            if target in known:
                return known[target]
        return None

    @cached_property
    def _class_names(self) -> dict[str, str]:
        names: dict[str, str] = {}
        for key in self.class_keys:
            for line in self._read(f"classes/{key}.txt").splitlines():
                if line.startswith("class "):
                    names.setdefault(line.rpartition(" ")[2], key)
        return {**{n: k for n, k in ONE_OF_SEVERAL.items() if k in self.class_keys}, **names}

    @cached_property
    def _functions(self) -> dict[str, tuple[FunctionContract, ...]]:
        from vplug.contracts.contract import function_contracts

        try:
            return function_contracts(self._read(FUNCTIONS), self._releases)
        except (ValueError, KeyError) as error:
            raise self._damaged(FUNCTIONS, error) from error

    @property
    def function_keys(self) -> tuple[str, ...]:
        """The keys of the registration functions that some release has."""
        return tuple(self._functions)

    def functions(self, key: str) -> tuple[FunctionContract, ...]:
        """Return a registration function over the releases; empty for an unknown key."""
        return self._functions.get(key, ())

    def function_key(self, full_name: str) -> str | None:
        """Return the key of the function that ``full_name`` leads to: ``vllm.ModelRegistry.…`` too."""
        known = self._function_names
        found = self._key(full_name, known)
        if found is not None:
            return found
        owner, _, leaf = full_name.rpartition(".")
        module, _, name = owner.rpartition(".")
        for target, _ in self.name(module, name).targets if module else ():
            if f"{target}.{leaf}" in known:
                return known[f"{target}.{leaf}"]
        return None

    @cached_property
    def _function_names(self) -> dict[str, str]:
        return {
            contract.name: key
            for key, contracts in self._functions.items()
            for contract in contracts
        }

    @cached_property
    def _loader(self) -> tuple[LoaderContract, ...]:
        from vplug.contracts.contract import loader_contracts

        try:
            facts = [read_fact(line, self._releases) for line in self._read(LOADER).splitlines()]
            return loader_contracts(facts, len(self.releases))
        except ValueError as error:
            raise self._damaged(LOADER, error) from error

    def loader(self) -> tuple[LoaderContract, ...]:
        """Return how the loader behaves over the releases, each form once."""
        return self._loader

    def _section(self, module: str) -> _Section | None:
        if module not in self._sections:
            path = shard(module)
            part = self._shard(path).get(module) if path in self._checksums else None
            try:
                section = _Section(part, self._releases) if part is not None else None
            except ValueError as error:
                raise self._damaged(path, error) from error
            self._sections[module] = section
        return self._sections[module]

    def _shard(self, path: str) -> dict[str, str]:
        if path not in self._shards:
            self._shards[path] = sections(self._read(path))
        return self._shards[path]

    def _entries(self, module: str, words: str, present: int) -> dict[tuple[str, str], int]:
        try:
            return read_entries(words, present, self._releases)
        except ValueError as error:
            raise self._damaged(shard(module), error) from error

    def _parse(self, module: str, text: str, within: int) -> int:
        try:
            return self._releases.parse(text, within)
        except ValueError as error:
            raise self._damaged(shard(module), error) from error

    @cached_property
    def _checksums(self) -> dict[str, str]:
        try:
            text = (self.folder / CHECKSUMS).read_text(encoding="utf-8")
            return {
                path: digest for digest, path in (line.split(" ") for line in text.splitlines())
            }
        except (OSError, ValueError) as error:
            raise self._damaged(CHECKSUMS, error) from error

    def _read(self, path: str) -> str:
        try:
            data = (self.folder / path).read_bytes()
            text = data.decode("utf-8")
        except (OSError, ValueError) as error:
            raise self._damaged(path, error) from error
        if checksum(data) != self._checksums.get(path):
            raise self._damaged(path, "its checksum is not the one noted")
        return text.replace("\r\n", "\n") if "\r" in text else text

    def _damaged(self, path: str, why: object) -> DamagedStore:
        reason = getattr(why, "strerror", None) or str(why)
        mend = (
            "install vplug again"
            if self.folder == place.BUNDLED
            else f"delete {self.folder} and run `vplug contracts update`"
        )
        return DamagedStore(f"the contract store is damaged: {self.folder / path}: {reason}", mend)
