"""What vLLM of this release will load: in which process, in which order, and what a failure means."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from vplug.doctor.forecast import Forecast
from vplug.doctor.surroundings import Surroundings
from vplug.loader import GROUPS, Allowlist, Expects, Group, group_of
from vplug.loader.misread import unmatched
from vplug.model import (
    LoaderContract,
    LoadPlan,
    PlannedPlugin,
    Plugin,
    Standing,
    StandingKind,
)

#: Processes in the order in which they start. The stat loggers' is the front end of an async engine;
#: the API server is that same process under ``vllm serve``.
PROCESSES = ("front end", "engine core", "each worker", "API server")

#: What vLLM calls without arguments where it is a function.
_CALLED = frozenset({Expects.FUNCTION, Expects.CLASS_PATH_FACTORY, Expects.CLASS_OR_FACTORY})
_LEVELS = {
    "silent": "swallowed without a word",
    "debug": "logged at DEBUG only",
    "warning": "logged as a warning",
    "exception": "logged, and the plugin is skipped",
    "debug/warning": "logged as a warning",
}


def load_plan(
    surroundings: Surroundings,
    plugins: Sequence[Plugin],
    allowlist: Allowlist,
    contract: LoaderContract | None,
    release: str | None,
    note: str | None,
) -> LoadPlan:
    """Return the plan, without values of ``VLLM_PLUGINS`` (:mod:`vplug.doctor.ready_values`).

    Args:
        surroundings: the environment.
        plugins: every plugin with its standing, in discovery order, which is vLLM's order.
        allowlist: the value of ``VLLM_PLUGINS``.
        contract: the loader of ``release``; ``None`` takes the newest known.
        release: the release whose loader is meant.
        note: why it is that one.
    """
    planned = []
    for plugin in plugins:
        group = group_of(plugin.group)
        if group is not None:
            planned.append(_planned(plugin, group, contract, surroundings))
        elif contract is None or plugin.group not in contract.groups:
            planned.append(PlannedPlugin(plugin, None, None, "nobody loads it", False))
    planned = _earlier_of_a_name(planned, contract, surroundings)
    processes: dict[str, dict[str, tuple[str, ...]]] = {}
    for process in PROCESSES:
        row = {
            group.short: _order(planned, group)
            for group in GROUPS
            if _in_process(group, process) and (contract is None or group.name in contract.groups)
        }
        processes[process] = {short: names for short, names in row.items() if names}
    return LoadPlan(
        release,
        note,
        allowlist.value,
        tuple(planned),
        processes,
        None,
        {},
        unmatched(allowlist.value, plugins),
    )


def _in_process(group: Group, process: str) -> bool:
    return any(name == process or name.startswith(f"{process} ") for name in group.processes)


def _order(planned: Sequence[PlannedPlugin], group: Group) -> tuple[str, ...]:
    """Names in loading order.

    A dictionary keeps a name's first place though its last entry point wins, the place of the first that
    can be imported (``load_plugins_by_group``); the logits processors' loader keeps a list.
    """
    items = [
        item
        for item in planned
        if item.plugin.group == group.name
        and (
            item.plugin.standing.kind is StandingKind.LOADS
            or (item.plugin.standing.kind is StandingKind.HIDDEN and _replaced(item.plugin))
        )
    ]
    if not group.by_name:
        return tuple(item.plugin.name for item in items)
    loadable = {item.plugin.name for item in items if item.loads is not False}
    names = [
        item.plugin.name
        for item in items
        if item.loads is not False or item.plugin.name not in loadable
    ]
    return tuple(dict.fromkeys(names))


def _replaced(plugin: Plugin) -> bool:
    """Whether a hidden plugin is imported all the same, its name taken by a later one."""
    return plugin.distribution.shadowed_by is None


def _planned(
    plugin: Plugin, group: Group, contract: LoaderContract | None, surroundings: Surroundings
) -> PlannedPlugin:
    failure, fatal = _on_failure(group, contract)
    replaced = plugin.standing.kind is StandingKind.HIDDEN and _replaced(plugin)
    if plugin.standing.kind is not StandingKind.LOADS and not replaced:
        return PlannedPlugin(plugin, None, None, failure, fatal)
    forecast = _forecast(plugin, surroundings)
    if forecast.ends_process:
        failure, fatal = "not caught: the process ends", True
    elif forecast.loads is False:
        failure, fatal = group.on_load_failure, "dies" in group.on_load_failure
    planned = PlannedPlugin(
        plugin,
        forecast.loads,
        forecast.reason,
        failure,
        fatal,
        path=forecast.path,
        line=forecast.line,
        hooked=forecast.hook,
    )
    # One whose name a later one takes is imported and not called.
    called = _called(plugin, group, surroundings) if forecast.loads and not replaced else None
    if called is None:
        return planned
    if called.ends_process:
        planned = replace(planned, on_failure="not caught: the process ends", fatal=True)
    return replace(planned, raises=called.reason, path=called.path, line=called.line)


def _called(plugin: Plugin, group: Group, surroundings: Surroundings) -> Forecast | None:
    """What calling a plugin surely ends in; platform plugins are asked, which is another part's matter."""
    if group.short == "platform" or group.expects not in _CALLED or _is_vllms(plugin, surroundings):
        return None
    from vplug.doctor.calling import call_forecast

    return call_forecast(plugin, surroundings)


def _is_vllms(plugin: Plugin, surroundings: Surroundings) -> bool:
    own = surroundings.installed.vllm
    return own is not None and plugin.distribution.name == own.distribution


def _forecast(plugin: Plugin, surroundings: Surroundings) -> Forecast:
    """As :func:`load_forecast`; vLLM's own plugins are only looked up.

    What their modules import is vLLM itself, which an environment either can import or not.
    """
    if not _is_vllms(plugin, surroundings):
        from vplug.doctor.foretell import load_forecast

        return load_forecast(plugin, surroundings)
    from vplug.analysis.resolve import Status

    entry_point = plugin.entry_point
    resolver = surroundings.code(plugin.distribution).resolver
    found = resolver.entry_point(entry_point.module, entry_point.attr)
    if found.status is Status.FOUND:
        return Forecast(True)
    return Forecast(False if found.status is Status.MISSING else None, found.reason)


def _earlier_of_a_name(
    planned: Sequence[PlannedPlugin], contract: LoaderContract | None, surroundings: Surroundings
) -> list[PlannedPlugin]:
    """The plan where the last of a name cannot be imported: the one before it then stays.

    ``load_plugins_by_group`` fills a dictionary and skips what fails to load.
    """
    result = list(planned)
    last: dict[tuple[str, str], bool | None] = {}
    for index in reversed(range(len(result))):
        plugin = result[index].plugin
        key = plugin.group, plugin.name
        group = group_of(plugin.group)
        if plugin.standing.kind is StandingKind.LOADS:
            last.setdefault(key, result[index].loads)
        elif (
            group is not None
            and plugin.standing.kind is StandingKind.HIDDEN
            and _replaced(plugin)
            and last.get(key, True) is False
        ):
            reason = "the later one of its name cannot be imported, so vLLM keeps this one"
            kept = replace(plugin, standing=Standing(StandingKind.LOADS, reason))
            result[index] = _planned(kept, group, contract, surroundings)
            last[key] = result[index].loads
    return result


def _on_failure(group: Group, contract: LoaderContract | None) -> tuple[str, bool]:
    """What becomes of vLLM when the plugin's own code raises, in this release."""
    if group.short == "platform" and contract is not None:
        for fact in contract.caught:
            what, _, how = fact.partition(" ")
            if what == "platform-call":
                told = _LEVELS.get(how, how)
                return f"{told}; vLLM takes another platform", False
    return group.on_call_failure, "dies" in group.on_call_failure


def off_failures(plan: LoadPlan, surroundings: Surroundings) -> dict[str, str]:
    """Return what would fail of what ``VLLM_PLUGINS`` switches off, by name, with the reason.

    A name of which one plugin works is left out; so are vLLM's own.
    """
    from vplug.doctor.calling import platform_answer

    found: dict[str, list[str | None]] = {}
    for item in plan.plugins:
        plugin = item.plugin
        group = group_of(plugin.group)
        if group is None or plugin.standing.kind is not StandingKind.SWITCHED_OFF:
            continue
        if _is_vllms(plugin, surroundings):
            continue
        if group.short == "platform":
            answer = platform_answer(plugin, surroundings)
            reason = (answer.reason or str(answer.kind)) if answer.failed else None
        else:
            admitted = replace(plugin, standing=Standing(StandingKind.LOADS, "if it were named"))
            told = _planned(admitted, group, None, surroundings)
            reason = told.raises if told.fatal else None
            if told.loads is False:
                reason = told.reason or "it cannot be loaded"
        found.setdefault(plugin.name, []).append(reason)
    return {
        name: reasons[0]
        for name, reasons in found.items()
        if reasons[0] is not None and None not in reasons
    }
