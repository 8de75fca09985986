"""The ``WHEEL`` file of a wheel: its tags, its build number, and where its root is installed."""

from __future__ import annotations

from dataclasses import dataclass
from email.parser import Parser


@dataclass(frozen=True, slots=True)
class WheelFile:
    """What ``WHEEL`` says.

    Attributes:
        tags: the compatibility tags, each written out.
        purelib: ``Root-Is-Purelib``; ``None`` where it is missing or neither true nor false.
        build: the build number, or an empty text.
        generator: what wrote it, or an empty text.
    """

    tags: frozenset[str]
    purelib: bool | None
    build: str
    generator: str


def parse(text: str) -> WheelFile:
    """Return what the text of a ``WHEEL`` file says."""
    from packaging.tags import parse_tag

    message = Parser().parsestr(text)
    tags: set[str] = set()
    for line in message.get_all("Tag") or ():
        try:  # one line may hold a compressed set, against the specification's letter
            tags |= {str(tag) for tag in parse_tag(str(line).strip())}
        except ValueError:
            tags.add(str(line).strip())
    pure = str(message.get("Root-Is-Purelib", "")).strip().lower()
    return WheelFile(
        frozenset(tags),
        {"true": True, "false": False}.get(pure),
        str(message.get("Build", "")).strip(),
        str(message.get("Generator", "")).strip(),
    )
