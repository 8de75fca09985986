"""Which of a target's own modules an import runs, one after another, and under which conditions."""

from __future__ import annotations

from collections.abc import Callable

from vplug.analysis.conditions import ALWAYS, Condition, both, either
from vplug.analysis.guards import RANK, Guard
from vplug.analysis.imported import Import, ModuleImports
from vplug.analysis.imports import module_imports
from vplug.analysis.modules import Module, ModuleKind
from vplug.analysis.resolve import Resolver

#: How often a module's condition may be widened before it is taken as it stands.
_ROUNDS = 4

#: Modules that an import runs, its condition, and its guard.
_Edge = tuple[tuple[str, ...], Condition, Guard]


class Reach:
    """Follows imports through a target's own modules; remembers each module's.

    Args:
        resolver: over the target's modules.
        imports_of: gives a module's imports; those that importing it runs are all that is asked for.
    """

    def __init__(
        self,
        resolver: Resolver,
        imports_of: Callable[[Resolver, Module], ModuleImports] = module_imports,
    ) -> None:
        self._resolver = resolver
        self._imports_of = imports_of
        self._edges: dict[str, tuple[_Edge, ...]] = {}

    def follow(
        self,
        name: str,
        condition: Condition,
        guard: Guard,
        reached: dict[str, tuple[Condition, Guard]],
        most: int | None = None,
    ) -> None:
        """Add to ``reached`` what importing a module imports of the target's own, itself included.

        Args:
            name: the module; the packages that it stands in are imported first.
            condition: when it is imported.
            guard: what is caught if that fails.
            reached: the modules known to be imported, each with its condition and guard.
            most: with how many of them to stop; ``None`` for never.
        """
        parts = name.split(".")
        queue = [(".".join(parts[:end]), condition, guard) for end in range(1, len(parts) + 1)]
        rounds: dict[str, int] = {}
        while queue:
            current, when, caught = queue.pop()
            known = reached.get(current)
            if known is not None:
                if rounds.get(current, 0) >= _ROUNDS:
                    continue
                before, held = known
                wider = before if before is ALWAYS else either(before, when)
                merged = (wider, held if RANK[held] <= RANK[caught] else caught)
                rounds[current] = rounds.get(current, 0) + 1
                if merged == known:
                    continue
                reached[current] = merged
            elif most is not None and len(reached) >= most:
                continue
            else:
                module = self._resolver.finder.find(current)
                if not module.own or module.kind is not ModuleKind.SOURCE:
                    continue
                reached[current] = (when, caught)
            when, caught = reached[current]
            rank = RANK[caught]
            for targets, under, around in self._edges_of(current):
                inner_when = under if when is ALWAYS else both(when, under)
                inner_guard = around if RANK[around] > rank else caught
                queue += [(target, inner_when, inner_guard) for target in targets]

    def _edges_of(self, name: str) -> tuple[_Edge, ...]:
        """The own modules that importing one runs, in order, and when; worked out once."""
        known = self._edges.get(name)
        if known is None:
            module = self._resolver.finder.find(name)
            found: dict[_Edge, None] = {}
            for item in self._imports_of(self._resolver, module).top:
                if not item.is_vllm:
                    edge = (tuple(self.own_targets(item)), item.condition, item.guard)
                    if edge[0]:
                        # Taken off the end of a stack, the last of equals is the one that counts.
                        found.pop(edge, None)
                        found[edge] = None
            known = self._edges[name] = tuple(found)
        return known

    def own_targets(self, item: Import) -> list[str]:
        """As :meth:`targets`, without what has no source of the target's own."""
        find = self._resolver.finder.find
        return [
            name
            for name in self.targets(item)
            if find(name).own and find(name).kind is ModuleKind.SOURCE
        ]

    def targets(self, item: Import) -> list[str]:
        """The own modules that an import runs: the module, its parents, a submodule taken by name."""
        finder = self._resolver.finder
        if not item.own and not finder.find(item.module.partition(".")[0]).own:
            return []
        parts = item.module.split(".")
        names = [".".join(parts[:end]) for end in range(1, len(parts) + 1)]
        if item.name is not None:
            module = finder.find(f"{item.module}.{item.name}")
            if module.kind is ModuleKind.SOURCE:
                names.append(module.name)
        return names
