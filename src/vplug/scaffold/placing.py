"""Putting a rendered project where it belongs, without losing a file that was there."""

from __future__ import annotations

import os
import stat
from dataclasses import dataclass
from enum import StrEnum
from itertools import count
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from vplug.errors import UsageFault, VplugError

if TYPE_CHECKING:
    from collections.abc import Iterable

#: What a file is called that could not be written under its own name.
NEW_SUFFIX = ".vplug-new"


class FileStatus(StrEnum):
    """What becomes of one file."""

    WRITTEN = "written"
    #: It was there already, just so.
    UNCHANGED = "unchanged"
    #: Another one was there: it is kept, and the new one lies beside it.
    BESIDE = "beside"


@dataclass(frozen=True)
class PlacedFile:
    """One file of a project.

    Attributes:
        path: its path in the project.
        status: what became of it.
        written_as: the path in the project that it was written under; ``None`` if it was not.
    """

    path: PurePosixPath
    status: FileStatus
    written_as: PurePosixPath | None


def check_destination(destination: Path, *, force: bool) -> None:
    """Refuse a place that cannot take a project.

    Raises:
        UsageFault: something is there already, or it is not a plain folder.
        VplugError: its parent folder cannot be written to.
    """
    try:
        _check_place(destination, force=force)
    except OSError as error:
        raise VplugError(
            f"{destination} cannot be looked at: {error.strerror or error}",
            "give another --output-dir",
        ) from error


def _check_place(destination: Path, *, force: bool) -> None:
    if destination.is_symlink():
        raise UsageFault(
            f"{destination} is a symbolic link",
            "vplug writes to real folders only: name its target",
        )
    if destination.exists() and not destination.is_dir():
        raise UsageFault(
            f"{destination} is a file, and the project needs a folder of that name",
            "give another --name or --output-dir",
        )
    if destination.is_dir() and not force:
        raise UsageFault(
            f"{destination} exists already",
            "give another --name or --output-dir, or --force: it keeps every file that is there",
        )
    nearest = next(parent for parent in (destination, *destination.parents) if parent.exists())
    if not nearest.is_dir():
        raise UsageFault(f"{nearest} is a file, not a folder", "give another --output-dir")
    if not os.access(nearest, os.W_OK | os.X_OK):
        raise VplugError(f"{nearest} cannot be written to", "give another --output-dir")


def plan(rendered: Path, destination: Path) -> tuple[PlacedFile, ...]:
    """Return what becomes of each file of ``rendered`` at ``destination``; writes nothing.

    Raises:
        UsageFault: where a folder is needed there is a file or a symbolic link.
    """
    placed = []
    for file in _files(rendered):
        target = destination / file
        for folder in list(target.parents)[: len(file.parts) - 1]:
            if folder.is_symlink() or (folder.exists() and not folder.is_dir()):
                raise UsageFault(
                    f"{folder} is not a folder, and the project needs one there",
                    "move it away, or scaffold to another place",
                )
        if not os.path.lexists(target):
            placed.append(PlacedFile(file, FileStatus.WRITTEN, file))
        elif _same(target, rendered / file):
            placed.append(PlacedFile(file, FileStatus.UNCHANGED, None))
        else:
            placed.append(_beside(file, rendered, destination))
    return tuple(placed)


def place(rendered: Path, destination: Path, files: Iterable[PlacedFile]) -> None:
    """Write the planned files, or none of them.

    A destination that is not there yet appears in one move. Into one that is, files are written one
    by one and never over another; if that fails, those written are removed again.

    Raises:
        VplugError: the disk refused.
    """
    try:
        if not destination.exists():
            for path in rendered.rglob("*"):
                path.chmod(_mode(path))
            rendered.rename(destination)
            return
        _write_each(rendered, destination, files)
    except OSError as error:
        raise VplugError(f"{destination} cannot be written: {error.strerror or error}") from error


def _write_each(rendered: Path, destination: Path, files: Iterable[PlacedFile]) -> None:
    made: list[Path] = []
    try:
        for file in files:
            if file.written_as is None:
                continue
            target = destination / file.written_as
            for folder in reversed(list(target.parents)[: len(file.written_as.parts) - 1]):
                if not folder.exists():
                    folder.mkdir()
                    made.append(folder)
            # "x": a file that has appeared since the plan was made is not ours to lose.
            with target.open("xb") as stream:
                made.append(target)
                stream.write((rendered / file.path).read_bytes())
    except BaseException:
        for path in reversed(made):
            if path.is_dir():
                path.rmdir()
            else:
                path.unlink()
        raise


def _beside(file: PurePosixPath, rendered: Path, destination: Path) -> PlacedFile:
    """Return where to put a file whose own name is taken: a first, second … name beside it."""
    for number in count(1):
        suffix = NEW_SUFFIX if number == 1 else f"{NEW_SUFFIX}.{number}"
        name = file.with_name(file.name + suffix)
        if not os.path.lexists(destination / name):
            return PlacedFile(file, FileStatus.BESIDE, name)
        if _same(destination / name, rendered / file):
            return PlacedFile(file, FileStatus.BESIDE, None)
    raise AssertionError  # count() does not end


def _files(root: Path) -> list[PurePosixPath]:
    return sorted(
        PurePosixPath(path.relative_to(root).as_posix())
        for path in root.rglob("*")
        if path.is_file()
    )


def _same(there: Path, new: Path) -> bool:
    try:
        return there.is_file() and there.read_bytes() == new.read_bytes()
    except OSError:
        return False


def _mode(path: Path) -> int:
    """Return the mode a person's own new file would have: cookiecutter copies the template's."""
    mask = os.umask(0)
    os.umask(mask)
    return (stat.S_IRWXU | 0o077 if path.is_dir() else 0o666) & ~mask
