"""What a general plugin registers, for a person to read; where nothing is listed, why."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from dataclasses import dataclass, replace

from vplug.analysis.callnames import CallNames
from vplug.analysis.modules import Module
from vplug.analysis.patches import patches_in
from vplug.analysis.registrations import Registration, Registrations
from vplug.analysis.registrations_elsewhere import registered_elsewhere
from vplug.analysis.scopes import FunctionNode
from vplug.analysis.values import Evaluator
from vplug.model import Description, InspectedPlugin, Location, Registered, Replaced


@dataclass(frozen=True, slots=True)
class Told:
    """What reading tells of a general plugin's function; the attributes are those of a description."""

    registered: tuple[Registered, ...]
    complete: bool
    elsewhere: tuple[Registered, ...]
    replaces: tuple[Replaced, ...]


def registrations_of(evaluator: Evaluator, module: Module, function: FunctionNode) -> Told:
    """Return what calling ``function`` of ``module`` registers, and what else it may do to vLLM."""
    collector = Registrations(evaluator)
    registered = tuple(map(_noun, collector.of_function(module, function)))
    finder = evaluator.resolver.finder
    elsewhere = registered_elsewhere(collector, finder)
    names = CallNames(evaluator)
    replaced: dict[str, Location] = {}
    for name in sorted(collector.modules):
        for patch in patches_in(finder.find(name), names):
            replaced.setdefault(patch.name, patch.place.at(patch.node))
    return Told(
        registered,
        not collector.truncated,
        tuple(dict.fromkeys(map(_noun, elsewhere))),
        tuple(Replaced(name, place) for name, place in replaced.items()),
    )


def _noun(item: Registration) -> Registered:
    return Registered(item.kind.what, item.called, item.arguments, item.location, item.untold)


def settled(inspected: Sequence[InspectedPlugin]) -> tuple[InspectedPlugin, ...]:
    """Return a target's plugins with what each registers told apart, and words where that is nothing.

    What stands in a function that another of its plugins calls is that one's, and no other's.
    """
    everyones = {item.location for plugin in inspected for item in plugin.description.registered}
    return tuple(
        replace(plugin, description=_settled(plugin.description, everyones))
        if plugin.group == "general"
        else plugin
        for plugin in inspected
    )


def _settled(description: Description, everyones: set[Location]) -> Description:
    elsewhere = tuple(item for item in description.elsewhere if item.location not in everyones)
    words = description.no_registrations
    if words is None and not description.registered:
        words = "nothing that reading finds"
    return replace(description, elsewhere=elsewhere, no_registrations=words)


def does_nothing(function: FunctionNode) -> bool:
    """Return whether a function's body is empty: a docstring, ``pass``, a bare ``return``."""
    if isinstance(function, ast.Lambda):
        return isinstance(function.body, ast.Constant)
    return all(
        isinstance(statement, ast.Pass)
        or (isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant))
        or (isinstance(statement, ast.Return) and statement.value is None)
        for statement in function.body
    )
