"""What runs when vLLM loads and calls a plugin: which vLLM imports, and on what they depend."""

from __future__ import annotations

import ast
from collections.abc import Callable, Container, Iterable, Iterator
from dataclasses import replace

from vplug.analysis.callees import callee_of, local_imports, may_call_own
from vplug.analysis.conditions import ALWAYS, Condition, Never, both, either
from vplug.analysis.following import Following
from vplug.analysis.guards import RANK, Guard
from vplug.analysis.imported import Import, ModuleImports
from vplug.analysis.imports import module_imports, outlined_imports
from vplug.analysis.modules import Module
from vplug.analysis.reach import Reach
from vplug.analysis.refusals import Refusal, refusals_at_import, refusals_of_call
from vplug.analysis.resolve import Resolver
from vplug.analysis.uses import Stage, Use
from vplug.model import Location

_CALL_DEPTH = 6
#: How many modules are read of those that only functions import or strings name, the nearest first. Where
#: more than the second number are read already, only those that strings name, the third number of them, and
#: nothing that these lead to. The largest plugins have hundreds, which take longer than all the rest: what
#: is left out counts as modules that nothing reaches.
_MOST_LATER = 48
_LARGE = 100
_MOST_OF_LARGE = 16


#: The modules with which loading begins, and the function called, by its node's id.
_Start = tuple[tuple[str, ...], int | None]


class Execution:
    """Follows imports and plain calls through a target's own modules; remembers each module's.

    Args:
        resolver: over the target's modules.
        entries: the functions that vLLM calls for the target's plugins, by node id: what one of them
            leads to is no other plugin's.
    """

    def __init__(self, resolver: Resolver, entries: frozenset[int] = frozenset()) -> None:
        self._resolver = resolver
        self._entries = entries
        self._reach = Reach(resolver)
        self._outlined = Reach(resolver, outlined_imports)
        self._following = Following(resolver)
        self._plain: dict[str, frozenset[Location]] = {}
        self._from: dict[tuple[str, ...], dict[str, tuple[Condition, Guard]]] = {}
        self._uses: dict[_Start, tuple[Use, ...]] = {}
        self._load_uses: dict[str, tuple[Use, ...]] = {}
        self._laters: dict[_Start, dict[str, tuple[Condition, Guard]]] = {}
        self._asked: dict[_Start, frozenset[str]] = {}
        self._alone: set[str] = set()
        self._called: dict[int, tuple[Module, ast.AST]] = {}
        self._refused: dict[int | str, tuple[Refusal, ...]] = {}
        self._runs: dict[_Start, tuple[dict[str, tuple[Condition, Guard]], set[int]]] = {}

    def imports_of(self, module: Module) -> ModuleImports:
        """Return a module's imports, worked out once."""
        return module_imports(self._resolver, module)

    def uses(
        self, modules: Iterable[str], entry: tuple[Module, ast.AST] | None = None
    ) -> tuple[Use, ...]:
        """Return the vLLM imports that loading ``modules`` and calling ``entry`` runs.

        Args:
            modules: full names of the entry module and of the modules of classes it names.
            entry: the function vLLM calls, with its module; ``None`` for classes.

        What stands in functions of the modules reached is ``LATER``, except in the entry function
        and what it plainly calls; so is all that stands in modules which only those functions import,
        or which strings name: a class for vLLM to import, a module for ``importlib``.
        """
        key = (tuple(modules), id(entry[1]) if entry is not None else None)
        known = self._uses.get(key)
        if known is None:
            every = self._every_use(key[0], entry, lambda item, _: item.is_vllm)
            known = self._uses[key] = tuple(every)
        return known

    def load_uses(self, module: str) -> tuple[Use, ...]:
        """Return the vLLM imports that loading a module runs: of :meth:`uses`, those of ``LOAD``.

        Nothing is read of what only its functions import.
        """
        known = self._load_uses.get(module)
        if known is None:
            known = self._load_uses[module] = tuple(self._uses_at_load(module))
        return known

    def _uses_at_load(self, module: str) -> Iterator[Use]:
        """As :meth:`load_uses`; what stands in functions that nothing calls is not even parsed."""
        reached: dict[str, tuple[Condition, Guard]] = {}
        called: set[int] = set()
        self._outlined.follow(module, ALWAYS, Guard.NONE, reached)
        self._call_at_import(reached, called, outlined_imports)
        for name, (condition, guard) in reached.items():
            found = self._resolver.finder.find(name)
            for item in outlined_imports(self._resolver, found).top:
                if item.is_vllm:
                    yield Use(_under(item, condition, guard), Stage.LOAD, name)
        for node in called:
            found = self._called[node][0]
            condition = reached[found.name][0] if found.name in reached else ALWAYS
            for item in self.imports_of(found).functions.get(node, ()):
                if item.is_vllm:
                    yield Use(_under(item, condition, Guard.NONE), Stage.LOAD, found.name)

    def other_uses(
        self,
        modules: Iterable[str],
        entry: tuple[Module, ast.AST] | None,
        wanted: Callable[[Import, Stage], bool],
    ) -> Iterator[Use]:
        """Yield the imports of other modules than vLLM's that :meth:`uses` passes by.

        What strings refer to counts as an import that runs later, and comes last.

        Args:
            modules: as in :meth:`uses`.
            entry: as in :meth:`uses`.
            wanted: which of them; the conditions of all others need not be worked out.
        """
        start = tuple(modules)
        yield from self._every_use(start, entry, wanted)
        yield from self._references(start, entry, wanted)

    def refusals(
        self, modules: Iterable[str], entry: tuple[Module, ast.AST] | None = None
    ) -> Iterator[Refusal]:
        """Yield what ends loading ``modules`` and calling ``entry``: no error of vLLM's, their own.

        What something around it may catch is left out, an ``except`` around the import included.
        """
        reached, called = self._run(tuple(modules), entry)
        for name, (condition, guard) in reached.items():
            if guard is not Guard.NONE or isinstance(condition, Never):
                continue
            if name not in self._refused:
                module = self._resolver.finder.find(name)
                self._refused[name] = tuple(
                    refusals_at_import(self._resolver, module, self._following)
                )
            for found in self._refused[name]:
                yield replace(found, condition=both(condition, found.condition))
        for node in called:
            if node not in self._refused:
                # What the entry calls, it is asked for with what it gives them.
                follow = self._following if node in self._entries else None
                self._refused[node] = tuple(
                    refusals_of_call(self._resolver, *self._called[node], follow)
                )
            yield from self._refused[node]

    def loads(
        self, modules: Iterable[str], entry: tuple[Module, ast.AST] | None = None
    ) -> dict[str, tuple[Condition, Guard]]:
        """Return the own modules that :meth:`uses` reads, each with its condition and guard."""
        return dict(self._run(tuple(modules), entry)[0])

    def surely_called(
        self, modules: Iterable[str], entry: tuple[Module, ast.AST] | None = None
    ) -> dict[int, tuple[Module, ast.AST]]:
        """Return the functions that loading ``modules`` and calling ``entry`` surely calls, by node id."""
        return {node: self._called[node] for node in self._run(tuple(modules), entry)[1]}

    def later(
        self, modules: Iterable[str], entry: tuple[Module, ast.AST] | None = None
    ) -> dict[str, tuple[Condition, Guard]]:
        """Return the own modules that functions import, or strings name, and that loading does not."""
        start = tuple(modules)
        key = (start, id(entry[1]) if entry is not None else None)
        known = self._laters.get(key)
        if known is None:
            run = self._run(start, entry)
            known = self._after(*run)
            asked = self._after(*run, known)
            self._asked[key] = frozenset(asked)
            known = self._laters[key] = {**known, **asked}
        return known

    def is_alone(self, module: str) -> bool:
        """Return whether :meth:`later` holds a module for a string's sake alone: see ``_LARGE``.

        What leads to it was not followed, so on what its use hangs is not known.
        """
        return module in self._alone

    def _asked_for(
        self, modules: tuple[str, ...], entry: tuple[Module, ast.AST] | None
    ) -> frozenset[str]:
        """Those of :meth:`later` to which only a name leads that a module's ``__getattr__`` is asked for."""
        self.later(modules, entry)
        return self._asked[modules, id(entry[1]) if entry is not None else None]

    def named(
        self, modules: Iterable[str], entry: tuple[Module, ast.AST] | None = None
    ) -> frozenset[tuple[str, str | None]]:
        """Return the modules and names that strings name in all that :meth:`uses` reads."""
        start = tuple(modules)
        reached, called = self._run(start, entry)
        others = self._entries - called
        return frozenset(
            (item.module, item.name)
            for name in (*reached, *self.later(start, entry))
            for function, item in self.imports_of(self._resolver.finder.find(name)).named
            if function not in others
        )

    def _references(
        self,
        modules: tuple[str, ...],
        entry: tuple[Module, ast.AST] | None,
        wanted: Callable[[Import, Stage], bool],
    ) -> Iterator[Use]:
        reached, called = self._run(modules, entry)
        others = self._entries - called
        for name, (condition, guard) in {**reached, **self.later(modules, entry)}.items():
            for function, item in self.imports_of(self._resolver.finder.find(name)).references:
                if function not in others and wanted(item, Stage.LATER):
                    around = guard if function is None else Guard.NONE
                    yield Use(_under(item, condition, around), Stage.LATER, name)

    def _after(
        self,
        reached: dict[str, tuple[Condition, Guard]],
        called: set[int],
        before: dict[str, tuple[Condition, Guard]] | None = None,
    ) -> dict[str, tuple[Condition, Guard]]:
        """The modules to which functions and strings of the modules ``reached`` lead, one after another.

        Args:
            reached: the modules that loading imports.
            called: the functions that it calls.
            before: what this gave without what modules' ``__getattr__`` imports; with it, what comes
                by that, and ``before`` is left out.
        """
        # What is imported for type checkers alone is not there yet.
        loaded = {n: held for n, held in reached.items() if not isinstance(held[0], Never)}
        modules = self._resolver.finder.parsed.values()
        if sum(module.own and module.was_read for module in modules) > _LARGE:
            return self._named_alone(loaded, called) if before is None else {}
        most = len(loaded) + _MOST_LATER
        known = {**loaded, **(before or {})}
        found = dict(known)
        done: set[str] = set()
        while pending := [name for name in found if name not in done]:
            for name in pending:
                done.add(name)
                for item in self._delayed(name, called, lazily=before is not None):
                    under = both(found[name][0], item.condition)
                    for target in self._reach.targets(item):
                        if target not in (loaded if before is None else known):
                            self._reach.follow(target, under, item.guard, found, most)
        return {name: held for name, held in found.items() if name not in known}

    def _named_alone(
        self, loaded: dict[str, tuple[Condition, Guard]], called: set[int]
    ) -> dict[str, tuple[Condition, Guard]]:
        """The modules that strings in those ``loaded`` name, and the packages that they stand in.

        Those that following registrations has read already cost nothing, and come besides.
        """
        found: dict[str, tuple[Condition, Guard]] = {}
        others, left = self._entries - called, _MOST_OF_LARGE
        for name, (condition, _) in loaded.items():
            for function, item in self.imports_of(self._resolver.finder.find(name)).named:
                if function in others:
                    continue
                under = both(condition, item.condition)
                for target in self._reach.own_targets(item):
                    if target in loaded:
                        continue
                    if target in found:
                        found[target] = (either(found[target][0], under), Guard.NONE)
                        continue
                    if not self._resolver.finder.find(target).was_read:
                        if not left:
                            continue
                        left -= 1
                    found[target] = (under, Guard.NONE)
        self._alone |= found.keys()
        return found

    def _delayed(self, name: str, called: set[int], *, lazily: bool) -> Iterator[Import]:
        """The imports of the package's own that a module's functions run, and what its strings name.

        Args:
            name: the module.
            called: the functions that loading calls: what they import is there already.
            lazily: whether the module's ``__getattr__`` is one of them.
        """
        imports = self.imports_of(self._resolver.finder.find(name))
        asked = {id(node) for node in imports.nested.get((None, "__getattr__"), ())}
        skipped = called | self._entries | (set() if lazily else asked)
        for function, items in imports.functions.items():
            if function not in skipped:
                yield from (item for item in items if not item.is_vllm)
        others = (self._entries - called) | (set() if lazily else asked)
        yield from (item for function, item in imports.named if function not in others)

    def _run(
        self, modules: tuple[str, ...], entry: tuple[Module, ast.AST] | None
    ) -> tuple[dict[str, tuple[Condition, Guard]], set[int]]:
        """The modules that are imported and the functions that are called; not to be changed."""
        key = (modules, id(entry[1]) if entry is not None else None)
        known = self._runs.get(key)
        if known is None:
            reached = dict(self._loaded(modules))
            called: set[int] = set()
            if entry is not None:
                self._call(entry[0], entry[1], reached, called, 0)
            self._call_at_import(reached, called)
            known = self._runs[key] = (reached, called)
        return known

    def _every_use(
        self,
        modules: tuple[str, ...],
        entry: tuple[Module, ast.AST] | None,
        wanted: Callable[[Import, Stage], bool],
    ) -> Iterator[Use]:
        yield from self._uses_of(self._run(modules, entry), wanted)
        asked = self._asked_for(modules, entry)
        for name, (held, guard) in self.later(modules, entry).items():
            imports = self.imports_of(self._resolver.finder.find(name))
            # A name that nobody may ever ask for is a test like any other.
            condition, reach = (held, ALWAYS) if name in asked else (ALWAYS, held)
            for item in imports.top:
                if wanted(item, Stage.LATER):
                    yield Use(_under(item, condition, guard), Stage.LATER, name, reach)
            for items in imports.functions.values():
                for item in items:
                    if wanted(item, Stage.LATER):
                        yield Use(_under(item, condition, Guard.NONE), Stage.LATER, name, reach)

    def _uses_of(
        self,
        run: tuple[dict[str, tuple[Condition, Guard]], set[int]],
        wanted: Callable[[Import, Stage], bool],
    ) -> Iterator[Use]:
        """The imports of the modules that are imported, and of their functions."""
        reached, called = run
        for name, (condition, guard) in list(reached.items()):
            imports = self.imports_of(self._resolver.finder.find(name))
            for item in imports.top:
                if wanted(item, Stage.LOAD):
                    yield Use(_under(item, condition, guard), Stage.LOAD, name)
            for function, items in imports.functions.items():
                stage = Stage.LOAD if function in called else Stage.LATER
                # A module's guard does not cover what its functions do later; its condition does.
                for item in items:
                    if wanted(item, stage):
                        yield Use(_under(item, condition, Guard.NONE), stage, name)

    def _call_at_import(
        self,
        reached: dict[str, tuple[Condition, Guard]],
        called: set[int],
        imports_of: Callable[[Resolver, Module], ModuleImports] = module_imports,
    ) -> None:
        """Follow the calls that stand plainly at the top level of modules that are surely imported."""
        done: set[str] = set()
        while pending := [name for name in reached if name not in done]:
            for name in pending:
                done.add(name)
                if reached[name] != (ALWAYS, Guard.NONE):
                    continue
                module = self._resolver.finder.find(name)
                for call in imports_of(self._resolver, module).calls_in(None):
                    if not may_call_own(self._resolver, module, call):
                        continue
                    callee = callee_of(self._resolver, module, call, {})
                    if callee is not None:
                        self._call(callee[0], callee[1], reached, called, 1)

    def plain_calls(self, paths: Container[str]) -> frozenset[Location]:
        """Return the places, in the files ``paths``, of calls that surely run when their function does."""
        found: set[Location] = set()
        for module in list(self._resolver.finder.parsed.values()):
            if module.own and module.was_read and module.at(None).path in paths:
                found |= self._plain_calls_of(module)
        return frozenset(found)

    def _plain_calls_of(self, module: Module) -> frozenset[Location]:
        known = self._plain.get(module.name)
        if known is None:
            known = frozenset(map(module.at, self.imports_of(module).every_call()))
            self._plain[module.name] = known
        return known

    def reached(self, modules: Iterable[str]) -> frozenset[str]:
        """Return the names of own modules that importing ``modules`` may read."""
        return frozenset(self._loaded(tuple(modules)))

    def _loaded(self, modules: tuple[str, ...]) -> dict[str, tuple[Condition, Guard]]:
        """What importing ``modules`` one after the other reaches, worked out once; not to be changed."""
        known = self._from.get(modules)
        if known is None:
            known = dict(self._loaded(modules[:-1])) if modules else {}
            if modules:
                self._reach.follow(modules[-1], ALWAYS, Guard.NONE, known)
            self._from[modules] = known
        return known

    def _call(
        self,
        module: Module,
        function: ast.AST,
        reached: dict[str, tuple[Condition, Guard]],
        called: set[int],
        depth: int,
    ) -> None:
        if id(function) in called or depth > _CALL_DEPTH:
            return
        called.add(id(function))
        self._called[id(function)] = (module, function)
        imports = self.imports_of(module)
        for item in imports.functions.get(id(function), ()):
            if not item.is_vllm:
                for target in self._reach.targets(item):
                    self._reach.follow(target, item.condition, item.guard, reached)
        local = local_imports(function)
        calls = imports.calls_in(id(function))
        if isinstance(function, ast.Lambda) and isinstance(function.body, ast.Call):
            calls = [function.body]
        for call in calls:
            callee = callee_of(self._resolver, module, call, local, id(function))
            if callee is not None:
                self._call(callee[0], callee[1], reached, called, depth + 1)


def _under(item: Import, condition: Condition, guard: Guard) -> Import:
    """An import in a module that is itself reached under a condition or a guard."""
    if condition is ALWAYS and guard is Guard.NONE:
        return item
    return Import(
        item.module,
        item.name,
        item.location,
        both(condition, item.condition),
        max(item.guard, guard, key=RANK.__getitem__),
        item.own,
    )
