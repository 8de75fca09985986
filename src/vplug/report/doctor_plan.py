"""The doctor's load plan as lines."""

from __future__ import annotations

from collections.abc import Iterator

from vplug.model import Diagnosis, LoadPlan, StandingKind
from vplug.report.doctor_parts import Line

#: Standings that come of VLLM_PLUGINS alone, and how many of a group are told one by one.
_OFF = {StandingKind.SWITCHED_OFF: "switched off", StandingKind.NOT_NAMED: "opt-in"}
_TOLD_APART = 4


def _off(plan: LoadPlan, own: str | None) -> dict[tuple[str, str], list[str]]:
    """The plugins that VLLM_PLUGINS keeps out, by what they are called and by group."""
    found: dict[tuple[str, str], list[str]] = {}
    for item in plan.plugins:
        plugin = item.plugin
        if plugin.standing.kind in _OFF and plugin.distribution.name != own:
            key = _OFF[plugin.standing.kind], _short(plugin.group)
            found.setdefault(key, []).append(plugin.name)
    return found


def plan_lines(diagnosis: Diagnosis) -> Iterator[Line]:
    """Yield what vLLM loads where, and what keeps each of the others out."""
    plan = diagnosis.load_plan
    own = diagnosis.environment.vllm
    if plan.note:
        yield Line("release", plan.note)
    for group, names, processes in _groups(plan):
        yield Line(group, ", ".join(names))
        yield Line("", f"in: {', '.join(processes)}{_failing(plan, group)}")
    if not any(plan.processes.values()):
        yield Line("plugins", "none loads")
    off = _off(plan, own)
    for item in plan.plugins:
        plugin = item.plugin
        standing = plugin.standing
        if plugin.distribution.name == own and standing.kind is not StandingKind.LOADS:
            continue
        if standing.kind is not StandingKind.LOADS:
            group = _short(plugin.group)
            if standing.kind in _OFF:
                word = _OFF[standing.kind]
                kept_out = off[word, group]
                if len(kept_out) <= _TOLD_APART:
                    told = f"{word} ({group}): VLLM_PLUGINS does not name it"
                    yield Line(plugin.name, told, "off")
                elif plugin.name == kept_out[0]:
                    told = f"{word}: VLLM_PLUGINS does not name {', '.join(kept_out)}"
                    yield Line(f"{len(kept_out)} of {group}", told, "off")
            elif standing.kind is StandingKind.UNREAD_GROUP:
                told = f"not loaded ({plugin.group}): {standing.reason}"
                yield Line(plugin.name, told, "doubt")
            else:
                yield Line(plugin.name, f"{standing.kind} ({group}): {standing.reason}", "doubt")
        elif item.loads is False:
            yield Line(plugin.name, f"fails to load: {item.reason}", "bad")
        elif item.raises is not None:
            yield Line(plugin.name, f"raises when it is called: {item.raises}", "bad")


def _groups(plan: LoadPlan) -> Iterator[tuple[str, tuple[str, ...], list[str]]]:
    """Each group with its names, told once, and the processes that load it."""
    found: dict[tuple[str, tuple[str, ...]], list[str]] = {}
    for process, groups in plan.processes.items():
        for group, names in groups.items():
            found.setdefault((group, names), []).append(process)
    for (group, names), processes in found.items():
        yield group, names, processes


def _failing(plan: LoadPlan, short: str) -> str:
    """What becomes of vLLM where a plugin of the group raises when it is called or used."""
    items = [
        item
        for item in plan.plugins
        if _short(item.plugin.group) == short and item.loads is not False
    ]
    if not items:
        return ""
    return "; one that raises ends it" if any(item.fatal for item in items) else ""


def _short(group: str) -> str:
    """A group's name as ``LoadPlan.processes`` has it: ``vllm.general_plugins`` is ``general``."""
    return group.removeprefix("vllm.").removesuffix("_plugins").removesuffix("s").replace("_", "-")
