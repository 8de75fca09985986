"""VP213, VP214: methods that a class lacks, of those that must be there."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from difflib import get_close_matches

from vplug.analysis.modules import Module
from vplug.analysis.resolve import Resolver
from vplug.fit.called import called_on_any, calls
from vplug.fit.fault import ReleaseFault
from vplug.fit.lineage import JudgedClass, read_class
from vplug.fit.masks import Masks
from vplug.loader import Group
from vplug.model import ClassContract, Severity


def missing_methods(
    module: Module,
    node: ast.ClassDef,
    resolver: Resolver,
    masks: Masks,
    *,
    called: frozenset[str] | None = None,
) -> list[ReleaseFault]:
    """Return the faults of methods that a class lacks, in each release of a contract it derives from.

    Where only running tells what it derives from, and where a class of vLLM's that is in no contract
    stands before one that is and may give what it lacks, there are none.

    Args:
        module: the module that defines it.
        node: the class.
        resolver: over the target's modules.
        masks: over the store.
        called: of a class of which vLLM makes no instance, the methods that it calls all the same;
            ``None`` where it makes one, so that every abstract method must be there.
    """
    read = read_class(module, node, resolver, masks)
    if read.doubt is not None or read.hidden:
        return []
    found: list[ReleaseFault] = []
    for key in read.keys:
        for contract in masks.classes(key):
            if called is None:
                found += lacking(read, contract)
            else:
                found += _uncalled(read, contract, called)
    return merged(found)


def _uncalled(
    read: JudgedClass, contract: ClassContract, called: frozenset[str]
) -> Iterator[ReleaseFault]:
    place = read.module.at(read.node)
    for name in sorted(called & contract.members.keys()):
        member = contract.members[name]
        if (member.abstract or member.raises) and not read.lineage.defines(name):
            yield ReleaseFault(
                "VP214",
                Severity.ERROR,
                f"{read.node.name} does not define {name}, which vLLM calls",
                contract.releases,
                place,
                f"{contract.name}.{name}",
                f"define it: vLLM calls it on the class{_slip(read, name)}",
            )


def of_no_base(
    module: Module, node: ast.ClassDef, group: Group, resolver: Resolver, masks: Masks
) -> list[ReleaseFault]:
    """Return the faults of a class that derives from nothing of vLLM's where its group lets that pass.

    It need not derive from the base to be used; what vLLM calls in any case it must have. None where
    only running tells what it derives from, or where something may give it names that are not read.

    Args:
        module: the module that defines it.
        node: the class, of which vLLM makes an instance.
        group: the group of the entry point that gives it.
        resolver: over the target's modules.
        masks: over the store.
    """
    key = masks.store.class_key(group.base[0]) if group.base and not group.base_enforced else None
    read = read_class(module, node, resolver, masks)
    if key is None or read.keys or read.doubt is not None or read.lineage.defines("__getattr__"):
        return []
    if any(own.decorator_list or own.keywords for _, own in read.lineage.own):
        return []
    found = []
    for contract in masks.classes(key):
        for member in contract.members.values():
            name = member.name
            wanted = member.abstract or name in called_on_any(key)
            if not wanted or name == "__init__" or read.lineage.defines(name):
                continue
            found.append(
                ReleaseFault(
                    "VP214", Severity.ERROR,
                    f"{node.name} does not define {name}, which vLLM calls",
                    contract.releases, module.at(node), f"{contract.name}.{name}",
                    f"derive it from {group.base[0]}, and define it{_slip(read, name)}",
                )
            )  # fmt: skip
    return merged(found)


def lacking(read: JudgedClass, contract: ClassContract) -> list[ReleaseFault]:
    """Return the faults of methods that must be there for vLLM to make and use instances."""
    found = []
    place = read.module.at(read.node)
    for member in contract.members.values():
        if read.lineage.defines(member.name):
            continue
        symbol = f"{contract.name}.{member.name}"
        if member.abstract:
            message = f"{read.node.name} does not define {member.name}, which is abstract"
            found.append(
                ReleaseFault(
                    "VP213", Severity.ERROR, message, contract.releases, place, symbol,
                    f"define it: vLLM cannot make an instance without it{_slip(read, member.name)}",
                )
            )  # fmt: skip
        elif calls(contract, member.name, read.lineage.names):
            message = f"{read.node.name} does not define {member.name}, which vLLM calls"
            found.append(
                ReleaseFault(
                    "VP214", Severity.ERROR, message, contract.releases, place, symbol,
                    f"define it: the base class's only raises NotImplementedError"
                    f"{_slip(read, member.name)}",
                )
            )  # fmt: skip
    return found


def _slip(read: JudgedClass, wanted: str) -> str:
    """Words on a method of the class that is perhaps meant for ``wanted``; empty for none."""
    names = [function.name for _, _, function in read.functions]
    close = get_close_matches(wanted, names, n=1, cutoff=0.8)
    return f"; it has {close[0]}, which vLLM does not call" if close else ""


def merged(faults: list[ReleaseFault]) -> list[ReleaseFault]:
    """Return one fault for what is said of several contract versions in the same words."""
    merged: dict[tuple[object, ...], ReleaseFault] = {}
    for fault in faults:
        key = (fault.code, fault.severity, fault.message, fault.location)
        known = merged.get(key)
        if known is None:
            merged[key] = fault
        else:
            merged[key] = ReleaseFault(
                fault.code,
                fault.severity,
                fault.message,
                known.releases | fault.releases,
                fault.location,
                known.symbol,
                known.hint,
            )
    return list(merged.values())
