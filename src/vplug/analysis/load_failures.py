"""What surely fails when vLLM loads an entry point: imports of modules and names that are not there."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from vplug.analysis.conditions import Always
from vplug.analysis.execution import Execution
from vplug.analysis.imported import Import
from vplug.analysis.modules import Module
from vplug.analysis.own_imports import Lack, OwnImports, broken
from vplug.analysis.resolve import Resolver
from vplug.analysis.uses import Stage, Use
from vplug.analysis.values import Evaluator, FunctionNode
from vplug.discovery.target import Target
from vplug.model import EntryPoint, Location


@dataclass(frozen=True, slots=True)
class LoadFailure:
    """An import that fails, and the entry point that leads to it.

    Attributes:
        entry_point: it cannot be loaded, or not be called.
        location: the import; for a module that does not parse, the place in it.
        lack: what is not there.
    """

    entry_point: EntryPoint
    location: Location
    lack: Lack


def load_failures(
    target: Target, resolver: Resolver, entry_points: Iterable[EntryPoint]
) -> Iterator[LoadFailure]:
    """Yield the imports of the target's own that fail whatever the release, entry point by entry point.

    Imports are followed from the entry module, the function that vLLM calls, and the modules of the
    classes that it names. What runs under a condition, or is caught, or cannot be told, is left out.
    """
    execution, imports, evaluator = Execution(resolver), OwnImports(target, resolver), None
    for entry_point in entry_points:
        if not entry_point.is_valid:
            continue
        found = resolver.entry_point(entry_point.module, entry_point.attr)
        modules, entry = [entry_point.module], None
        if found.module is not None and isinstance(found.node, FunctionNode):
            entry = (found.module, found.node)
            evaluator = evaluator or Evaluator(resolver)
            modules += _named(evaluator, *entry)
        told = set()
        for use, lack in lacks_of(execution, imports, modules, entry):
            item = use.what
            if use.stage is not Stage.LOAD or not isinstance(item.condition, Always):
                continue
            if lack.doubt or lack.is_caught(item.guard):
                continue
            place = lack.location or item.location
            if (place, lack) not in told:
                told.add((place, lack))
                yield LoadFailure(entry_point, place, lack)


def lacks_of(
    execution: Execution,
    imports: OwnImports,
    modules: Iterable[str],
    entry: tuple[Module, FunctionNode] | None,
) -> Iterator[tuple[Use, Lack]]:
    """Yield the imports of the target's own that fail, and the modules imported that do not parse.

    What strings refer to counts as an import that runs later.

    Args:
        execution: what runs when plugins load.
        imports: tells which imports fail.
        modules: the modules with which loading begins.
        entry: the function that vLLM calls; ``None`` for classes.
    """
    start = tuple(modules)
    for name, (condition, guard) in execution.loads(start, entry).items():
        lack = broken(imports.finder.find(name))
        if lack is not None and lack.location is not None:
            what = Import(name, None, lack.location, condition, guard)
            yield Use(what, Stage.LOAD, name), lack

    def is_lacking(item: Import, stage: Stage) -> bool:
        return not item.is_vllm and imports.lack(item, parse=stage is Stage.LOAD) is not None

    for use in execution.other_uses(start, entry, is_lacking):
        found = imports.lack(use.what, parse=use.stage is Stage.LOAD)
        if found is not None:
            yield use, found


def _named(evaluator: Evaluator, module: Module, function: FunctionNode) -> Iterator[str]:
    """The own modules of the classes that a factory returns by name."""
    values = [value for _, given in evaluator.returned(module, function) for value in given]
    names = [value for value in values if isinstance(value, str) and ":" not in value]
    for name in dict.fromkeys(names):
        module_name, _, attr = name.rpartition(".")
        found = evaluator.resolver.entry_point(module_name, attr) if module_name else None
        if found is not None and found.module is not None and found.module.own:
            yield found.module.name
