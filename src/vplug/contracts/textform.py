"""The store's files: one fact a line, with the releases it holds in as intervals.

Reviewable is the point: a line changes when what it says changes, and only then. ``README.txt`` in
the data folder tells the form to whoever opens it. This half reads; :mod:`vplug.contracts.writing`
writes.
"""

from __future__ import annotations

import hashlib

from vplug.contracts.releases import Releases

CHECKSUMS = "checksums.txt"
RELEASES = "releases.txt"
FUNCTIONS = "functions.txt"
LOADER = "loader.txt"

#: (a fact's kind, its text), e.g. ``("group", "vllm.general_plugins")``.
Fact = tuple[str, str]


def shard(module: str) -> str:
    """Return the file that holds a module: named after its first two parts below ``vllm``."""
    parts = module.split(".")[1:3]
    return f"names/{'.'.join(parts) or '_'}.txt"


def defined_shard(leaf: str) -> str:
    """Return the file that tells where ``leaf`` is defined."""
    first = leaf.lstrip("_")[:1].lower()
    return f"defined/{first if first.isascii() and first.isalpha() else 'other'}.txt"


def checksum(data: bytes) -> str:
    """Return what ``checksums.txt`` has for a file; line ends don't count: git may change them."""
    plain = data.replace(b"\r\n", b"\n") if b"\r" in data else data
    return hashlib.sha256(plain).hexdigest()[:16]


def read_releases(text: str) -> tuple[Releases, dict[str, tuple[str, str]]]:
    """Return the releases of ``releases.txt`` and where each was read from; raises ValueError."""
    sources: dict[str, tuple[str, str]] = {}
    for line in text.splitlines():
        name, source, digest = line.split(" ")
        sources[name] = (source, digest)
    if not sources:
        raise ValueError("it names no release")
    return Releases(sources), sources


def read_fact(line: str, releases: Releases) -> tuple[Fact, int]:
    """Return the fact of a line and the releases it holds in; raises ValueError."""
    kind, _, rest = line.partition(" ")
    when, _, text = rest.partition(" ")
    return (kind, text), releases.parse(when, releases.everything)


def read_head(head: str, releases: Releases) -> tuple[str, int, int]:
    """Return module, presence and openness of a section's first line, ``= `` taken off."""
    module, when, *rest = head.split(" ")
    present = releases.parse(when, releases.everything)
    is_open = 0
    if rest:
        if len(rest) > 1 or not rest[0].startswith("*"):
            raise ValueError(f"{head!r} is no module")
        is_open = releases.parse(rest[0][1:], present)
    return module, present, is_open


def read_entries(words: str, present: int, releases: Releases) -> dict[tuple[str, str], int]:
    """Return the records of a name's line, the name taken off; raises ValueError."""
    entries: dict[tuple[str, str], int] = {}
    for word in words.split(" ") if words else [""]:
        body, at, when = word.partition("@")
        flag = "p"
        if body[:1] in ("c", "t") and body[1:2] in ("", "=", "~", ">"):
            flag, body = body[0], body[1:]
        if body not in ("", "=", "~") and not body.startswith(">"):
            raise ValueError(f"{word!r} is no record of a name")
        mask = releases.parse(when, present) if at else present
        entries[flag, body.removeprefix(">")] = mask
    return entries


def sections(text: str) -> dict[str, str]:
    """Return the sections of a names file by module, unread."""
    found: dict[str, str] = {}
    for part in ("\n" + text).split("\n= ")[1:]:
        found[part[: part.index(" ")]] = part
    return found
