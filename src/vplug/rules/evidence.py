"""Evidence: what rules may ask for by name, worked out once, when first asked for."""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from functools import cached_property
from typing import TYPE_CHECKING, Any

from vplug.analysis.ancestry import Ancestry, ancestry
from vplug.analysis.callnames import CallNames
from vplug.analysis.execution import Execution
from vplug.analysis.handlers import Handler, handlers
from vplug.analysis.imports import module_imports
from vplug.analysis.load_failures import lacks_of
from vplug.analysis.loading import Loading, Loadings
from vplug.analysis.modules import Module, ModuleFinder, ModuleKind
from vplug.analysis.own_imports import Lack, OwnImports
from vplug.analysis.registrations import Registration, Registrations
from vplug.analysis.resolve import Kind, Resolution, Resolver, Status
from vplug.analysis.unreached import unreached_uses
from vplug.analysis.uses import Use
from vplug.analysis.values import Evaluator, FunctionNode, Value
from vplug.discovery.declared import declared_ranges
from vplug.discovery.target import Target
from vplug.fit.fault import ReleaseFault, Subject
from vplug.fit.imports import import_faults
from vplug.fit.judge import Asked, Judge
from vplug.fit.own import own_faults
from vplug.fit.registered import duplicate_faults
from vplug.fit.unread import unread_fault
from vplug.loader import Group, group_of
from vplug.model import DeclaredRange, Distribution, EntryPoint, Location, Plugin
from vplug.rules.metadata_places import MetadataPlaces
from vplug.rules.verdict import CannotTell, Skip

if TYPE_CHECKING:  # what only running or building gives; loading these takes a while
    from vplug.model import Diagnosis, LiveObservation, Observation, Together
    from vplug.rules.built import Built

_REACH = 2_000


class Evidence:
    """Evidence about one target.

    Args:
        target: what is judged.
        environment: gives the plugins installed beside it, for clashes of names; asked only when a
            rule needs it. ``None`` where there is no environment to compare with.
        asked: gives the vLLM release to judge against; ``None`` for none.
        seen: what a run saw, by name, e.g. ``observations``; ``None`` where nothing was run.
    """

    def __init__(
        self,
        target: Target,
        environment: Callable[[], Sequence[Plugin]] | None = None,
        asked: Callable[[], Asked] | None = None,
        seen: Mapping[str, Any] | None = None,
    ) -> None:
        self.target = target
        self._seen = seen
        self._environment = environment
        self._asked = asked
        self.finder = ModuleFinder.for_target(target)
        self.resolver = Resolver(self.finder)
        self.evaluator = Evaluator(self.resolver)
        self.names = CallNames(self.evaluator)
        self.loadings = Loadings(self.resolver, self.names)

    @cached_property
    def plugins(self) -> tuple[PluginEvidence, ...]:
        """The target's entry points in vLLM's groups (any name beginning with ``vllm.``)."""
        return tuple(
            PluginEvidence(entry_point, self)
            for entry_point in self.target.distribution.entry_points
            if entry_point.group.startswith("vllm.")
        )

    @property
    def observations(self) -> tuple[Observation, ...]:
        """What a run saw of each entry point; skips where nothing was run."""
        if self._seen is None or "observations" not in self._seen:
            raise Skip("nothing was run: `vplug verify` does that")
        found: tuple[Observation, ...] = self._seen["observations"]
        return found

    @property
    def together(self) -> Together:
        """What came of several plugins in one process; skips where that was not tried."""
        found: Together | None = (self._seen or {}).get("together")
        if found is None:
            raise Skip("it has not two platform or general plugins that work alone")
        return found

    @property
    def diagnosis(self) -> Diagnosis:
        """What the doctor found in an environment; no target has one."""
        raise Skip("it speaks of an environment: `vplug doctor` asks it")

    @property
    def live(self) -> LiveObservation:
        """What real engines showed; skips where none was started."""
        if self._seen is None or "live" not in self._seen:
            raise Skip("no engine was started: `vplug verify --live` does that")
        found: LiveObservation = self._seen["live"]
        return found

    @cached_property
    def built(self) -> Built:
        """The wheel or sdist that the target is; skips for what was not built."""
        from vplug.rules.built import Built

        return Built.of(self)

    @property
    def distribution(self) -> Distribution:
        """The target's metadata."""
        return self.target.distribution

    @cached_property
    def asked(self) -> Asked:
        """The vLLM release to judge against; skips where none is asked about."""
        if self._asked is None:
            raise Skip("no vLLM release is asked about")
        return self._asked()

    @cached_property
    def execution(self) -> Execution:
        """What runs when plugins load, over the target's modules."""
        subjects = [plugin.fit_subject for plugin in self.plugins]
        entries = [s.entry for s in subjects if s is not None and s.entry is not None]
        return Execution(self.resolver, frozenset(id(node) for _, node in entries))

    @cached_property
    def unreached(self) -> tuple[Use, ...]:
        """Imports of vLLM and of the target's own in own modules that no plugin's loading leads to."""
        # What following registrations read besides is judged as no import that runs.
        reached: set[str] = set()
        for plugin in self.plugins:
            starts = plugin.starts
            reached |= self.execution.loads(*starts).keys() | self.execution.later(*starts).keys()
        return unreached_uses(self.target, frozenset(reached))

    @cached_property
    def own_lacks(self) -> tuple[tuple[str, Use, Lack], ...]:
        """Imports of the target's own modules and names that fail, with the plugin's ``group:name``.

        Those in modules that nothing reaches bear the empty name.
        """
        unreached = self.unreached  # first: what looking up names reads is not reached by it
        imports = OwnImports(self.target, self.resolver)
        found: list[tuple[str, Use, Lack]] = []
        for plugin in self.plugins:
            found += [
                (plugin.subject, use, lack)
                for use, lack in lacks_of(self.execution, imports, *plugin.starts)
            ]
        for use in unreached:
            lack = None if use.what.is_vllm else imports.lack(use.what, parse=False)
            if lack is not None and lack.parses:
                found.append(("", use, lack))
        return tuple(found)

    @cached_property
    def own_faults(self) -> tuple[tuple[str, ReleaseFault], ...]:
        """What :attr:`own_lacks` holds as faults, each in the releases in which the import runs."""
        masks = self.asked.masks
        return tuple(
            (name, fault)
            for name, use, lack in self.own_lacks
            for fault in own_faults(use, lack, masks)
        )

    @cached_property
    def faults(self) -> tuple[tuple[str, ReleaseFault], ...]:
        """Every fault of every plugin in any release, with the plugin's ``group:name``.

        Those about the whole target (modules nothing reaches, names registered twice) bear the empty
        name.
        """
        masks = self.asked.masks
        if self.finder.brings("vllm"):
            raise CannotTell(
                "it holds the package vllm itself: installed, it is the vLLM that its plugins meet, "
                "and how that differs from the releases is not known"
            )
        subjects = [subject for plugin in self.plugins if (subject := plugin.fit_subject)]
        judge = Judge(self.execution, self.resolver, masks, subjects)
        found: list[tuple[str, ReleaseFault]] = []
        registered: list[tuple[str, Registration]] = []
        for plugin in self.plugins:
            subject = plugin.fit_subject
            if subject is None:
                if group_of(plugin.entry_point.group) is None:
                    found.append((plugin.subject, unread_fault(plugin.entry_point, masks)))
                continue
            registered += [(subject.name, item) for item in subject.registrations]
            found += [(subject.name, fault) for fault in judge.faults(subject)]
        unreached = [use for use in self.unreached if use.what.is_vllm]
        found += [("", fault) for fault in import_faults(unreached, masks)]
        found += [
            ("", fault)
            for fault in duplicate_faults(
                registered,
                masks,
                self.execution.plain_calls({item.location.path for _, item in registered}),
            )
        ]
        return tuple(found)

    @cached_property
    def handlers(self) -> tuple[Handler, ...]:
        """The functions of the modules reached that run for requests."""
        return tuple(handlers(self.resolver, self.reached))

    @cached_property
    def installed(self) -> Sequence[Plugin]:
        """Plugins of the environment; skips where there is none to compare with."""
        if self._environment is None:
            raise Skip("no environment to compare with")
        return self._environment()

    @cached_property
    def ranges(self) -> tuple[DeclaredRange, ...]:
        """The vLLM ranges that the target declares."""
        return declared_ranges(self.target.distribution, self.target.config)

    @cached_property
    def reached(self) -> tuple[Module, ...]:
        """The target's own modules that vLLM's use of its plugins reads.

        Those are the entry modules, the modules of the classes that factories name, all that these
        import at their top level, and what following registrations led to.
        """
        names = [plugin.entry_point.module for plugin in self.plugins if plugin.entry_point.module]
        for plugin in self.plugins:
            names += plugin.class_modules()
        reached: dict[str, Module] = {}
        while names and len(reached) < _REACH:
            parts = names.pop().split(".")
            for end in range(1, len(parts) + 1):
                module = self.finder.find(".".join(parts[:end]))
                if not module.own or module.name in reached or module.kind is ModuleKind.MISSING:
                    continue
                reached[module.name] = module
                names += self._imports(module)
        for module in self.finder.parsed.values():
            if module.own and module.was_read:
                reached.setdefault(module.name, module)
        return tuple(reached.values())

    def _imports(self, module: Module) -> list[str]:
        """The modules that a module's top level imports, those for type checkers only left out."""
        names = []
        for item in module_imports(self.resolver, module).top:
            names.append(item.module)
            if item.name is not None:
                names.append(f"{item.module}.{item.name}")
        return names

    def place(self, *keys: str, text: str | None = None) -> Location | None:
        """Return where the metadata speaks of something: see :meth:`MetadataPlaces.place`."""
        return self._places.place(*keys, text=text)

    @cached_property
    def _places(self) -> MetadataPlaces:
        return MetadataPlaces(self.target)

    def known(self, field: str) -> None:
        """Raise :class:`CannotTell` where the metadata field is computed when the project is built."""
        undecided = self.target.undecided_about(field)
        if undecided is not None:
            raise CannotTell(undecided.reason, undecided.location)


class PluginEvidence:
    """Evidence about one plugin of a target."""

    def __init__(self, entry_point: EntryPoint, evidence: Evidence) -> None:
        self.entry_point = entry_point
        self.evidence = evidence

    @property
    def subject(self) -> str:
        """How outcomes and findings name it."""
        return f"{self.entry_point.group}:{self.entry_point.name}"

    @property
    def group(self) -> Group:
        """Its group's facts; skips for groups that vLLM does not read."""
        group = group_of(self.entry_point.group)
        if group is None:
            raise Skip("vLLM does not read its group (VP101)")
        return group

    @cached_property
    def resolution(self) -> Resolution:
        """What its value leads to; skips where the value is malformed."""
        if not self.entry_point.is_valid:
            raise Skip("its value is malformed (VP102)")
        return self.evidence.resolver.entry_point(self.entry_point.module, self.entry_point.attr)

    @property
    def observed(self) -> Observation:
        """What a run saw of it; skips where it was not run."""
        for item in self.evidence.observations:
            if item.subject == self.subject:
                return item
        raise Skip("it was not run: this vLLM does not read its group")

    @property
    def found(self) -> Resolution:
        """Its resolution where it was found; skips or cannot tell otherwise."""
        resolution = self.resolution
        if resolution.status is Status.MISSING:
            raise Skip("its target is missing (VP103, VP104)")
        if resolution.status is Status.EXTERNAL:
            raise CannotTell(
                f"{resolution.name or self.entry_point.module} belongs to another distribution"
            )
        if resolution.status is Status.UNKNOWN:
            raise CannotTell(resolution.reason, resolution.at)
        return resolution

    @property
    def function(self) -> tuple[Module, FunctionNode]:
        """The function it is; skips where it is none."""
        found = self.found
        if (
            found.kind is Kind.FUNCTION
            and found.module is not None
            and isinstance(found.node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda))
        ):
            return found.module, found.node
        if found.kind is Kind.VALUE:
            raise CannotTell("its target is a value computed at run time", found.location)
        raise Skip("its target is no function")

    @cached_property
    def returned(self) -> list[tuple[Location, Value]]:
        """Every value its function may return, with the place of the ``return``."""
        module, node = self.function
        return [
            (module.at(place), value)
            for place, values in self.evidence.evaluator.returned(module, node)
            for value in values
        ]

    @cached_property
    def registrations(self) -> list[Registration]:
        """What its function registers; skips where the group registers nothing."""
        if self.group.short != "general":
            raise Skip("no general plugin")
        module, node = self.function
        return self._collector.of_function(module, node)

    @cached_property
    def _collector(self) -> Registrations:
        return Registrations(self.evidence.evaluator)

    def class_at(self, name: str) -> Resolution:
        """Return what a dotted class name leads to, split as vLLM's ``resolve_obj_by_qualname`` does."""
        module_name, _, attr = name.rpartition(".")
        if not module_name:
            return Resolution(Status.MISSING, name=name, reason=f"{name!r} has no module part")
        return self.evidence.resolver.entry_point(module_name, attr)

    @cached_property
    def classes(self) -> list[tuple[Location | None, Resolution]]:
        """The classes that vLLM would use: the target itself, or those that its function names."""
        found = self.found
        if found.kind is Kind.CLASS:
            return [(found.location, found)]
        return [
            (place, self.class_at(value))
            for place, value in self.returned
            if isinstance(value, str) and ":" not in value
        ]

    @property
    def starts(self) -> tuple[tuple[str, ...], tuple[Module, FunctionNode] | None]:
        """The modules with which its loading begins, and the function that vLLM then calls."""
        subject = self.fit_subject
        if subject is not None:
            return subject.modules, subject.entry
        return ((self.entry_point.module,) if self.entry_point.is_valid else ()), None

    @cached_property
    def fit_subject(self) -> Subject | None:
        """What of it is judged against releases; ``None`` where it cannot be found or read."""
        try:
            found = self.found
            group = self.group
        except (Skip, CannotTell):
            return None
        classes = [
            (item.module, item.node)
            for _, item in self._classes_or_none()
            if item.module is not None and isinstance(item.node, ast.ClassDef) and item.module.own
        ]
        entry = None
        if found.module is not None and isinstance(found.node, FunctionNode):
            entry = (found.module, found.node)
        registrations: list[Registration] = []
        with suppress(Skip, CannotTell):
            registrations = self.registrations
        modules = [self.entry_point.module, *(module.name for module, _ in classes)]
        return Subject(
            self.subject,
            group,
            tuple(dict.fromkeys(modules)),
            entry,
            tuple(classes),
            tuple(registrations),
        )

    @cached_property
    def loading(self) -> Loading:
        """What vLLM's loading and calling of it runs of the package; skips where it is not found."""
        found = self.found
        entry = None
        if found.module is not None and isinstance(found.node, FunctionNode):
            entry = (found.module, found.node)
        classes = [i.module.name for _, i in self._classes_or_none() if i.module is not None]
        return self.evidence.loadings.of(self.entry_point.module, classes, entry)

    def _classes_or_none(self) -> list[tuple[Location | None, Resolution]]:
        try:
            return self.classes
        except (Skip, CannotTell):
            return []

    def class_modules(self) -> list[str]:
        """Return the modules of the classes it names, and follow what it registers; never raises."""
        names: list[str] = []
        with suppress(Skip, CannotTell):
            names = [found.module.name for _, found in self.classes if found.module is not None]
        with suppress(Skip, CannotTell):
            _ = self.registrations
        return names

    def ancestry_of(self, found: Resolution) -> Ancestry | None:
        """Return a found class's ancestry; ``None`` where it is no class with source."""
        if found.module is None or not isinstance(found.node, ast.ClassDef):
            return None
        return ancestry(self.evidence.resolver, found.module, found.node)
