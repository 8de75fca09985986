"""Values of ``VLLM_PLUGINS`` that are ready to be set, and the plugins that none of them may name."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from vplug.loader import group_of
from vplug.loader.misread import meant, wants_all
from vplug.model import (
    AnswerKind,
    Basis,
    Candidate,
    LoadPlan,
    PlannedPlugin,
    PlatformReport,
    StandingKind,
    WinRule,
)

#: What is told of a candidate at whose question the process ended.
ENDED_WHILE_ASKED = "the process ended while it was asked"


def with_values(
    plan: LoadPlan, foretold: PlatformReport, seen: PlatformReport, off: Mapping[str, str]
) -> LoadPlan:
    """Return the plan with its ready values, without what is foretold or was seen to fail.

    Groups that the variable does not reach are left out of them. A name with a comma cannot be said.

    Args:
        plan: without values.
        foretold: the choice of a platform as foretold; it speaks of what was not asked.
        seen: the choice as it was seen, else the same.
        off: what is switched off and would fail, by name, with the reason.
    """
    platforms = dict(_failing_platforms(foretold, seen))
    works: dict[str, bool] = {}
    failing: dict[str, str] = dict(off)
    for item in _reached(plan.plugins):
        plugin = item.plugin
        if plugin.standing.kind is not StandingKind.LOADS:
            continue
        reason = _failure(item)
        if plugin.group == "vllm.platform_plugins":
            reason = reason or platforms.get(plugin.name)
        works[plugin.name] = works.get(plugin.name, False) or reason is None
        if reason is not None:
            failing.setdefault(plugin.name, reason)
    failing = {name: reason for name, reason in failing.items() if not works.get(name, False)}
    value, left_out = _meant(plan, failing)
    plan = replace(plan, failing=failing, meant=value, left_out=left_out)
    if not works or any("," in name for name in works):
        return replace(plan, exactly=None, all_but={})
    kept = [name for name, is_well in works.items() if is_well]
    all_but = {name: ",".join(other for other in kept if other != name) for name in works}
    return replace(plan, exactly=",".join(kept), all_but=all_but)


def _reached(planned: Sequence[PlannedPlugin]) -> Iterator[PlannedPlugin]:
    """The plugins of groups that obey the variable."""
    for item in planned:
        group = group_of(item.plugin.group)
        if group is not None and group.obeys_allowlist:
            yield item


def _failure(item: PlannedPlugin) -> str | None:
    if item.loads is False:
        return item.reason or "it cannot be loaded"
    return item.raises if item.fatal else None


def _failing_platforms(foretold: PlatformReport, seen: PlatformReport) -> Iterator[tuple[str, str]]:
    """Platform plugins that fail, with the reason; of one that was not asked, the forecast speaks."""
    for item in seen.candidates:
        if item.built_in:
            continue
        answer = item.answer
        if answer.kind is AnswerKind.UNKNOWN and answer.reason == ENDED_WHILE_ASKED:
            yield item.name, seen.error or ENDED_WHILE_ASKED
            continue
        if answer.kind is AnswerKind.UNKNOWN and seen.basis is Basis.OBSERVED:
            answer = _foretold(item, foretold).answer
        if answer.failed:
            yield item.name, answer.reason or str(answer.kind)
    choice = seen.choice
    if choice.rule is WinRule.ONE_OUT_OF_TREE and choice.winner is not None:
        if seen.error is not None:
            yield choice.winner, f"its platform cannot be made: {seen.error}"


def _foretold(item: Candidate, foretold: PlatformReport) -> Candidate:
    return foretold.candidate(item.name, built_in=False) or item


def _meant(plan: LoadPlan, failing: Mapping[str, str]) -> tuple[str | None, tuple[str, ...]]:
    """What VLLM_PLUGINS seems to mean, where something in it matches nothing; and what of it fails."""
    plugins = [item.plugin for item in plan.plugins]
    if not plan.unmatched or wants_all(plan.allowlist, plugins):
        return None, ()  # or: unset, which is no value
    found = meant(plan.allowlist, plugins)
    kept = ",".join(name for name in found if name not in failing)
    return kept or None, tuple(name for name in found if name in failing)
