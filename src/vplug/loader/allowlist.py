"""``VLLM_PLUGINS``: parsed as vLLM parses it, and what in it matches nothing.

Source: ``vllm/envs.py`` (the value is split at commas, nothing stripped; unset is ``None``) and
``load_plugins_by_group`` in ``vllm/plugins/__init__.py``, 0.7 to 0.33.0.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Unmatched:
    """A name in ``VLLM_PLUGINS`` that is no installed plugin's.

    Attributes:
        name: as vLLM reads it, blanks included.
        nearest: installed names it may mean, best first.
        stray_blanks: whether it would match if its blanks were taken off.
    """

    name: str
    nearest: tuple[str, ...]
    stray_blanks: bool

    def describe(self) -> str:
        """Return one sentence: the fact, then the mend."""
        if self.stray_blanks:
            return (
                f"{self.name!r} matches no plugin because of its blanks: vLLM strips nothing; "
                f"write {self.name.strip()!r} without them"
            )
        if not self.name:
            return "an empty name matches no plugin; leave VLLM_PLUGINS unset to load everything"
        text = f"{self.name!r} matches no plugin here"
        if self.nearest:
            text += "; nearest: " + ", ".join(repr(name) for name in self.nearest)
        return text


@dataclass(frozen=True, slots=True)
class Allowlist:
    """A value of ``VLLM_PLUGINS``.

    Attributes:
        value: the raw value, or ``None`` when unset.
        source: where it came from, for messages: ``VLLM_PLUGINS`` or ``--plugins``.
    """

    value: str | None = None
    source: str = "VLLM_PLUGINS"

    @property
    def names(self) -> tuple[str, ...] | None:
        """The names as vLLM reads them; ``None`` when unset. ``""`` is the one empty name."""
        return None if self.value is None else tuple(self.value.split(","))

    def admits(self, name: str) -> bool:
        """Return whether a plugin of this name passes, as ``load_plugins_by_group`` decides it."""
        return self.names is None or name in self.names

    def unmatched(self, installed: Iterable[str]) -> tuple[Unmatched, ...]:
        """Return the names that match none of ``installed``, each with its nearest names."""
        import difflib

        names = list(dict.fromkeys(installed))
        result = []
        for name in dict.fromkeys(self.names or ()):
            if name in names:
                continue
            stripped = name.strip()
            by_case: dict[str, list[str]] = {}
            for known in names:
                by_case.setdefault(known.lower(), []).append(known)
            nearest = difflib.get_close_matches(stripped.lower(), list(by_case), n=3, cutoff=0.6)
            result.append(
                Unmatched(
                    name,
                    tuple(known for key in nearest for known in by_case[key]),
                    stray_blanks=stripped != name and stripped in names,
                )
            )
        return tuple(result)

    def meant(self, installed: Iterable[str]) -> tuple[str, ...]:
        """Return the names as they seem to be meant: those that match, and the nearest of the others.

        A name without a near one is left out, a name that is meant twice is told once.
        """
        names = list(installed)
        unmatched = {item.name: item for item in self.unmatched(names)}
        found: list[str] = []
        for name in self.names or ():
            item = unmatched.get(name)
            if item is None:
                found.append(name)
            elif item.stray_blanks:
                found.append(name.strip())
            elif item.nearest:
                found.append(item.nearest[0])
        return tuple(dict.fromkeys(found))


def setting(names: Sequence[str]) -> str | None:
    """Return ``VLLM_PLUGINS=…`` for a shell; ``None`` where a name holds a comma, which cannot be said."""
    import shlex

    if any("," in name for name in names):
        return None
    return f"VLLM_PLUGINS={shlex.quote(','.join(dict.fromkeys(names)))}"
