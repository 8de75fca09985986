"""What vLLM will do with each installed plugin, foretold from metadata alone."""

from __future__ import annotations

from collections.abc import Sequence

from vplug.loader.allowlist import Allowlist
from vplug.loader.groups import Group, group_of
from vplug.model import Distribution, EntryPoint, Plugin, Standing, StandingKind


def plan(
    distributions: Sequence[Distribution],
    allowlist: Allowlist,
    release: tuple[int, ...] | None = None,
) -> tuple[Plugin, ...]:
    """Return every plugin of ``distributions`` with its standing.

    Args:
        distributions: in discovery order, those hidden by an earlier one of their name included.
        allowlist: the value of ``VLLM_PLUGINS``.
        release: the installed vLLM's release numbers; ``None`` takes the newest known loader.

    The rules are those of ``vllm/plugins/__init__.py`` (0.33.0) over what
    ``importlib.metadata.entry_points`` hands it: distributions unique by normalised name, first on
    the path wins; entry points collected into a dictionary by name, last wins.
    """
    last: dict[tuple[str, str], tuple[int, int]] = {}
    for outer, distribution in enumerate(distributions):
        if distribution.shadowed_by is None:
            for inner, entry_point in enumerate(distribution.entry_points):
                last[entry_point.group, entry_point.name] = (outer, inner)
    plugins = []
    for outer, distribution in enumerate(distributions):
        for inner, entry_point in enumerate(distribution.entry_points):
            winner = last.get((entry_point.group, entry_point.name))
            later = (
                distributions[winner[0]]
                if winner is not None and winner != (outer, inner)
                else None
            )
            standing = _standing(distribution, entry_point, later, allowlist, release)
            plugins.append(Plugin(entry_point, distribution, standing))
    return tuple(plugins)


def _standing(
    distribution: Distribution,
    entry_point: EntryPoint,
    later: Distribution | None,
    allowlist: Allowlist,
    release: tuple[int, ...] | None,
) -> Standing:
    if distribution.shadowed_by is not None:
        hider = distribution.shadowed_by.path
        return Standing(
            StandingKind.HIDDEN,
            f"other metadata of {distribution.name} comes earlier on the path: {hider}",
            (distribution.origin.path, hider),
        )
    group = group_of(entry_point.group)
    if group is None:
        return Standing(StandingKind.UNREAD_GROUP, "no vLLM release reads this group")
    # 0.26 is 0.26.0; a pre-release comes as the numbers of the release it leads to.
    if release is not None and (*release, 0, 0, 0)[: max(3, len(release))] < group.since:
        installed = ".".join(map(str, release))
        return Standing(
            StandingKind.UNREAD_GROUP,
            f"vLLM {installed} does not read this group; {group.since_text} is the first that does",
        )
    refused = _refused(group, entry_point.name, allowlist)
    if refused is not None:
        return refused
    if later is not None and group.by_name:
        return Standing(
            StandingKind.HIDDEN,
            f"{later.label} declares the same name later: vLLM imports both and keeps the last",
            (distribution.origin.path, later.origin.path),
        )
    return Standing(StandingKind.LOADS, _how_it_loads(group))


def _refused(group: Group, name: str, allowlist: Allowlist) -> Standing | None:
    if group.opt_in and allowlist.value is None:
        return Standing(
            StandingKind.NOT_NAMED,
            f"opt-in: loads only when VLLM_PLUGINS names {name}",
        )
    if group.obeys_allowlist and not allowlist.admits(name):
        kind = StandingKind.NOT_NAMED if group.opt_in else StandingKind.SWITCHED_OFF
        return Standing(kind, f"not named by {allowlist.source}={allowlist.value!r}")
    return None


def _how_it_loads(group: Group) -> str:
    if group.short == "io-processor":
        return "loads when a model or --io-processor-plugin asks for an IO processor"
    if not group.obeys_allowlist:
        return "loads always: VLLM_PLUGINS does not reach this group"
    return "loads"
