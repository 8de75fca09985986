"""What changed for a plugin author between two releases."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeVar

from vplug.contracts.curated import KIND_OF, called
from vplug.contracts.store import ContractStore
from vplug.contracts.wording import to_text
from vplug.model import ClassContract, FunctionContract, Member

_Contract = TypeVar("_Contract", ClassContract, FunctionContract)


class What(StrEnum):
    """The kinds of change, as an author has to act on them."""

    REMOVED = "removed"
    MOVED = "moved"
    REQUIRED = "required"
    CHANGED = "changed"
    IGNORED = "ignored"
    ADDED = "added"


@dataclass(frozen=True, slots=True)
class Change:
    """One change.

    Attributes:
        what: the kind of change.
        kind: the plugins it concerns, as ``--kind`` names them.
        symbol: the curated key, with the member after a dot.
        old: what it was: a signature or a full name; empty where there was nothing.
        new: what it is now.
        where: full names under which something removed may be found now.
    """

    what: What
    kind: str
    symbol: str
    old: str = ""
    new: str = ""
    where: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class NameCounts:
    """How many names of modules came, went, and went to another module."""

    added: int
    removed: int
    moved: int


@dataclass(frozen=True, slots=True)
class Difference:
    """All that changed from ``old`` to ``new``; without modules and names where a kind was asked for."""

    old: str
    new: str
    changes: tuple[Change, ...]
    modules_added: tuple[str, ...] = ()
    modules_removed: tuple[str, ...] = ()
    names: NameCounts | None = None


def diff(store: ContractStore, old: str, new: str, kind: str | None = None) -> Difference:
    """Return what changed from release ``old`` to ``new``.

    Args:
        store: where both are looked up.
        old: a release's number.
        new: another's, usually newer.
        kind: only the classes and functions of these plugins.

    Raises:
        UsageFault: the store has no such release.
    """
    bits = 1 << store.index(old), 1 << store.index(new)
    changes: list[Change] = []
    for key in store.class_keys:
        if kind in (None, KIND_OF.get(key)):
            contracts = store.classes(key)
            changes += _class(store, key, _in(contracts, bits[0]), _in(contracts, bits[1]), bits[1])
    for key in store.function_keys:
        if kind in (None, KIND_OF.get(key)):
            functions = store.functions(key)
            changes += _function(
                store, key, _in(functions, bits[0]), _in(functions, bits[1]), bits[1]
            )
    order = list(What)
    changes.sort(key=lambda change: (change.kind, order.index(change.what), change.symbol))
    if kind is not None:
        return Difference(old, new, tuple(changes))
    added, removed, names = _modules(store, *bits)
    return Difference(old, new, tuple(changes), added, removed, names)


def _in(contracts: Iterable[_Contract], bit: int) -> _Contract | None:
    return next((contract for contract in contracts if contract.releases & bit), None)


def _class(
    store: ContractStore,
    key: str,
    old: ClassContract | None,
    new: ClassContract | None,
    bit: int,
) -> Iterator[Change]:
    kind = KIND_OF.get(key, "")
    if old is None and new is None:
        return
    if old is None or new is None:
        yield _whole(store, key, old.name if old else "", new.name if new else "", bit)
        return
    if old.name != new.name:
        yield Change(What.MOVED, kind, key, old.name, new.name, (new.name,))
    needed = called(key)
    for name in sorted({*old.members, *new.members}):
        if name.startswith("_") and name not in ("__init__", "__call__"):
            before, after = old.members.get(name), new.members.get(name)
            if not any(member is not None and member.abstract for member in (before, after)):
                continue  # vLLM's own business
        yield from _member(f"{key}.{name}", kind, old, new, name, name in needed)


def _member(
    symbol: str, kind: str, old: ClassContract, new: ClassContract, name: str, needed: bool
) -> Iterator[Change]:
    before, after = old.members.get(name), new.members.get(name)
    if after is None:
        yield Change(What.IGNORED, kind, symbol, _shown(before))
    elif before is None:
        must = after.abstract or (after.raises and needed)
        yield Change(What.REQUIRED if must else What.ADDED, kind, symbol, "", _shown(after))
    else:
        if _shown(before) != _shown(after):
            yield Change(What.CHANGED, kind, symbol, _shown(before), _shown(after))
        required = after.abstract or (after.raises and needed)
        was = before.abstract or (before.raises and needed)
        if required and not was:
            yield Change(What.REQUIRED, kind, symbol, _shown(before), _shown(after))


def _function(
    store: ContractStore,
    key: str,
    old: FunctionContract | None,
    new: FunctionContract | None,
    bit: int,
) -> Iterator[Change]:
    kind = KIND_OF.get(key, "")
    if old is None and new is None:
        return
    if old is None or new is None:
        yield _whole(store, key, old.name if old else "", new.name if new else "", bit)
        return
    if old.name != new.name:
        yield Change(What.MOVED, kind, key, old.name, new.name, (new.name,))
    if old.signature != new.signature:
        yield Change(What.CHANGED, kind, key, to_text(old.signature), to_text(new.signature))
    if old.duplicate != new.duplicate:
        said = "registering a name twice: {}"
        yield Change(
            What.CHANGED, kind, key, said.format(old.duplicate), said.format(new.duplicate)
        )


def _whole(store: ContractStore, key: str, old: str, new: str, bit: int) -> Change:
    kind = KIND_OF.get(key, "")
    if new:
        return Change(What.ADDED, kind, key, "", new)
    where = store.where_defined(old.rpartition(".")[2], bit)
    return Change(What.REMOVED, kind, key, old, "", where)


def _shown(member: Member | None) -> str:
    if member is None:
        return ""
    words = [] if member.kind == "method" else [str(member.kind)]
    if member.abstract:
        words.append("abstract")
    if member.signature is not None:
        words.append(to_text(member.signature))
    return " ".join(words)


def _modules(
    store: ContractStore, old: int, new: int
) -> tuple[tuple[str, ...], tuple[str, ...], NameCounts]:
    came: list[str] = []
    went: list[str] = []
    added = removed = moved = 0
    for module in store.modules():
        where = store.module(module)
        before, after = where.present & old, where.present & new
        if not before and not after:
            continue
        if not before:
            came.append(module)
        if not after:
            went.append(module)
        for name in store.names(module):
            history = store.name(module, name)
            was, now = history.usable & old, history.usable & new
            if now and not was:
                added += 1
            elif was and not now:
                removed += 1
                # Only what this module defined can have moved; the rest it had merely imported.
                if store.defined(module, name) & old and store.where_defined(name, new):
                    moved += 1
    return tuple(came), tuple(went), NameCounts(added, removed, moved)
