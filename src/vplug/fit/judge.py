"""Everything that is wrong with one plugin, in any release."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from functools import cached_property

from vplug.analysis.conditions import Condition, both
from vplug.analysis.execution import Execution
from vplug.analysis.guards import Guard
from vplug.analysis.imported import surely_run
from vplug.analysis.imports import works
from vplug.analysis.modules import Module, Source
from vplug.analysis.resolve import Resolver
from vplug.fit.fault import LOWER, ReleaseFault, Subject
from vplug.fit.given import Classes, given_classes
from vplug.fit.imports import import_faults
from vplug.fit.masks import Masks
from vplug.fit.missing import of_no_base
from vplug.fit.overrides import class_faults
from vplug.fit.patched import OwnPatches
from vplug.fit.refusing import refusal_faults
from vplug.fit.registered import registration_faults
from vplug.fit.registered_classes import RegisteredClasses
from vplug.fit.runners import own_runner
from vplug.fit.unregistered import unregistered_faults
from vplug.model import Location, Severity

#: Faults with which loading a plugin ends: what it would have registered goes without saying.
_RAISING = frozenset({"VP210", "VP222"})


@dataclass(frozen=True, slots=True)
class Asked:
    """The release that a validation is about.

    Attributes:
        masks: over the contract store.
        release: the store's release.
        note: why it is that one, where that is not plain; or ``None``.
    """

    masks: Masks
    release: str
    note: str | None = None

    @property
    def mask(self) -> int:
        """The release's bit."""
        return 1 << self.masks.store.index(self.release)


class Judge:
    """Judges the plugins of one target; what they share is judged once.

    Args:
        execution: what runs when they load.
        resolver: over the target's modules.
        masks: over the store.
        subjects: all its plugins: a worker is given by one, what its model runner calls by another.
    """

    def __init__(
        self,
        execution: Execution,
        resolver: Resolver,
        masks: Masks,
        subjects: Iterable[Subject] = (),
    ) -> None:
        self._execution = execution
        self._resolver = resolver
        self._masks = masks
        self._subjects = tuple(subjects)
        self._judged: dict[tuple[int, bool], list[ReleaseFault]] = {}
        self._imported: dict[str, list[ReleaseFault]] = {}
        self._registered = RegisteredClasses(execution, resolver, masks)
        self._patches = OwnPatches(resolver, masks.store)

    def faults(self, subject: Subject) -> list[ReleaseFault]:
        """Return a plugin's faults, each with the releases in which it is one."""
        execution, masks = self._execution, self._masks
        found = _group_faults(subject, masks)
        given = tuple(given_classes(subject.classes, self._resolver))
        imports = import_faults(execution.uses(subject.modules, subject.entry), masks)
        found += self._patches.without(self._of_given(imports, given))
        refusals = execution.refusals(subject.modules, subject.entry)
        found += refusal_faults(refusals, masks, self._patches.may_set)
        made = {id(node) for _, node in subject.classes}
        loaded = execution.loads(subject.modules, subject.entry)
        later = execution.later(subject.modules, subject.entry)
        registering = {item.location.path for item in subject.registrations}
        sure = self._surely_failing(given)
        for module, node in _classes(subject, execution, self._resolver):
            faults = self._class_faults(module, node, instantiated=id(node) in made)
            if module.name in later and not execution.is_alone(module.name):
                may = masks.when(later[module.name][0], likely=True)[1]
                found += _later(faults, may, sure.get(id(node), 0))
            elif id(node) in made:
                found += faults
            elif module.name in loaded:
                found += _within(faults, self._imported_in(module, *loaded[module.name]))
            elif module.path in registering:
                found += faults
            else:  # farther than later imports are followed: what it hangs on is not known
                found += _named(faults, sure.get(id(node), 0))
        for module, node in subject.classes:
            found += of_no_base(module, node, subject.group, self._resolver, masks)
        found += self._registered.faults(subject, made)
        plain = execution.plain_calls({item.location.path for item in subject.registrations})
        found += registration_faults(subject.registrations, masks, plain)
        raising = 0
        for fault in found:
            if fault.code in _RAISING and fault.severity is Severity.ERROR:
                raising |= fault.releases
        found += unregistered_faults(
            subject,
            masks.wanted & ~raising,
            lambda item: self._registered.when(item, subject),
            lambda: execution.uses(subject.modules, subject.entry),
            masks,
        )
        return found

    def _surely_failing(self, given: tuple[Classes, ...]) -> dict[int, int]:
        """The releases in which all of the classes fail of which vLLM surely uses one, by class."""
        found: dict[int, int] = {}
        for group in given:
            failing = self._failing(group)
            for _, node in group:
                found[id(node)] = found.get(id(node), 0) | failing
        return found

    def _failing(self, group: Classes) -> int:
        """The releases in which vLLM can use none of the classes: their import fails, or they do not fit."""
        failing = self._masks.store.everything
        for module, node in group:
            faults = self._class_faults(module, node, instantiated=False)
            mask = 0
            for fault in (*faults, *self._import_faults(module)):
                mask |= fault.releases if fault.severity is Severity.ERROR else 0
            failing &= mask
        return failing

    def _imported_in(self, module: Module, condition: Condition, guard: Guard) -> int:
        """The releases in which a module may be imported, and where it is caught may come to its end."""
        if guard is not Guard.NONE:
            top = self._execution.imports_of(module).top
            condition = both(condition, works(self._resolver, surely_run(top)))
        return self._masks.when(condition)[1]

    def _import_faults(self, module: Module) -> list[ReleaseFault]:
        """What fails when vLLM imports a class's module, as where it surely does."""
        known = self._imported.get(module.name)
        if known is None:
            known = import_faults(self._execution.load_uses(module.name), self._masks)
            self._imported[module.name] = known
        return known

    def _of_given(
        self, faults: list[ReleaseFault], given: tuple[Classes, ...]
    ) -> Iterator[ReleaseFault]:
        """The faults of imports, as errors those that break a class which vLLM surely uses."""
        told: dict[tuple[Location | None, str | None], int] = {}
        for fault in faults:
            if fault.severity is Severity.ERROR:
                key = (fault.location, fault.symbol)
                told[key] = told.get(key, 0) | fault.releases
        breaking: dict[tuple[Location | None, str | None], int] = {}
        found: list[ReleaseFault] = []
        for group in given:
            failing = self._failing(group)
            for module, _ in group:
                for fault in self._import_faults(module):
                    key = (fault.location, fault.symbol)
                    sure = fault.releases & failing & ~told.get(key, 0) & ~breaking.get(key, 0)
                    if sure and fault.severity is Severity.ERROR:
                        breaking[key] = breaking.get(key, 0) | sure
                        found.append(replace(fault, code="VP211", releases=sure))
        for fault in faults:
            left = fault.releases
            if fault.severity is not Severity.ERROR:
                left &= ~breaking.get((fault.location, fault.symbol), 0)
            if left:
                yield fault if left == fault.releases else replace(fault, releases=left)
        yield from found

    @cached_property
    def _runner(self) -> str | None:
        found = {
            id(node): (module, node)
            for subject in self._subjects
            for module, node in _classes(subject, self._execution, self._resolver)
        }
        return own_runner(found.values(), self._resolver, self._masks.store)

    def _class_faults(
        self, module: Module, node: ast.ClassDef, *, instantiated: bool
    ) -> list[ReleaseFault]:
        key = (id(node), instantiated)
        known = self._judged.get(key)
        if known is None:
            known = class_faults(
                module,
                node,
                self._resolver,
                self._masks,
                instantiated=instantiated,
                runner=lambda: self._runner,
            )
            self._judged[key] = known
        return known


def _later(faults: Iterable[ReleaseFault], releases: int, sure: int) -> Iterator[ReleaseFault]:
    """The faults of a class in a module that only running leads to: one severity lower.

    Args:
        faults: as they are where the module is imported in any case.
        releases: those in which something may lead to it.
        sure: those in which vLLM surely uses it, or another that fails.
    """
    for fault in faults:
        certain = sure if fault.severity is Severity.ERROR else 0
        if fault.releases & certain:
            yield replace(fault, releases=fault.releases & certain)
        if fault.releases & releases & ~certain:
            severity = LOWER.get(fault.severity, fault.severity)
            yield replace(fault, releases=fault.releases & releases & ~certain, severity=severity)


def _within(faults: Iterable[ReleaseFault], releases: int) -> Iterator[ReleaseFault]:
    """The faults in the releases given."""
    for fault in faults:
        if fault.releases & releases:
            yield replace(fault, releases=fault.releases & releases)


def _named(faults: Iterable[ReleaseFault], sure: int) -> Iterator[ReleaseFault]:
    """The faults of a class that only a string leads to: no errors but in the releases ``sure``."""
    for fault in faults:
        if fault.severity is Severity.ERROR:
            yield from _later([fault], fault.releases, sure)
        else:
            yield fault


def _group_faults(subject: Subject, masks: Masks) -> list[ReleaseFault]:
    missing = 0
    for loader in masks.store.loader():
        if subject.group.name not in loader.groups:
            missing |= loader.releases
    if not missing:
        return []
    message = f"the group {subject.group.name} is not read: the plugin is never loaded"
    return [ReleaseFault("VP221", Severity.ERROR, message, missing, symbol=subject.group.name)]


def _classes(
    subject: Subject, execution: Execution, resolver: Resolver
) -> list[tuple[Module, ast.ClassDef]]:
    """The classes vLLM makes, then every class with bases in the modules the plugin reaches."""
    classes = list(subject.classes)
    seen = {id(node) for _, node in classes}
    names = set(execution.reached(subject.modules))
    names |= {item.location.path for item in subject.registrations}
    for module in list(resolver.finder.parsed.values()):
        if not module.own or not (module.name in names or module.path in names):
            continue
        source = module.source
        if not isinstance(source, Source):
            continue
        for node in source.tree.body:
            if isinstance(node, ast.ClassDef) and node.bases and id(node) not in seen:
                seen.add(id(node))
                classes.append((module, node))
    # Of what only running leads to, the classes that vLLM is given by name: workers, backends.
    for module_name, name in sorted(execution.named(subject.modules, subject.entry), key=str):
        found = resolver.imported(module_name, name) if name is not None else None
        if found is None or found.module is None or not isinstance(found.node, ast.ClassDef):
            continue
        if found.module.own and id(found.node) not in seen:
            seen.add(id(found.node))
            classes.append((found.module, found.node))
    return classes
