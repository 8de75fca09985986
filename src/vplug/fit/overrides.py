"""VP213 to VP218: classes against the base classes that releases have."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from dataclasses import replace

from vplug.analysis.ancestry import class_functions
from vplug.analysis.modules import Module
from vplug.analysis.resolve import Resolver
from vplug.analysis.signatures import opaque_decorator, shape_of
from vplug.contracts.old_names import called_by_old_name
from vplug.fit.called import always_passed
from vplug.fit.constructors import io_constructor
from vplug.fit.fault import ReleaseFault
from vplug.fit.forms import failing_call
from vplug.fit.lineage import JudgedClass, read_class
from vplug.fit.masks import Masks
from vplug.fit.missing import lacking, merged
from vplug.fit.parameters import unfit
from vplug.fit.runners import as_called_by
from vplug.model import ClassContract, Member, MemberKind, Severity

#: The faults of a function against a form of the base's, by function, member and the base's name.
_Known = dict[tuple[int, int, str], list[ReleaseFault]]


def class_faults(
    module: Module,
    node: ast.ClassDef,
    resolver: Resolver,
    masks: Masks,
    *,
    instantiated: bool,
    runner: Callable[[], str | None],
) -> list[ReleaseFault]:
    """Return the faults of one class against every contract it derives from.

    Args:
        module: the module that defines it.
        node: the class.
        resolver: over the target's modules.
        masks: over the store.
        instantiated: whether vLLM makes instances of it, so that abstract methods must be there.
        runner: gives the model runner that the plugin has in the place of vLLM's, if it has one.
    """
    read = read_class(module, node, resolver, masks)
    found: list[ReleaseFault] = []
    known: _Known = {}
    for key in read.keys:
        for contract in masks.classes(key):
            if instantiated and read.doubt is None:
                found += lacking(read, contract)
            if instantiated and key == "IOProcessor":
                found += io_constructor(read, masks)
            faults = _overrides(read, contract, known, instantiated=instantiated)
            found += as_called_by(runner, key, faults)
        found += _newly_ignored(read, masks.store.classes(key), masks)
    return merged(found)


def _overrides(
    read: JudgedClass, contract: ClassContract, known: _Known, *, instantiated: bool
) -> Iterator[ReleaseFault]:
    for module, node, function in read.overriding:
        member = contract.members.get(function.name)
        if member is None or member.signature is None:
            continue
        if function.name == "__init__" and contract.key == "IOProcessor":
            continue
        # Releases share what did not change: each form of a member is judged once.
        key = (id(function), id(member), contract.name)
        faults = known.get(key)
        if faults is None:
            passed = always_passed(contract.key, function.name, read.lineage.names)
            faults = known[key] = _override(
                module, node, function, member, contract, passed, instantiated=instantiated
            )
        for fault in faults:
            yield replace(fault, releases=contract.releases)


_KINDS = {
    "staticmethod",
    "classmethod",
    "property",
    "abstractmethod",
    "override",
    "cached_property",
}


def _override(
    module: Module,
    node: ast.ClassDef,
    function: ast.FunctionDef | ast.AsyncFunctionDef,
    member: Member,
    contract: ClassContract,
    passed: frozenset[str],
    *,
    instantiated: bool,
) -> list[ReleaseFault]:
    decorators = {getattr(d, "id", getattr(d, "attr", "?")) for d in function.decorator_list}
    if member.signature is None or member.kind is MemberKind.PROPERTY or "property" in decorators:
        return []
    if decorators - _KINDS and opaque_decorator(function) is not None:
        return []
    symbol = f"{contract.name}.{function.name}"
    place = module.at(function)
    own = shape_of(function)
    theirs = member.signature
    found = []
    is_async = isinstance(function, ast.AsyncFunctionDef)
    generator = is_async and any(isinstance(n, ast.Yield) for n in ast.walk(function))
    passes_on = theirs.is_async and not is_async and _gives_awaitable(function, node)
    if is_async != theirs.is_async and not (generator or passes_on or function.name == "__init__"):
        wanted = "be async" if theirs.is_async else "not be async"
        mend = "vLLM awaits it: write `async def`"
        if not theirs.is_async:
            mend = "vLLM calls it without `await`: write `def`"
        found.append(
            ReleaseFault(
                "VP217",
                Severity.ERROR,
                f"{node.name}.{function.name} must {wanted}, as in {contract.name}",
                contract.releases,
                place,
                symbol,
                mend,
            )
        )
    if "staticmethod" not in decorators:
        own = own.without_first()
    if member.kind is not MemberKind.STATIC:
        theirs = theirs.without_first()
    for text, severity, mend in unfit(own, theirs, contract, function.name, passed):
        found.append(
            ReleaseFault(
                "VP215" if function.name == "__init__" else "VP216",
                severity,
                f"{node.name}.{function.name} {text}; {contract.key}'s is {theirs}",
                contract.releases,
                place,
                symbol,
                mend,
            )
        )
    # A constructor of which vLLM makes no instance may be called by one of the plugin's own.
    if (function.name != "__init__" or instantiated) and not any(
        fault.code != "VP217" and fault.severity is Severity.ERROR for fault in found
    ):
        why = failing_call(own, theirs, contract, function.name)
        if why:
            # What is only likely to fail is told by what does.
            found = [fault for fault in found if fault.code == "VP217"]
            found.append(
                ReleaseFault(
                    "VP215" if function.name == "__init__" else "VP216",
                    Severity.ERROR,
                    f"{node.name}.{function.name} {why}",
                    contract.releases,
                    place,
                    symbol,
                    "take as many by position as vLLM passes, or `*args, **kwargs`"
                    if "by position" in why
                    else "name the parameters as the base class does, and give others a default",
                )
            )
    return found


def _gives_awaitable(function: ast.FunctionDef | ast.AsyncFunctionDef, node: ast.ClassDef) -> bool:
    """Whether a plain function returns a call that may give something to await."""
    coroutines = {f.name for f in class_functions(node) if isinstance(f, ast.AsyncFunctionDef)}
    for child in ast.walk(function):
        if isinstance(child, ast.Return) and isinstance(child.value, ast.Call):
            text = ast.unparse(child.value.func)
            if text.rpartition(".")[2] in coroutines or text.startswith(("super()", "asyncio.")):
                return True
            if "run_in_executor" in text or "to_thread" in text:
                return True
    return False


def _newly_ignored(
    read: JudgedClass, versions: tuple[ClassContract, ...], masks: Masks
) -> list[ReleaseFault]:
    """Methods that overrode something in older releases and override nothing since."""
    found = []
    everywhere = 0
    having: dict[str, int] = {}
    for contract in versions:
        everywhere |= contract.releases
        for name in contract.members:
            having[name] = having.get(name, 0) | contract.releases
    for module, node, function in read.functions:
        since = having.get(function.name)
        if since is None or function.name.startswith("__"):
            continue
        # Only releases after the last that had it: a method that came later is simply early.
        newest = since.bit_length()
        gone = (everywhere >> newest) << newest
        gone &= ~called_by_old_name(masks.store, versions[-1].key, function.name)
        if gone:
            last = masks.store.releases[newest - 1]
            found.append(
                ReleaseFault(
                    "VP218",
                    Severity.INFO,
                    f"{node.name}.{function.name} overrides nothing: {versions[-1].key} had it "
                    f"to {last}",
                    gone,
                    module.at(function),
                    f"{versions[-1].name}.{function.name}",
                )
            )
    return found
