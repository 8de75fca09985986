"""What people write into ``VLLM_PLUGINS`` that vLLM reads otherwise, and what they mean by it.

vLLM compares names of entry points, separated by commas (:mod:`vplug.loader.allowlist`): it knows neither
distributions' names nor other separators nor a word for everything.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence

from vplug.loader.allowlist import Allowlist
from vplug.loader.groups import group_of
from vplug.model import Plugin, normalize_name

#: What people write for "everything".
_EVERYTHING = frozenset({"all", "*"})
#: Names told of a distribution that has more.
_MOST_NAMES = 5

Owners = Mapping[str, Sequence[str]]


def meant(value: str | None, plugins: Iterable[Plugin]) -> tuple[str, ...]:
    """Return the plugins that a value seems to mean, as :meth:`Allowlist.meant` and beyond it."""
    if value is None:
        return ()
    owners = _owners(plugins)
    names = [name for names in owners.values() for name in names]
    found: list[str] = []
    for name in Allowlist(value).names or ():
        if name in names or not _is_misread(name, owners):
            found.append(name)
        else:
            for part in _parts(name):
                if part.lower() not in _EVERYTHING:
                    found += _named(part, owners) or (part,)
    return Allowlist(",".join(found)).meant(names) if found else ()


def wants_all(value: str | None, plugins: Iterable[Plugin]) -> bool:
    """Return whether a value holds a word for everything that is no plugin's name."""
    known = {plugin.name for plugin in plugins}
    names = set(Allowlist(value).names or ()) - known
    return any(part.lower() in _EVERYTHING for name in names for part in _parts(name))


def unmatched(value: str | None, plugins: Iterable[Plugin]) -> tuple[str, ...]:
    """Return a sentence on each name in a value that matches no plugin."""
    plugins = list(plugins)
    owners = _owners(plugins)
    found = Allowlist(value).unmatched(plugin.name for plugin in plugins)
    return tuple(_misreading(item.name, owners) or item.describe() for item in found)


def _misreading(name: str, owners: Owners) -> str | None:
    """What a name that matches nothing was written for; ``None`` where it is no such thing."""
    if not _is_misread(name, owners):
        return None
    parts = _parts(name)
    if len(parts) > 1:
        return f"{name!r} is one name to vLLM and matches no plugin: only commas separate names"
    if parts[0].lower() in _EVERYTHING:
        return (
            f"{name!r} matches no plugin: no name stands for all of them; leave VLLM_PLUGINS unset to "
            "load everything"
        )
    names = _named(parts[0], owners) or ()
    more = f" and {len(names) - _MOST_NAMES} more" if len(names) > _MOST_NAMES else ""
    return (
        f"{name!r} matches no plugin: it names a distribution, and names of entry points are meant, of "
        f"which it has {', '.join(names[:_MOST_NAMES])}{more}"
    )


def _is_misread(name: str, owners: Owners) -> bool:
    parts = _parts(name)
    if len(parts) > 1:
        return any(_named(part, owners) is not None for part in parts)
    return (
        bool(parts)
        and (parts[0].lower() in _EVERYTHING or normalize_name(parts[0]) in owners)
        and not any(parts[0] in names for names in owners.values())
    )


def _parts(name: str) -> list[str]:
    return [part for part in re.split(r"[;\s]+", name) if part]


def _named(part: str, owners: Owners) -> tuple[str, ...] | None:
    """The plugins that a word names: itself, or all of a distribution; ``None`` where it names none."""
    if any(part in names for names in owners.values()):
        return (part,)
    names = owners.get(normalize_name(part))
    return tuple(names) if names is not None else None


def _owners(plugins: Iterable[Plugin]) -> dict[str, list[str]]:
    """The names that may stand in the variable, by their distribution's normalised name."""
    found: dict[str, list[str]] = {}
    for plugin in plugins:
        if group_of(plugin.group) is not None:
            names = found.setdefault(plugin.distribution.normalized_name or "", [])
            if plugin.name not in names:
                names.append(plugin.name)
    return found
