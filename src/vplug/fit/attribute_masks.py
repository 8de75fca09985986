"""In which releases a class or module of vLLM's has an attribute."""

from __future__ import annotations

from vplug.analysis.conditions import Has
from vplug.contracts.store import ContractStore
from vplug.model import MemberKind

_PLAIN_BASES = frozenset(
    {"ABC", "abc.ABC", "object", "typing.Generic", "typing.Protocol", "typing_extensions.Protocol"}
)
_DEPTH = 8


def attribute_masks(store: ContractStore, asked: Has) -> tuple[int, int]:
    """Return the releases in which a class or module surely has an attribute, and in which it may.

    Of a class that is in no contract nothing can be told, nor of one that derives from another
    distribution's what it lacks itself.
    """
    everything = store.everything
    if asked.name.startswith("__") and asked.name.endswith("__"):
        return 0, everything  # `object` has some, and modules others
    there = store.module(asked.owner)
    if there.present:
        history = store.name(asked.owner, asked.name)
        lacking = there.present & ~history.usable & ~there.open
        # A submodule is no attribute before it is imported.
        sure = history.present & ~store.module(f"{asked.owner}.{asked.name}").present
        return 0 if asked.is_true else sure & there.present, everything & ~lacking
    key = store.class_key(asked.owner)
    module, _, leaf = asked.owner.rpartition(".")
    sure, lacking = 0, 0
    for contract in store.classes(key) if key is not None else ():
        releases = contract.releases
        if contract.name != asked.owner:
            targets = store.name(module, leaf).targets
            releases &= sum(mask for name, mask in targets if name == contract.name)
        member = contract.members.get(asked.name)
        if member is not None:
            is_true = member.kind is not MemberKind.ATTRIBUTE
            sure |= releases if is_true or not asked.is_true else 0
        else:
            lacking |= releases & _plain(store, contract.bases, releases, 0)
    return sure, everything & ~lacking


def _plain(store: ContractStore, bases: tuple[str, ...], releases: int, depth: int) -> int:
    """The releases, of those given, in which bases have no members but those that contracts tell."""
    for base in bases:
        if base in _PLAIN_BASES or base.startswith(("typing.Generic", "Generic")):
            continue
        key = store.class_key(base)
        if key is None or depth > _DEPTH:
            return 0
        held = 0
        for contract in store.classes(key):
            if contract.name == base:
                held |= _plain(store, contract.bases, contract.releases & releases, depth + 1)
        releases &= held
    return releases
