"""Whether built files hold what is in the project's folder: a tag says nothing of a file built before."""

from __future__ import annotations

import configparser
import re
from collections.abc import Iterable, Iterator, Sequence
from functools import partial
from pathlib import Path, PurePosixPath

from vplug.artifact.members import Archive, ArchiveKind, Member

#: Written by backends, whether they are tracked or not: versioneer fills in its ``_version.py``, maturin
#: resolves what a workspace's ``Cargo.toml`` leaves open.
_WRITTEN = ("PKG-INFO", "_version.py", "Cargo.toml", "Cargo.lock")
#: Where a wheel's top-level modules lie in a project.
_ROOTS = ("", "src/", "lib/", "python/")
_FORMAT = re.compile(rb"\$Format:[^$\n]*\$")
_STAMP = re.compile(rb"\W*\w*version\w*\W*?[:=]", re.IGNORECASE)


def differing(
    folder: Path, tracked: Iterable[str], files: Sequence[Path], version: str
) -> tuple[str, ...]:
    """Return the tracked files that a built file holds with other contents, sorted.

    Of an sdist each member is compared that a tracked file has the path of; of a wheel its ``.py``
    files, with the tracked files whose path ends in theirs. What is in one of the two alone is passed
    by: backends leave files out and make others. Line ends, a version that the build wrote into a
    line, ``$Format:…$`` (which ``git archive`` fills in, gitattributes(5) "export-subst") and the
    ``[egg_info]`` that setuptools adds to ``setup.cfg`` (``setuptools.command.egg_info``) do not count.

    Args:
        folder: the project's.
        tracked: paths in it, ``/``-separated.
        files: the wheels and sdists.
        version: the release's.

    Raises:
        Unreadable: a built file is damaged.
    """
    paths = {path for path in tracked if not _is_written(path)}
    by_name: dict[str, list[str]] = {}
    for path in paths:
        by_name.setdefault(PurePosixPath(path).name, []).append(path)
    found: set[str] = set()
    for file in files:
        archive = Archive(file)
        where: dict[str, list[str]] = {}
        for member in archive.files:
            if archive.kind is ArchiveKind.WHEEL:
                candidates = _in_wheel(member.path, by_name)
            else:
                inside = member.path.partition("/")[2]
                candidates = [inside] if inside in paths else []
            if candidates:
                where[member.name] = candidates
        for member, built in archive.contents(partial(_is_asked, where)):
            sources = list(_contents(folder, where[member.name]))
            if sources and not any(_same(path, data, built, version) for path, data in sources):
                found.add(sources[0][0])
    return tuple(sorted(found))


def _is_asked(where: dict[str, list[str]], member: Member) -> bool:
    return member.name in where


def _is_written(path: str) -> bool:
    *folders, name = path.split("/")
    return name in _WRITTEN or any(part.endswith(".egg-info") for part in folders)


def _in_wheel(member: str, by_name: dict[str, list[str]]) -> list[str]:
    """The tracked files that may have become a wheel's member, the likeliest first."""
    if not member.endswith(".py"):
        return []
    candidates = by_name.get(member.rpartition("/")[2], [])
    if "/" not in member:
        return [path for path in candidates if path.removesuffix(member) in _ROOTS]
    return sorted((p for p in candidates if f"/{p}".endswith(f"/{member}")), key=_likely)


def _likely(path: str) -> tuple[bool, int]:
    return path.startswith(("test", "doc", "example")), len(path)


def _contents(folder: Path, paths: Sequence[str]) -> Iterator[tuple[str, bytes]]:
    for path in paths:
        try:
            yield path, (folder / path).read_bytes()
        except OSError:  # a sparse checkout, a link that leads nowhere
            continue


def _same(path: str, source: bytes, built: bytes, version: str) -> bool:
    source, built = (data.replace(b"\r\n", b"\n") for data in (source, built))
    if source == built or _stamped(source, built, version.encode()):
        return True
    if _FORMAT.search(source):
        parts = (re.escape(part) for part in _FORMAT.split(source))
        return re.fullmatch(rb"[^\n]*".join(parts), built) is not None
    settings = _settings(source) if path == "setup.cfg" else None
    return settings is not None and settings == _settings(built)


def _stamped(source: bytes, built: bytes, version: bytes) -> bool:
    """Whether they differ only in lines that set a version, and the built file's is the release's."""
    before, after = source.split(b"\n"), built.split(b"\n")
    return len(before) == len(after) and all(
        _STAMP.match(old) and _STAMP.match(new) and version in new
        for old, new in zip(before, after, strict=True)
        if old != new
    )


def _settings(data: bytes) -> dict[str, dict[str, str]] | None:
    parser = configparser.RawConfigParser()
    try:
        parser.read_string(data.decode("utf-8"))
    except (configparser.Error, UnicodeError):
        return None
    return {name: dict(parser[name]) for name in parser.sections() if name != "egg_info"}
