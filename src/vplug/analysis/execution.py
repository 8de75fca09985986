"""What runs when vLLM loads and calls a plugin: which vLLM imports, and on what they depend."""

from __future__ import annotations

import ast
from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import StrEnum

from vplug.analysis.conditions import ALWAYS, Condition, both, either
from vplug.analysis.imports import Guard, Import, ModuleImports, module_imports
from vplug.analysis.modules import Module, ModuleKind
from vplug.analysis.resolve import Kind, Resolver, Status

_CALL_DEPTH = 6
#: How often a module's condition may be widened before it is taken as it stands.
_ROUNDS = 4


class Stage(StrEnum):
    """When an import runs."""

    LOAD = "load"
    """When vLLM imports the entry point, or the class it names, or calls its function."""
    LATER = "later"
    """Inside a function, when that is called."""
    UNREACHED = "unreached"
    """In a module that nothing reaches."""


@dataclass(frozen=True, slots=True)
class Use:
    """A vLLM import with the stage at which a plugin runs it."""

    what: Import
    stage: Stage
    module: str


class Execution:
    """Follows imports and plain calls through a target's own modules; remembers each module's."""

    def __init__(self, resolver: Resolver) -> None:
        self._resolver = resolver
        self._imports: dict[str, ModuleImports] = {}

    def imports_of(self, module: Module) -> ModuleImports:
        """Return a module's imports, worked out once."""
        known = self._imports.get(module.name)
        if known is None:
            known = module_imports(self._resolver, module)
            self._imports[module.name] = known
        return known

    def uses(
        self, modules: Iterable[str], entry: tuple[Module, ast.AST] | None = None
    ) -> tuple[Use, ...]:
        """Return the vLLM imports that loading ``modules`` and calling ``entry`` runs.

        Args:
            modules: full names of the entry module and of the modules of classes it names.
            entry: the function vLLM calls, with its module; ``None`` for classes.

        What stands in functions of the modules reached is ``LATER``, except in the entry function
        and what it plainly calls.
        """
        reached: dict[str, tuple[Condition, Guard]] = {}
        for name in modules:
            self._reach(name, ALWAYS, Guard.NONE, reached)
        called: set[int] = set()
        if entry is not None:
            self._call(entry[0], entry[1], reached, called, 0)
        uses: list[Use] = []
        for name, (condition, guard) in list(reached.items()):
            module = self._resolver.finder.find(name)
            imports = self.imports_of(module)
            uses += [
                Use(_under(item, condition, guard), Stage.LOAD, name)
                for item in imports.top
                if item.is_vllm
            ]
            for function, items in imports.functions.items():
                stage = Stage.LOAD if function in called else Stage.LATER
                uses += [Use(item, stage, name) for item in items if item.is_vllm]
        return tuple(uses)

    def reached(self, modules: Iterable[str]) -> frozenset[str]:
        """Return the names of own modules that importing ``modules`` may read."""
        found: dict[str, tuple[Condition, Guard]] = {}
        for name in modules:
            self._reach(name, ALWAYS, Guard.NONE, found)
        return frozenset(found)

    def _reach(
        self,
        name: str,
        condition: Condition,
        guard: Guard,
        reached: dict[str, tuple[Condition, Guard]],
    ) -> None:
        parts = name.split(".")
        queue = [(".".join(parts[:end]), condition, guard) for end in range(1, len(parts) + 1)]
        rounds: dict[str, int] = {}
        while queue:
            current, when, caught = queue.pop()
            module = self._resolver.finder.find(current)
            if not module.own or module.kind is not ModuleKind.SOURCE:
                continue
            known = reached.get(current)
            if known is not None:
                rounds[current] = rounds.get(current, 0) + 1
                merged = (
                    either(known[0], when),
                    min(known[1], caught, key=list(Guard).index),
                )
                if merged == known or rounds[current] > _ROUNDS:
                    continue
                reached[current] = merged
            else:
                reached[current] = (when, caught)
            when, caught = reached[current]
            for item in self.imports_of(module).top:
                if item.is_vllm:
                    continue
                inner = (both(when, item.condition), max(caught, item.guard, key=list(Guard).index))
                queue += [(target, *inner) for target in self._targets(item)]

    def _targets(self, item: Import) -> list[str]:
        """The own modules that an import runs: the module, its parents, a submodule taken by name."""
        finder = self._resolver.finder
        if not finder.find(item.module.partition(".")[0]).own:
            return []
        parts = item.module.split(".")
        names = [".".join(parts[:end]) for end in range(1, len(parts) + 1)]
        if item.name is not None:
            module = finder.find(f"{item.module}.{item.name}")
            if module.kind is ModuleKind.SOURCE:
                names.append(module.name)
        return names

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
        imports = self.imports_of(module)
        for item in imports.functions.get(id(function), ()):
            if not item.is_vllm:
                for target in self._targets(item):
                    self._reach(target, item.condition, item.guard, reached)
        local = _local_imports(function)
        for call in imports.calls.get(id(function), ()):
            callee = self._callee(module, call, local)
            if callee is not None:
                self._call(callee[0], callee[1], reached, called, depth + 1)

    def _callee(
        self, module: Module, call: ast.Call, local: dict[str, tuple[ast.ImportFrom, str]]
    ) -> tuple[Module, ast.AST] | None:
        from vplug.analysis.resolve import absolute

        if isinstance(call.func, ast.Name) and call.func.id in local:
            statement, name = local[call.func.id]
            base = absolute(module, statement.module or "", statement.level)
            found = self._resolver.imported(base, name)
        elif isinstance(call.func, (ast.Name, ast.Attribute)):
            found = self._resolver.expression(module, call.func)
        else:
            return None
        if (
            found.status is Status.FOUND
            and found.kind is Kind.FUNCTION
            and found.module is not None
            and found.module.own
            and found.node is not None
        ):
            return found.module, found.node
        return None


def _local_imports(function: ast.AST) -> dict[str, tuple[ast.ImportFrom, str]]:
    return {
        alias.asname or alias.name: (node, alias.name)
        for node in ast.walk(function)
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }


def _under(item: Import, condition: Condition, guard: Guard) -> Import:
    """An import in a module that is itself reached under a condition or a guard."""
    return replace(
        item,
        condition=both(condition, item.condition),
        guard=max(item.guard, guard, key=list(Guard).index),
    )
