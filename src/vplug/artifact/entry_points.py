"""Comparing two sets of entry points, and saying what was lost, changed or added."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from vplug.discovery.target import Target
    from vplug.model import EntryPoint


def all_of(target: Target) -> tuple[EntryPoint, ...]:
    """Return a target's entry points, console and GUI scripts included."""
    distribution = target.distribution
    return (*distribution.entry_points, *(script.entry_point for script in distribution.scripts))


def differences(
    wanted: Iterable[EntryPoint], found: Iterable[EntryPoint], wanted_in: str, found_in: str
) -> tuple[str, ...]:
    """Return one line for each entry point in which ``found`` differs from ``wanted``.

    Blanks inside values do not count: backends write them in their own way.

    Args:
        wanted: what should be there.
        found: what is there.
        wanted_in: where the first set was read, e.g. ``the project``.
        found_in: where the second was read, e.g. ``the wheel``.

    """
    first, second = _index(wanted), _index(found)
    lines = []
    for key, (value, shown) in first.items():
        if key not in second:
            lines.append(
                f"lost: {_name(key)} = {value} is in {shown or wanted_in}, not in {found_in}"
            )
        elif _bare(second[key][0]) != _bare(value):
            lines.append(
                f"changed: {_name(key)} is {value} in {shown or wanted_in}, "
                f"{second[key][0]} in {found_in}"
            )
    lines.extend(
        f"extra: {_name(key)} = {value} is in {found_in}, not in {wanted_in}"
        for key, (value, _) in second.items()
        if key not in first
    )
    return tuple(lines)


def _index(entry_points: Iterable[EntryPoint]) -> dict[tuple[str, str], tuple[str, str | None]]:
    # importlib.metadata and vLLM both keep the last of a name in a group.
    return {
        (item.group, item.name): (item.value, str(item.location) if item.location else None)
        for item in entry_points
    }


def _name(key: tuple[str, str]) -> str:
    return f"[{key[0]}] {key[1]}"


def _bare(value: str) -> str:
    return "".join(value.split())
