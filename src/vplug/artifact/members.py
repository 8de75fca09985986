"""A wheel's or sdist's members as the archive has them: unsafe names, links and modes included.

:mod:`vplug.discovery.tree` refuses such archives. Here they are listed, for rules to name what is
wrong with them; nothing is unpacked to disk.
"""

from __future__ import annotations

import stat
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from pathlib import Path

from vplug.discovery.tree import MAX_ARCHIVE_BYTES, MAX_ARCHIVE_MEMBERS, MAX_RATIO
from vplug.errors import Unreadable

#: Endings of sdists, as files are named; PEP 625 allows the first alone.
SDIST_ENDINGS = (".tar.gz", ".zip", ".tgz", ".tar.bz2", ".tar.xz", ".tar")
#: Below this, a high ratio is a file of blanks and no bomb.
_SMALL = 2**26
_DAMAGE = (
    OSError,
    tarfile.TarError,
    zipfile.BadZipFile,
    zlib.error,
    EOFError,
    NotImplementedError,
    RuntimeError,
    ValueError,
)


class ArchiveKind(StrEnum):
    """What a built file is, by its name."""

    WHEEL = "wheel"
    SDIST = "sdist"


class MemberKind(StrEnum):
    """What an archive's member is."""

    FILE = "file"
    FOLDER = "folder"
    LINK = "symbolic link"
    HARD_LINK = "hard link"
    DEVICE = "device file"
    FIFO = "named pipe"


@dataclass(frozen=True, slots=True)
class Member:
    """One member.

    Attributes:
        name: as the archive spells it.
        kind: what it is.
        size: in bytes, unpacked.
        mode: its permission bits, or ``None`` where the archive says nothing.
        link: what a link leads to, as written; empty for others.
        mtime: when it was last changed, in a spelling that is compared only.
    """

    name: str
    kind: MemberKind
    size: int
    mode: int | None = None
    link: str = ""
    mtime: object = None

    @property
    def path(self) -> str:
        """Its name without a leading ``./`` or a closing ``/``."""
        return self.name.removeprefix("./").rstrip("/")


class Archive:
    """An opened wheel or sdist.

    Args:
        path: the file.

    Raises:
        Unreadable: it is neither by its name, cannot be read, or unpacks to too much.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        kind = kind_of(path)
        if kind is None:
            raise Unreadable(
                f"{path.name} is neither a wheel nor an sdist",
                "a wheel's name ends in .whl, an sdist's in .tar.gz",
            )
        self.kind = kind
        self.zipped = path.name.lower().endswith((".whl", ".zip"))
        try:
            self.members = self._from_zip() if self.zipped else self._from_tar()
        except _DAMAGE as error:
            raise Unreadable(_what_it_is(path, self.zipped, error)) from error

    @cached_property
    def files(self) -> tuple[Member, ...]:
        """The members that are files."""
        return tuple(member for member in self.members if member.kind is MemberKind.FILE)

    @cached_property
    def paths(self) -> frozenset[str]:
        """The paths of files and links."""
        return frozenset(m.path for m in self.members if m.kind is not MemberKind.FOLDER)

    @cached_property
    def tops(self) -> tuple[str, ...]:
        """The names at the top of the archive, sorted."""
        return tuple(sorted({m.path.partition("/")[0] for m in self.members if m.path}))

    def contents(self, wanted: Callable[[Member], bool]) -> Iterator[tuple[Member, bytes]]:
        """Yield the wanted files with their bytes, in the archive's order.

        Raises:
            Unreadable: the archive is damaged within.
        """
        try:
            if self.zipped:
                yield from self._zipped(wanted)
            else:
                yield from self._tarred(wanted)
        except _DAMAGE as error:
            raise Unreadable(f"{self.path.name} is damaged: {_say(error)}") from error

    def read(self, path: str) -> bytes | None:
        """Return the bytes of the file at ``path``, or ``None`` where there is none.

        Raises:
            Unreadable: the archive is damaged within.
        """
        found = self.contents(lambda member: member.path == path)
        return next((data for _, data in found), None)

    def _zipped(self, wanted: Callable[[Member], bool]) -> Iterator[tuple[Member, bytes]]:
        with zipfile.ZipFile(self.path) as archive:
            for info, member in zip(archive.infolist(), self.members, strict=True):
                if member.kind is MemberKind.FILE and wanted(member):
                    with archive.open(info) as handle:
                        yield member, handle.read(member.size + 1)

    def _tarred(self, wanted: Callable[[Member], bool]) -> Iterator[tuple[Member, bytes]]:
        with tarfile.open(self.path, "r:*") as tar:
            for info in tar:
                member = _from_tarinfo(info)
                if member.kind is MemberKind.FILE and wanted(member):
                    handle = tar.extractfile(info)
                    yield member, handle.read() if handle is not None else b""

    def _from_zip(self) -> tuple[Member, ...]:
        with zipfile.ZipFile(self.path) as archive:
            infos = archive.infolist()
            self._check(len(infos), sum(info.file_size for info in infos))
            return tuple(_from_zipinfo(archive, info) for info in infos)

    def _from_tar(self) -> tuple[Member, ...]:
        members: list[Member] = []
        total = 0
        with tarfile.open(self.path, "r:*") as tar:
            for info in tar:
                total += info.size
                self._check(len(members), total)
                members.append(_from_tarinfo(info))
        return tuple(members)

    def _check(self, members: int, total: int) -> None:
        packed = max(self.path.stat().st_size, 1)
        if (
            members > MAX_ARCHIVE_MEMBERS
            or total > MAX_ARCHIVE_BYTES
            or (total > _SMALL and total / packed > MAX_RATIO)
        ):
            raise Unreadable(
                f"{self.path.name} unpacks to more than vplug reads: "
                f"{members:,} members, {total:,} bytes"
            )


def kind_of(path: Path) -> ArchiveKind | None:
    """Return what a file is by its name, or ``None`` for neither wheel nor sdist."""
    name = path.name.lower()
    if name.endswith(".whl"):
        return ArchiveKind.WHEEL
    return ArchiveKind.SDIST if name.endswith(SDIST_ENDINGS) else None


def _from_zipinfo(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> Member:
    # The upper half holds st_mode where a Unix wrote the archive (PKWARE APPNOTE 4.4.15, 4.4.2).
    mode = info.external_attr >> 16 if info.create_system == 3 else 0
    kind, link = MemberKind.FILE, ""
    if info.is_dir():
        kind = MemberKind.FOLDER
    elif stat.S_ISLNK(mode):
        kind = MemberKind.LINK
        link = archive.read(info).decode("utf-8", errors="replace") if info.file_size < 4096 else ""
    # Writers that know of no modes (ZipFile.writestr by name gives 0600) leave the type out or zero.
    told = stat.S_IMODE(mode) if mode else None
    # orig_filename: Python itself turns backslashes to slashes on Windows and cuts at a NUL.
    return Member(info.orig_filename, kind, info.file_size, told, link, info.date_time)


_TAR_KINDS = {
    tarfile.DIRTYPE: MemberKind.FOLDER,
    tarfile.SYMTYPE: MemberKind.LINK,
    tarfile.LNKTYPE: MemberKind.HARD_LINK,
    tarfile.CHRTYPE: MemberKind.DEVICE,
    tarfile.BLKTYPE: MemberKind.DEVICE,
    tarfile.FIFOTYPE: MemberKind.FIFO,
}


def _from_tarinfo(info: tarfile.TarInfo) -> Member:
    kind = _TAR_KINDS.get(info.type, MemberKind.FILE)
    return Member(info.name, kind, info.size, info.mode, info.linkname, int(info.mtime))


def _what_it_is(path: Path, zipped: bool, error: BaseException) -> str:
    """The sentence for a file that is not what its name says; names what it is where that is plain."""
    wanted = "zip archive, as a wheel must be" if path.name.endswith(".whl") else "archive"
    if not path.is_file():
        return f"{path.name} is no file"
    try:
        if path.stat().st_size == 0:
            return f"{path.name} is empty"
        if zipped and tarfile.is_tarfile(path):
            return f"{path.name} is a tar archive, not a {wanted}: it was renamed"
        if not zipped and zipfile.is_zipfile(path):
            return f"{path.name} is a zip archive, not a tar archive: it was renamed"
    except OSError:
        pass
    return f"{path.name} is not a readable {wanted}: {_say(error)}"


def _say(error: BaseException) -> str:
    text = getattr(error, "strerror", None) or str(error) or type(error).__name__
    return str(text).splitlines()[0].rstrip(".")
