"""The imports of a module, as they are noted: where each stands, when it runs, what is caught if it fails."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field

from vplug.analysis.conditions import ALWAYS, Condition
from vplug.analysis.guards import Guard
from vplug.analysis.modules import is_below_vllm
from vplug.model import Location


@dataclass(frozen=True, slots=True)
class Import:
    """One name imported.

    Attributes:
        module: the module, absolute.
        name: the name taken from it; ``None`` for ``import module`` and ``*``.
        location: the statement.
        condition: when it runs.
        guard: what is caught if it fails.
        own: whether it is a module of the target's own below ``vllm``: a plugin may lie there.
    """

    module: str
    name: str | None
    location: Location
    condition: Condition = ALWAYS
    guard: Guard = Guard.NONE
    own: bool = False

    @property
    def is_vllm(self) -> bool:
        """Whether it takes something from vLLM."""
        return not self.own and is_below_vllm(self.module)


def surely_run(imports: Iterable[Import], before: int | None = None) -> list[Import]:
    """Return the imports that stand under no condition and are not caught, those before a line."""
    return [
        item
        for item in imports
        if item.condition is ALWAYS
        and item.guard is Guard.NONE
        and (before is None or (item.location.line or 0) < before)
    ]


@dataclass
class ModuleImports:
    """A module's imports.

    Attributes:
        top: those that importing the module runs, class bodies included.
        functions: those inside each function, by the function's node id.
        calls: calls that stand unconditionally in each function (``None``: the module's top level), of
            those that were asked for.
        caught: calls in each function of which an ``ImportError`` is caught, each with its condition; of
            functions without imports, those of plain ``try`` blocks.
        waiting: for functions without imports, what notes their calls: few are asked for.
        nested: the functions defined in each function, by its node id and their name.
        outer: the function in which each stands, by node ids; ``None`` for the top level.
        flags: names that the top level sets by whether an import works, each with when it is true.
        named: what strings name of the module's own package, dotted or with a colon: a class that
            vLLM is to import, a module for ``importlib``; each with the function it stands in.
        references: those of them that can be nothing else than a module or a name in one.
        registering: places of calls that register something and stand under a condition, each with it.
    """

    top: list[Import] = field(default_factory=list)
    functions: dict[int, list[Import]] = field(default_factory=dict)
    calls: dict[int | None, list[ast.Call]] = field(default_factory=dict)
    nested: dict[tuple[int | None, str], list[ast.AST]] = field(default_factory=dict)
    outer: dict[int, int | None] = field(default_factory=dict)
    flags: dict[str, Condition] = field(default_factory=dict)
    named: list[tuple[int | None, Import]] = field(default_factory=list)
    references: list[tuple[int | None, Import]] = field(default_factory=list)
    registering: dict[Location, Condition] = field(default_factory=dict)
    caught: dict[int | None, list[tuple[ast.Call, Condition]]] = field(default_factory=dict)
    waiting: dict[int | None, Callable[[], None]] = field(default_factory=dict)

    def calls_in(self, function: int | None) -> list[ast.Call]:
        """Return the calls that stand unconditionally in a function, or at the top level."""
        note = self.waiting.pop(function, None)
        if note is not None:
            note()
        return self.calls.get(function, [])

    def caught_calls_in(self, function: int | None) -> list[tuple[ast.Call, Condition]]:
        """Return the calls in a function of which an ``ImportError`` is caught, each with its condition."""
        self.calls_in(function)
        return self.caught.get(function, [])

    def every_call(self) -> Iterator[ast.Call]:
        """Yield the calls of all functions and of the top level."""
        while self.waiting:
            self.waiting.popitem()[1]()
        for calls in self.calls.values():
            yield from calls

    def nested_function(self, function: int, name: str) -> ast.AST | None:
        """Return the function that ``name`` is within one, where it is defined in it or around it."""
        around: int | None = function
        while around is not None:
            found = self.nested.get((around, name))
            if found is not None:
                return found[0] if len(found) == 1 else None
            around = self.outer.get(around)
        return None
