"""What vLLM's loading and calling of a plugin runs of the package: modules and functions."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from vplug.analysis.callnames import CallNames
from vplug.analysis.conditions import Always, Never
from vplug.analysis.guards import Guard
from vplug.analysis.imported import Import
from vplug.analysis.imports import module_imports
from vplug.analysis.modules import Module, ModuleKind
from vplug.analysis.resolve import Resolver
from vplug.analysis.scopes import FunctionNode

_CALL_DEPTH = 6
_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)


@dataclass(frozen=True, slots=True)
class Held:
    """How a module comes to be imported.

    Attributes:
        is_sure: under no condition.
        is_caught: whether an ``ImportError`` in it is caught on the way.
    """

    is_sure: bool
    is_caught: bool

    def stronger(self, other: Held) -> Held:
        """Return what holds of a module that is imported both ways."""
        return Held(self.is_sure or other.is_sure, self.is_caught and other.is_caught)


@dataclass
class Loading:
    """What loading one plugin runs.

    Attributes:
        entry_modules: own modules imported when vLLM imports the entry point.
        modules: these, and those imported with the classes that it names.
        functions: own functions that those modules surely call at their top level, by node id.
        called_modules: own modules imported only when vLLM calls the entry function.
        called: own functions that the call surely runs, the entry function first, by node id.
    """

    entry_modules: dict[str, Held] = field(default_factory=dict)
    modules: dict[str, Held] = field(default_factory=dict)
    functions: dict[int, tuple[Module, FunctionNode]] = field(default_factory=dict)
    called_modules: dict[str, Held] = field(default_factory=dict)
    called: dict[int, tuple[Module, FunctionNode]] = field(default_factory=dict)


class Loadings:
    """Follows what loading plugins runs; remembers what importing the same modules does.

    Args:
        resolver: over the target's modules.
        names: names calls.
    """

    def __init__(self, resolver: Resolver, names: CallNames) -> None:
        self._resolver = resolver
        self._walk = _Walk(resolver, names)
        self._imported: dict[tuple[str, ...], Loading] = {}

    def of(
        self, module: str, classes: Iterable[str], entry: tuple[Module, FunctionNode] | None
    ) -> Loading:
        """Return what importing ``module`` and ``classes`` and calling ``entry`` runs.

        Args:
            module: the entry module's full name.
            classes: full names of the modules of classes that it names.
            entry: the function that vLLM calls; ``None`` for classes.
        """
        key = (module, *classes)
        if key not in self._imported:
            self._imported[key] = self._import(key)
        first = self._imported[key]
        result = Loading(first.entry_modules, first.modules, first.functions)
        if entry is not None:
            reached = dict(first.modules)
            self._walk.call(entry[0], entry[1], reached, result.called, 0)
            result.called_modules = {n: h for n, h in reached.items() if n not in first.modules}
            for name, held in list(result.called_modules.items()):
                if held.is_sure:
                    found = self._resolver.finder.find(name)
                    self._walk.top_calls(found, reached, result.called)
        return result

    def _import(self, modules: tuple[str, ...]) -> Loading:
        result = Loading()
        sure = Held(True, False)
        self._walk.reach(modules[0], sure, result.entry_modules)
        result.modules = dict(result.entry_modules)
        for name in modules[1:]:
            self._walk.reach(name, sure, result.modules)
        for name, held in list(result.modules.items()):
            if held.is_sure:
                found = self._resolver.finder.find(name)
                self._walk.top_calls(found, result.modules, result.functions)
        return result


def closure(resolver: Resolver, start: Iterable[Import]) -> dict[str, Held]:
    """Return the own modules that running the imports ``start`` imports, and how."""
    walk = _Walk(resolver, None)
    reached: dict[str, Held] = {}
    for item in start:
        for name in walk.targets(item):
            walk.reach(name, Held(_is_sure(item), item.guard is not Guard.NONE), reached)
    return reached


class _Walk:
    def __init__(self, resolver: Resolver, names: CallNames | None) -> None:
        self._resolver = resolver
        self._names = names

    def reach(self, name: str, held: Held, reached: dict[str, Held]) -> None:
        parts = name.split(".")
        queue = [(".".join(parts[:end]), held) for end in range(1, len(parts) + 1)]
        while queue:
            current, how = queue.pop()
            known = reached.get(current)
            if known is not None:
                merged = known.stronger(how)
                if merged == known:
                    continue
                how = merged
            module = self._resolver.finder.find(current)
            if not module.own or module.kind is not ModuleKind.SOURCE:
                continue
            reached[current] = how
            for item in module_imports(self._resolver, module).top:
                if item.is_vllm or isinstance(item.condition, Never):
                    continue
                inner = Held(
                    how.is_sure and _is_sure(item), how.is_caught or item.guard is not Guard.NONE
                )
                queue += [(target, inner) for target in self.targets(item)]

    def targets(self, item: Import) -> Iterator[str]:
        """The own modules that an import runs: the module, its parents, a submodule taken by name."""
        finder = self._resolver.finder
        if not finder.find(item.module.partition(".")[0]).own:
            return
        parts = item.module.split(".")
        for end in range(1, len(parts) + 1):
            yield ".".join(parts[:end])
        if item.name is not None:
            inner = finder.find(f"{item.module}.{item.name}")
            if inner.kind is ModuleKind.SOURCE:
                yield inner.name

    def top_calls(
        self,
        module: Module,
        reached: dict[str, Held],
        called: dict[int, tuple[Module, FunctionNode]],
    ) -> None:
        for call in module_imports(self._resolver, module).calls_in(None):
            self._follow(module, (), call, reached, called, 1)

    def call(
        self,
        module: Module,
        function: FunctionNode,
        reached: dict[str, Held],
        called: dict[int, tuple[Module, FunctionNode]],
        depth: int,
    ) -> None:
        if id(function) in called or depth > _CALL_DEPTH:
            return
        called[id(function)] = (module, function)
        imports = module_imports(self._resolver, module)
        for item in imports.functions.get(id(function), ()):
            if item.is_vllm or isinstance(item.condition, Never):
                continue
            for target in self.targets(item):
                self.reach(target, Held(_is_sure(item), item.guard is not Guard.NONE), reached)
        for call in imports.calls_in(id(function)):
            self._follow(module, (function,), call, reached, called, depth + 1)

    def _follow(
        self,
        module: Module,
        functions: tuple[FunctionNode, ...],
        call: ast.Call,
        reached: dict[str, Held],
        called: dict[int, tuple[Module, FunctionNode]],
        depth: int,
    ) -> None:
        if self._names is None or not isinstance(call.func, (ast.Name, ast.Attribute)):
            return
        found = self._names.callee(module, functions, call.func)
        if found is not None and found.module is not None and isinstance(found.node, _FUNCTIONS):
            self.call(found.module, found.node, reached, called, depth)


def _is_sure(item: Import) -> bool:
    return isinstance(item.condition, Always)
