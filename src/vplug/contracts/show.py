"""One release, or one symbol in it, as plain data for a person or a program."""

from __future__ import annotations

import difflib
from collections.abc import Container
from typing import Any

from vplug.contracts.curated import called
from vplug.contracts.store import ContractStore
from vplug.contracts.wording import to_text
from vplug.model import Member


def describe(store: ContractStore, release: str, symbol: str | None) -> dict[str, Any] | None:
    """Return what ``release`` offers, or what ``symbol`` is in it; ``None`` where it has it not.

    Raises:
        UsageFault: the store has no such release.
    """
    bit = 1 << store.index(release)
    if symbol is None:
        return _all(store, bit)
    key = symbol if symbol in store.class_keys else store.class_key(symbol)
    if key is not None:
        return _class(store, key, bit)
    key = symbol if symbol in store.function_keys else store.function_key(symbol)
    if key is not None:
        return _function(store, key, bit)
    if store.module(symbol).present & bit:
        return _module(store, symbol, bit)
    owner, _, leaf = symbol.rpartition(".")
    key = owner if owner in store.class_keys else store.class_key(owner) if owner else None
    if key is not None:
        return _member(store, key, leaf, bit)
    return _name(store, owner, leaf, bit) if owner else None


def near(store: ContractStore, release: str, symbol: str) -> list[str]:
    """Return the curated names of a release that are nearest to one it has not, the best first."""
    bit = 1 << store.index(release)
    names = [k for k in store.class_keys if any(c.releases & bit for c in store.classes(k))]
    owner, _, leaf = symbol.rpartition(".")
    key = owner if owner in store.class_keys else store.class_key(owner) if owner else None
    if key is not None:
        held = [c for c in store.classes(key) if c.releases & bit]
        found = difflib.get_close_matches(leaf, [n for c in held for n in c.members], 3, 0.7)
        return [f"{owner}.{name}" for name in found]
    names += [k for k in store.function_keys if any(f.releases & bit for f in store.functions(k))]
    return difflib.get_close_matches(symbol, names, 3, 0.7)


def _all(store: ContractStore, bit: int) -> dict[str, Any]:
    modules = [name for name in store.modules() if store.module(name).present & bit]
    loader = next((form for form in store.loader() if form.releases & bit), None)
    return {
        "modules": len(modules),
        "groups": list(loader.groups) if loader else [],
        "platforms": list(loader.platforms) if loader else [],
        "io_processor_arguments": list(loader.io_processor_arguments) if loader else [],
        "python": loader.python if loader else None,
        "caught": list(loader.caught) if loader else [],
        "classes": [
            {"key": key, "name": contract.name}
            for key in store.class_keys
            for contract in store.classes(key)
            if contract.releases & bit
        ],
        "functions": [
            {"key": key, "signature": to_text(function.signature), "duplicate": function.duplicate}
            for key in store.function_keys
            for function in store.functions(key)
            if function.releases & bit
        ],
    }


def _class(store: ContractStore, key: str, bit: int) -> dict[str, Any] | None:
    for contract in store.classes(key):
        if contract.releases & bit:
            needed = called(key)
            names = store.names_in(contract.releases)
            return {
                "class": contract.name,
                "same": f"{names[0]} to {names[-1]}",
                "bases": list(contract.bases),
                "members": [
                    _of_class(member, needed) for _, member in sorted(contract.members.items())
                ],
            }
    return None


def _of_class(member: Member, needed: Container[str]) -> dict[str, Any]:
    return {
        "name": member.name,
        "kind": str(member.kind),
        "signature": to_text(member.signature) if member.signature else None,
        "required": "abstract"
        if member.abstract
        else ("raises" if member.raises and member.name in needed else None),
    }


def _member(store: ContractStore, key: str, name: str, bit: int) -> dict[str, Any] | None:
    """A member of a curated class, with the releases in which it is the same."""
    versions = store.classes(key)
    for contract in versions:
        if not contract.releases & bit or name not in contract.members:
            continue
        member = contract.members[name]
        same = sum(c.releases for c in versions if c.members.get(name) == member)
        names = store.names_in(same)
        told = _of_class(member, called(key))
        return {
            "member": f"{contract.name}.{name}",
            "same": f"{names[0]} to {names[-1]} ({len(names)})",
            **{key: value for key, value in told.items() if key != "name"},
        }
    return None


def _function(store: ContractStore, key: str, bit: int) -> dict[str, Any] | None:
    for function in store.functions(key):
        if function.releases & bit:
            return {
                "function": function.name,
                "signature": to_text(function.signature),
                "duplicate": function.duplicate,
            }
    return None


def _module(store: ContractStore, module: str, bit: int) -> dict[str, Any]:
    shown = []
    for name in store.names(module):
        told = _told(store, module, name, bit)
        if told is not None:
            shown.append({"name": name, "is": told})
    return {"module": module, "names": shown}


def _name(store: ContractStore, module: str, name: str, bit: int) -> dict[str, Any] | None:
    told = _told(store, module, name, bit)
    if told is None:
        return None
    history = store.name(module, name)
    target = next((target for target, mask in history.targets if mask & bit), None)
    there = store.names_in(history.present | history.conditional)
    return {
        "name": f"{module}.{name}",
        "is": told,
        "definition": target,
        "releases": f"{there[0]} to {there[-1]} ({len(there)})" if there else None,
    }


def _told(store: ContractStore, module: str, name: str, bit: int) -> str | None:
    history = store.name(module, name)
    if history.present & bit:
        return "present"
    if history.conditional & bit:
        return "conditional"
    if history.typing_only & bit:
        return "only under TYPE_CHECKING"
    return "cannot be told" if history.open & bit else None
