"""How a rule answers: it yields faults, or raises that it must be skipped or cannot tell."""

from __future__ import annotations

from dataclasses import dataclass

from vplug.model import Location, Severity


@dataclass(frozen=True, slots=True)
class Fault:
    """A finding in the making: the engine adds code, name, subject and default severity."""

    message: str
    location: Location | None = None
    hint: str | None = None
    severity: Severity | None = None


class Skip(Exception):
    """The rule does not apply; the reason is the text."""


class CannotTell(Exception):
    """The rule cannot decide; the reason is the text, and the construct's place may be given."""

    def __init__(self, reason: str, location: Location | None = None) -> None:
        super().__init__(reason)
        self.location = location
