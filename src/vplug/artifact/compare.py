"""Two builds of one file, member by member: what differs, and in what."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from vplug.artifact.members import Archive, Member


@dataclass(frozen=True, slots=True)
class Different:
    """One difference.

    Attributes:
        path: the member, or empty for the archive itself.
        what: a clause: what differs.
        time_only: whether times alone differ.
    """

    path: str
    what: str
    time_only: bool = False


def differences(first: Archive, second: Archive) -> tuple[Different, ...]:
    """Return how ``second`` differs from ``first``; contents first, then modes, order and times.

    Raises:
        Unreadable: one of them is damaged.
    """
    left = {member.path: member for member in first.members}
    right = {member.path: member for member in second.members}
    found = [Different(path, f"{path} is in the first build alone") for path in left.keys() - right]
    found += [
        Different(path, f"{path} is in the second build alone") for path in right.keys() - left
    ]
    digests = [_digests(archive) for archive in (first, second)]
    common = [path for path in left if path in right]
    metadata_of = ("RECORD",)  # it follows from the others
    changed = [p for p in common if digests[0].get(p) != digests[1].get(p)]
    told = [p for p in changed if p.rpartition("/")[2] not in metadata_of] or changed
    found += [Different(path, f"{path} has other contents") for path in told]
    for path in common:
        before, after = left[path], right[path]
        if (before.mode, before.kind, before.link) != (after.mode, after.kind, after.link):
            found.append(Different(path, f"{path} has {_mode(before)}, then {_mode(after)}"))
    if not found and [m.path for m in first.members] != [m.path for m in second.members]:
        found.append(Different("", "the members stand in another order"))
    found.sort(key=lambda item: item.path)
    times = [path for path in common if left[path].mtime != right[path].mtime]
    if times:
        more = f" and {len(times) - 1} more" if len(times) > 1 else ""
        found.append(Different(times[0], f"{times[0]}{more} bear other times", time_only=True))
    if not found:
        # The gzip header bears a time of its own (RFC 1952).
        found.append(Different("", "the archive's own header differs", time_only=True))
    return tuple(found)


def _digests(archive: Archive) -> dict[str, str]:
    return {
        member.path: hashlib.sha256(data).hexdigest()
        for member, data in archive.contents(lambda _member: True)
    }


def _mode(member: Member) -> str:
    return f"{member.kind} mode {member.mode:04o}" if member.mode is not None else str(member.kind)
