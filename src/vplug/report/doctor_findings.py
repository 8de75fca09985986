"""A diagnosis's findings as people read them: one a cause, the cause before what follows from it.

JSON has one finding a plugin, for scripts.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from vplug.model import Finding

#: Between who and what in the messages of rules that speak of each plugin alone.
_ABOUT = {"VP605": " is switched off by ", "VP607": " is hidden: "}
_UNMATCHED, _OFF = "VP606", "VP605"
_PREFIX = "VLLM_PLUGINS: "


def merged(findings: Sequence[Finding]) -> list[Finding]:
    """Return the findings, those of one cause and one mend as one, and VP606 before VP605."""
    groups: dict[tuple[object, ...], list[Finding]] = {}
    for index, item in enumerate(findings):
        groups.setdefault(_cause(item, index), []).append(item)
    told = [_one(items) for items in groups.values()]
    # A name that matches nothing switches off all others: the order of severity stays.
    return sorted(told, key=lambda item: (item.severity.rank, _place(item)))


def _place(item: Finding) -> tuple[str, int]:
    return (_OFF, 0) if item.code == _UNMATCHED else (item.code, 1)


def _cause(item: Finding, index: int) -> tuple[object, ...]:
    between = _ABOUT.get(item.code)
    if between is not None and between in item.message:
        what = item.message.partition(between)[2]
        return item.code, item.severity, item.hint, item.location, what
    if item.code == _UNMATCHED and item.message.startswith(_PREFIX):
        return item.code, item.severity, item.hint
    return item.code, index


def _one(items: list[Finding]) -> Finding:
    first = items[0]
    if len(items) == 1:
        return first
    if first.code == _UNMATCHED:
        told = "; ".join(item.message.removeprefix(_PREFIX) for item in items)
        return replace(first, message=_PREFIX + told)
    between = _ABOUT[first.code]
    by_owner: dict[str, list[str]] = {}
    for item in items:
        name, _, owner = item.message.partition(between)[0].rpartition(" of ")
        by_owner.setdefault(owner, []).append(name)
    who = "; ".join(
        f"{', '.join(dict.fromkeys(names))} of {owner}" for owner, names in by_owner.items()
    )
    what = first.message.partition(between)[2]
    if first.code == _OFF:
        return replace(first, message=f"{len(items)} plugins are switched off by {what}: {who}")
    return replace(first, message=f"{who} are hidden: {what}")
