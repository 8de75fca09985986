"""Names and links in archives: what climbs out of one is refused, what links lead to is followed."""

from __future__ import annotations

import posixpath
import re
import tarfile
from pathlib import Path

from vplug.errors import Unreadable

#: How many links are followed one after the other.
_LINKS = 16
_DRIVE = re.compile(r"^[A-Za-z]:")


def check_name(path: Path, name: str) -> None:
    """Refuse a member of the archive ``path`` that would land outside; raises :class:`Unreadable`."""
    unified = name.replace("\\", "/")
    if unified.startswith("/") or _DRIVE.match(unified) or ".." in unified.split("/"):
        raise Unreadable(
            f"{path}: member {name!r} climbs out of the archive",
            "do not install or unpack this file",
        )


def end_of(link: str, links: dict[str, str]) -> str | None:
    """What a link leads to through other links; ``None`` where they go in a circle."""
    current = link
    for _ in range(_LINKS):
        if current not in links:
            return current
        current = links[current]
    return None


def check_link(path: Path, member: tarfile.TarInfo) -> str:
    """Return the member that a link names; raises :class:`Unreadable` for one outside."""
    base = posixpath.dirname(member.name) if member.issym() else ""
    target = posixpath.normpath(posixpath.join(base, member.linkname))
    if target.startswith(("/", "..")):
        raise Unreadable(
            f"{path}: link {member.name!r} points out of the archive",
            "do not install or unpack this file",
        )
    return target
