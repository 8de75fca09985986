"""A plugin: an entry point in a vLLM group, whose it is, and what vLLM will do with it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from vplug.model.distribution import Distribution, EntryPoint


class StandingKind(StrEnum):
    """What vLLM will do with a plugin."""

    LOADS = "loads"
    SWITCHED_OFF = "switched-off"
    NOT_NAMED = "opt-in"
    HIDDEN = "hidden"
    UNREAD_GROUP = "unread-group"


@dataclass(frozen=True, slots=True)
class Standing:
    """A plugin's standing with its reason.

    Attributes:
        kind: what vLLM will do.
        reason: one clause for a person: why.
        paths: for ``hidden``, the metadata paths that matter: the hidden one, then the hiding one.
    """

    kind: StandingKind
    reason: str
    paths: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Plugin:
    """An entry point of a vLLM group, with its distribution and standing."""

    entry_point: EntryPoint
    distribution: Distribution
    standing: Standing

    @property
    def name(self) -> str:
        """The entry point's name."""
        return self.entry_point.name

    @property
    def group(self) -> str:
        """The full name of its group."""
        return self.entry_point.group
