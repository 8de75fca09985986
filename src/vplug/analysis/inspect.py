"""Putting an inspection together: a target's metadata, plugins, definitions and registrations."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from vplug.analysis.describe import describe
from vplug.analysis.describe_registrations import settled
from vplug.analysis.load_failures import LoadFailure, load_failures
from vplug.analysis.modules import ModuleFinder
from vplug.analysis.resolve import Resolver
from vplug.discovery.declared import declared_ranges
from vplug.discovery.target import Target
from vplug.discovery.tree import walk
from vplug.loader import group_of
from vplug.model import EntryPoint, InspectedPlugin, Inspection, Plugin


def inspect_target(target: Target, plugins: Sequence[Plugin]) -> Inspection:
    """Return the inspection of a target.

    Args:
        target: what to inspect.
        plugins: those of its plugins that are of interest, with their standing.
    """
    resolver = Resolver(ModuleFinder.for_target(target))
    failures: dict[EntryPoint, LoadFailure] = {}
    for failure in load_failures(target, resolver, [plugin.entry_point for plugin in plugins]):
        failures.setdefault(failure.entry_point, failure)
    inspected = []
    for plugin in plugins:
        group = group_of(plugin.group)
        registers = group is not None and group.short == "general"
        description = describe(plugin.entry_point, resolver, registers=registers)
        found = failures.get(plugin.entry_point)
        if found is not None and description.problem is None:
            said = f"loading it fails: {found.lack.message} ({found.location})"
            description = replace(description, problem=said)
        if group is None:
            inspected.append(InspectedPlugin(plugin, description, plugin.group))
            continue
        inspected.append(
            InspectedPlugin(
                plugin,
                description,
                group.short,
                group.processes,
                group.on_load_failure,
                group.on_call_failure,
            )
        )
    files = target.members if target.members is not None else tuple(sorted(walk(target.tree)))
    return Inspection(
        target.label,
        target.distribution,
        declared_ranges(target.distribution, target.config),
        files,
        settled(inspected),
        target.undecided,
    )
