"""One way to read files, wherever they lie: a folder, a zip or a tar, read in place and within limits."""

from __future__ import annotations

import os
import posixpath
import stat
import tarfile
import threading
import zipfile
import zlib
from collections.abc import Iterator
from functools import cached_property
from pathlib import Path
from typing import Protocol

from vplug.discovery.climbing import check_link, check_name, end_of
from vplug.errors import Unreadable

#: No metadata or source file of a plugin comes near this; a bomb's members do.
MAX_FILE_BYTES = 16 * 1024 * 1024
#: What an archive may unpack to in all, and its members' number; the largest wheel on record is near 5 GB.
MAX_ARCHIVE_BYTES = 8 * 1024**3
MAX_ARCHIVE_MEMBERS = 200_000
#: Deflate cannot honestly pack source code tighter; a zip bomb packs a thousandfold.
MAX_RATIO = 400
#: Members of a tar that are kept in memory while it is walked: what vplug reads of a project.
_KEPT_SUFFIXES = (
    ".py",
    ".pyi",
    ".toml",
    ".cfg",
    ".txt",
    ".md",
    ".rst",
    "PKG-INFO",
    "METADATA",
    "RECORD",
    "WHEEL",
)


class Tree(Protocol):
    """Files by ``/``-separated path, relative to the tree's root."""

    def is_file(self, path: str) -> bool:
        """Return whether ``path`` is a file."""
        ...

    def is_dir(self, path: str) -> bool:
        """Return whether ``path`` is a folder; the empty path is the root."""
        ...

    def listdir(self, path: str) -> tuple[str, ...]:
        """Return the names in a folder, sorted; empty if it is none."""
        ...

    def leads_back(self, path: str) -> bool:
        """Return whether a folder is a link to one of the folders above it."""
        ...

    def read(self, path: str) -> bytes:
        """Return a file's bytes.

        Raises:
            Unreadable: missing, not permitted, damaged, or larger than :data:`MAX_FILE_BYTES`.
        """
        ...

    def display(self, path: str) -> str:
        """Return ``path`` as messages should show it."""
        ...


class FolderTree:
    """A folder on disk."""

    def __init__(self, root: Path, *, absolute: bool = False) -> None:
        self.root = root
        self._absolute = absolute
        self._kinds: dict[str, bool | None] = {}
        self._listings: dict[str, dict[str, bool]] = {}
        self._links: set[str] = set()

    def _entries(self, path: str) -> dict[str, bool]:
        """Name → is a folder. One ``scandir`` a folder: look-ups of modules ask for many names in one."""
        known = self._listings.get(path)
        if known is None:
            known = {}
            try:
                with os.scandir(self.root / path if path else self.root) as entries:
                    for entry in entries:
                        try:
                            known[entry.name] = entry.is_dir()
                            if entry.is_symlink():
                                self._links.add(f"{path}/{entry.name}" if path else entry.name)
                        except OSError:  # a symlink loop
                            continue
            except OSError:
                known = {}
            self._listings[path] = known
        return known

    def _kind(self, path: str) -> bool | None:
        if path in self._kinds:
            return self._kinds[path]
        parent, name = posixpath.split(path)
        # A folder that cannot be is not worth a scandir: ask its own parent first.
        missing = bool(parent) and self._kind(parent) is not True
        kind = self._kinds[path] = None if missing else self._entries(parent).get(name)
        return kind

    def is_file(self, path: str) -> bool:
        """Return whether ``path`` is a file."""
        return self._kind(path) is False

    def is_dir(self, path: str) -> bool:
        """Return whether ``path`` is a folder; the empty path is the root."""
        return path == "" or self._kind(path) is True

    def listdir(self, path: str) -> tuple[str, ...]:
        """Return the names in a folder, sorted; empty if it is none."""
        return tuple(sorted(self._entries(path)))

    def leads_back(self, path: str) -> bool:
        """Return whether a folder is a link to one of the folders above it."""
        if self._kind(path) is not True or path not in self._links:
            return False
        above = (self.root / path).parents
        return os.path.realpath(self.root / path) in {os.path.realpath(one) for one in above}

    def read(self, path: str) -> bytes:
        """Return a file's bytes; raises :class:`Unreadable`."""
        try:
            # Not Path.open: a FIFO or device in a tree must not hang the reader.
            place = os.path.join(self.root, path)
            status = os.stat(place)
            if not stat.S_ISREG(status.st_mode):
                raise Unreadable(f"{self.display(path)} is not a regular file")
            if status.st_size > MAX_FILE_BYTES:
                raise Unreadable(
                    f"{self.display(path)} is larger than {MAX_FILE_BYTES // 2**20} MiB",
                    "vplug reads no source or metadata file of that size",
                )
            with open(place, "rb") as file:
                return file.read()
        except OSError as error:
            reason = error.strerror or type(error).__name__
            raise Unreadable(f"cannot read {self.display(path)}: {reason}") from error

    def display(self, path: str) -> str:
        """Return ``path``, absolute where the tree was opened so."""
        return str(self.root / path) if self._absolute else path


class _ArchiveTree:
    """What zips and tars share: an index of members, and folders made up from it."""

    _absolute = False

    def __init__(self, path: Path, names: list[str]) -> None:
        self.path = path
        self._names = frozenset(names)

    @cached_property
    def _folders(self) -> dict[str, set[str]]:
        folders: dict[str, set[str]] = {"": set()}
        for name in self._names:
            parent, leaf = posixpath.split(name)
            folders.setdefault(parent, set()).add(leaf)
            while parent:
                parent, leaf = posixpath.split(parent)
                known = folders.setdefault(parent, set())
                if leaf in known:
                    break
                known.add(leaf)
        return folders

    def is_file(self, path: str) -> bool:
        """Return whether ``path`` is a member."""
        return path in self._names

    def is_dir(self, path: str) -> bool:
        """Return whether members lie under ``path``."""
        return path in self._folders

    def listdir(self, path: str) -> tuple[str, ...]:
        """Return the names in a folder, sorted; empty if it is none."""
        return tuple(sorted(self._folders.get(path, ())))

    def leads_back(self, path: str) -> bool:
        """Return ``False``: no archive's links are followed."""
        del path
        return False

    def names(self) -> Iterator[str]:
        """Yield every member's name, sorted."""
        return iter(sorted(self._names))

    def display(self, path: str) -> str:
        """Return the member's path; the archive's before it where that is not the target itself."""
        return str(self.path / path) if self._absolute else path


class ZipTree(_ArchiveTree):
    """A wheel or a zipped sdist, read in place.

    Raises:
        Unreadable: not a zip, truncated, a member climbs out, or it unpacks to too much.
    """

    def __init__(self, path: Path, *, absolute: bool = False) -> None:
        # No handle is kept for long: a command may open more archives than a process may have files.
        try:
            with zipfile.ZipFile(path) as archive:
                infos = archive.infolist()
        except (OSError, zipfile.BadZipFile, NotImplementedError, ValueError) as error:
            reason = f"{path} is not a readable zip archive: {_say(error)}"
            raise Unreadable(reason, _mend(error)) from error
        self._archive: zipfile.ZipFile | None = None
        self._infos = {info.filename: info for info in infos}
        _check_size(path, len(infos), sum(info.file_size for info in infos))
        for info in infos:
            check_name(path, info.filename)
        self._absolute = absolute
        super().__init__(path, [info.filename for info in infos if not info.is_dir()])

    def read(self, path: str) -> bytes:
        """Return a member's bytes; raises :class:`Unreadable`."""
        try:
            info = self._infos[path]
            packed = max(info.compress_size, 1)
            if info.file_size > MAX_FILE_BYTES or (
                info.file_size > 2**20 and info.file_size / packed > MAX_RATIO
            ):
                raise Unreadable(f"{self.path}: member {path} unpacks to {info.file_size:,} bytes")
            # The directory's size may lie: never read on past the limit.
            data = self._read(info, MAX_FILE_BYTES + 1)
        except (OSError, KeyError, zipfile.BadZipFile, zlib.error, EOFError, RuntimeError) as error:
            raise Unreadable(f"{self.path}: member {path} cannot be read: {_say(error)}") from error
        if len(data) > MAX_FILE_BYTES:
            raise Unreadable(f"{self.path}: member {path} is larger than it says")
        return data

    def _read(self, info: zipfile.ZipInfo, limit: int) -> bytes:
        # Targets are read side by side: another thread must not close this one in mid-read.
        with _zips_lock:
            if self._archive is None:
                self._archive = zipfile.ZipFile(self.path)
                _open_zips.append(self)
                if len(_open_zips) > _OPEN_ZIPS:
                    _open_zips.pop(0).close()
            with self._archive.open(info) as member:
                return member.read(limit)

    def close(self) -> None:
        """Close the archive; reading opens it again."""
        with _zips_lock:
            if self._archive is not None:
                self._archive.close()
                self._archive = None
            if self in _open_zips:
                _open_zips.remove(self)


#: How many links of an archive are followed at all.
_MAX_LINKS = 1_000
#: Zips with an open handle, oldest first: opening one for each member would read its index anew.
_open_zips: list[ZipTree] = []
_zips_lock = threading.RLock()
_OPEN_ZIPS = 4


class TarTree(_ArchiveTree):
    """An sdist, walked once; the text files in it are kept, since a packed tar cannot be sought in.

    A link to something within it stands for what it leads to, as it does once it is unpacked.

    Raises:
        Unreadable: not a tar, truncated, a member or link climbs out, or it unpacks to too much.
    """

    def __init__(self, path: Path) -> None:
        self._kept: dict[str, bytes] = {}
        self._sizes: dict[str, int] = {}
        names: list[str] = []
        links: dict[str, str] = {}
        total = 0
        try:
            packed = max(path.stat().st_size, 1)
            with tarfile.open(path, "r:*") as tar:
                for number, member in enumerate(tar, start=1):
                    total += member.size
                    _check_size(path, number, total)
                    if total > 2**26 and total / packed > MAX_RATIO:
                        raise Unreadable(f"{path} unpacks to more than {MAX_RATIO} times its size")
                    check_name(path, member.name)
                    if member.issym() or member.islnk():
                        links[member.name.removeprefix("./")] = check_link(path, member)
                        continue
                    if not member.isfile():
                        continue
                    name = member.name.removeprefix("./")
                    names.append(name)
                    self._sizes[name] = member.size
                    if member.size <= MAX_FILE_BYTES and name.endswith(_KEPT_SUFFIXES):
                        handle = tar.extractfile(member)
                        self._kept[name] = handle.read() if handle is not None else b""
        except (OSError, tarfile.TarError, EOFError, zlib.error, ValueError) as error:
            reason = f"{path} is not a readable tar archive: {_say(error)}"
            raise Unreadable(reason, _mend(error)) from error
        names += self._linked(path, links)
        super().__init__(path, names)

    def _linked(self, path: Path, links: dict[str, str]) -> list[str]:
        """Take what links lead to under their own names; return those. One in a circle is left out."""
        added: list[str] = []
        for link in sorted(links)[:_MAX_LINKS]:
            target = end_of(link, links)
            if target is None or target == link or f"{link}/".startswith(f"{target}/"):
                continue  # in a circle, or a folder that would hold itself
            pairs = [(link, target)] if target in self._sizes else []
            if not pairs:
                inside = [name for name in self._sizes if name.startswith(f"{target}/")]
                pairs = [(link + name.removeprefix(target), name) for name in inside]
            _check_size(path, len(self._sizes) + len(pairs), 0)
            for name, source in pairs:
                if name not in self._sizes:
                    self._sizes[name] = self._sizes[source]
                    if source in self._kept:
                        self._kept[name] = self._kept[source]
                    added.append(name)
        return added

    def read(self, path: str) -> bytes:
        """Return a member's bytes; raises :class:`Unreadable` for members that are not text."""
        if path in self._kept:
            return self._kept[path]
        if path in self._sizes:
            raise Unreadable(f"{self.path}: member {path} is no text file that vplug reads")
        raise Unreadable(f"{self.path} has no member {path}")


class SubTree:
    """A folder of another tree as a tree of its own: an sdist's one top folder."""

    def __init__(self, tree: Tree, prefix: str) -> None:
        self._tree = tree
        self._prefix = prefix.rstrip("/")

    def _full(self, path: str) -> str:
        return f"{self._prefix}/{path}" if path else self._prefix

    def is_file(self, path: str) -> bool:
        """Return whether ``path`` is a file."""
        return self._tree.is_file(self._full(path))

    def is_dir(self, path: str) -> bool:
        """Return whether ``path`` is a folder."""
        return self._tree.is_dir(self._full(path))

    def listdir(self, path: str) -> tuple[str, ...]:
        """Return the names in a folder, sorted."""
        return self._tree.listdir(self._full(path))

    def leads_back(self, path: str) -> bool:
        """Return whether a folder is a link to one of the folders above it."""
        return self._tree.leads_back(self._full(path))

    def read(self, path: str) -> bytes:
        """Return a file's bytes; raises :class:`Unreadable`."""
        return self._tree.read(self._full(path))

    def display(self, path: str) -> str:
        """Return ``path`` below the sub-folder: how the project itself would name it."""
        return path


def walk(tree: Tree, start: str = "", *, limit: int = 50_000, depth: int = 24) -> Iterator[str]:
    """Yield the files under ``start``, sorted, hidden folders, caches and links back left out.

    ``depth`` and ``limit`` bound the walk over trees made to be endless.
    """
    skipped = {"__pycache__", "node_modules", "build", "dist"}
    stack = [(start, 0)]
    seen = 0
    while stack:
        folder, level = stack.pop()
        for name in tree.listdir(folder):
            path = f"{folder}/{name}" if folder else name
            seen += 1
            if seen > limit:
                return
            if tree.is_dir(path):
                skip = name.startswith(".") or name in skipped or tree.leads_back(path)
                if level < depth and not skip:
                    stack.append((path, level + 1))
            else:
                yield path


def decode(data: bytes, shown: str) -> str:
    """Return text from bytes that must be UTF-8.

    Raises:
        Unreadable: they are not; the byte's place is told.
    """
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise Unreadable(
            f"{shown}:{line} is not UTF-8: byte 0x{data[error.start]:02x}", "save the file as UTF-8"
        ) from error


def _say(error: BaseException) -> str:
    text = getattr(error, "strerror", None) or str(error) or type(error).__name__
    return str(text).splitlines()[0].rstrip(".:")


def _mend(error: BaseException) -> str:
    if isinstance(error, PermissionError):
        return "give yourself permission to read it"
    return "it is cut off or something else: fetch or build it again"


def _check_size(path: Path, members: int, total: int) -> None:
    if members > MAX_ARCHIVE_MEMBERS or total > MAX_ARCHIVE_BYTES:
        raise Unreadable(
            f"{path} unpacks to more than vplug reads: {members:,} members, {total:,} bytes",
            "an archive like this is a bomb or no plugin",
        )
