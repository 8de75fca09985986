"""From what a person typed to an opened target: a folder, an archive, or something installed."""

from __future__ import annotations

import difflib
import os
import tarfile
import zipfile
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from vplug.discovery.archive import SDIST_SUFFIXES, read_sdist, read_wheel
from vplug.discovery.editable import hooked_roots
from vplug.discovery.environment import Environment
from vplug.discovery.installed import Installed
from vplug.discovery.project import METADATA_FILES, read_project
from vplug.discovery.target import Declaration, Root, Target
from vplug.discovery.tree import FolderTree, Tree, ZipTree
from vplug.errors import NothingFound, Unreadable, UsageFault
from vplug.model import Distribution, OriginKind, Undecided

_TARGETS = "give a plugin's project folder, wheel or sdist"
_PERMISSION = "give yourself permission to read it"


@dataclass(frozen=True, slots=True)
class Surroundings:
    """An environment with what a scan of it found."""

    environment: Environment
    installed: Installed


class InstalledName(str):
    """The name of something installed, whatever folder of that name there may be."""

    __slots__ = ()


def open_target(text: str, surroundings: Callable[[], Surroundings]) -> list[Target]:
    """Return what ``text`` names: one target, or several where a plugin's name is not unique.

    Args:
        text: a path, or the name of an installed distribution or plugin; a path goes before, unless it
            is an :class:`InstalledName`.
        surroundings: gives the environment to look names up in; called only for names.

    Raises:
        UsageFault: there is nothing of that path or name.
        NothingFound: a folder with no project in it.
        Unreadable: something is there and cannot be read.
    """
    if not text.strip():
        raise UsageFault("an empty name is no target", "give a path or a plugin's name")
    if isinstance(text, InstalledName):
        return _open_name(text, surroundings())
    path = Path(text)
    try:
        there = path.exists()
    except PermissionError as error:
        raise Unreadable(f"{text} cannot be reached: {error.strerror}", _PERMISSION) from error
    except (OSError, ValueError) as error:
        raise UsageFault(f"{text!r} is no path: {error}") from error
    if there:
        return [_open_path(path, text)]
    if path.is_symlink():
        raise UsageFault(f"{text} is a link that leads nowhere", _TARGETS)
    if _looks_like_path(text):
        raise UsageFault(f"{text}: no such file or folder", _TARGETS)
    return _open_name(text, surroundings())


def installed_first(text: str, surroundings: Callable[[], Surroundings]) -> str:
    """Return ``text`` as an :class:`InstalledName` where the environment has something of that name.

    For commands that were told which environment to look into.
    """
    if not text.strip() or _looks_like_path(text):
        return text
    return InstalledName(text) if _of_name(text, surroundings()) else text


def _looks_like_path(text: str) -> bool:
    if os.sep in text or "/" in text or text.startswith("."):
        return True
    return text.lower().endswith((".whl", ".zip", *SDIST_SUFFIXES))


def _open_path(path: Path, label: str) -> Target:
    if path.is_dir():
        return _open_folder(path, label)
    if path.name in METADATA_FILES:
        return _open_folder(path.parent, str(path.parent))
    if not path.is_file():
        raise UsageFault(f"{label} is neither a file nor a folder", _TARGETS)
    name = path.name.lower()
    if name.endswith(".whl"):
        return read_wheel(path, label)
    if name.endswith((".zip", *SDIST_SUFFIXES)):
        return read_sdist(path, label)
    try:
        if zipfile.is_zipfile(path):
            return read_wheel(path, label)
        if tarfile.is_tarfile(path):
            return read_sdist(path, label)
    except OSError as error:
        raise Unreadable(f"cannot read {label}: {error.strerror}", _PERMISSION) from error
    raise UsageFault(
        f"{label} is no wheel, sdist or project folder",
        "give a folder with a pyproject.toml, a .whl or a .tar.gz",
    )


def _open_folder(path: Path, label: str) -> Target:
    try:
        names = os.listdir(path)
    except OSError as error:
        raise Unreadable(f"cannot read {label}: {error.strerror}", _PERMISSION) from error
    if not any(name in METADATA_FILES for name in names):
        if "pyvenv.cfg" in names or path.name in {"site-packages", "dist-packages"}:
            raise UsageFault(
                f"{label} is an environment, not a project",
                f"use --prefix {label} and a plugin's name",
            )
        if not names:
            raise NothingFound(f"{label} is empty", _TARGETS)
    return read_project(FolderTree(path), label)


def _of_name(text: str, surroundings: Surroundings) -> list[Distribution]:
    """The installed distributions that a name means, by their own names or else by a plugin's."""
    from vplug.model import normalize_name

    found = surroundings.installed.distributions
    wanted = normalize_name(text)
    chosen = [d for d in found if d.normalized_name == wanted]
    if not chosen:
        chosen = [d for d in found if any(e.name == text for e in d.entry_points)]
    return [d for d in chosen if d.shadowed_by is None] or chosen


def _open_name(text: str, surroundings: Surroundings) -> list[Target]:
    chosen = _of_name(text, surroundings)
    found = surroundings.installed.distributions
    if chosen:
        return [open_installed(d, surroundings.environment) for d in chosen]
    names = {d.name for d in found if d.name} | {e.name for d in found for e in d.entry_points}
    close = difflib.get_close_matches(text, sorted(names), n=3, cutoff=0.6)
    where = surroundings.environment.label
    raise UsageFault(
        f"{text!r} is no file or folder, and no vLLM plugin or plugin distribution in {where}",
        f"did you mean {' or '.join(close)}?"
        if close
        else "name another environment with --python or --prefix; `vplug list` shows what is installed",
    )


def open_installed(distribution: Distribution, environment: Environment) -> Target:
    """Return an installed distribution as a target.

    An editable install's modules are looked for where its import hooks say, then in its project's
    folders, then in the environment; the hooks are read, not run.
    """
    from dataclasses import replace

    folder = Path(distribution.origin.path)
    site = _tree(folder.parent)
    roots = [Root(site)]
    own = 1
    members = _members(folder)
    unsure: Undecided | None = None
    if distribution.editable_project is not None:
        try:
            project = read_project(
                FolderTree(Path(distribution.editable_project), absolute=True),
                distribution.editable_project,
            )
        except (NothingFound, Unreadable):
            project = None
        hooked, unsure = hooked_roots(folder.parent, members or ())
        mapped = [*hooked, *(project.roots if project is not None else ())]
        if mapped:
            own = len(mapped)
            members = None
            roots = [*mapped, Root(site)]
    others = [Path(path) for path in environment.paths if Path(path) != folder.parent]
    for path in others:
        with suppress(Unreadable):  # a zip that is none of its own
            if path.is_dir() or zipfile.is_zipfile(path):
                roots.append(Root(_tree(path)))
    declared_in = str(folder / "entry_points.txt")
    return Target(
        label=distribution.name or str(folder),
        kind=OriginKind.ENVIRONMENT,
        distribution=replace(distribution),
        tree=roots[0].tree,
        roots=tuple(roots),
        own_roots=own,
        declarations=(Declaration(declared_in, distribution.entry_points, distribution.scripts),),
        members=members,
        undecided=(unsure,) if unsure is not None else (),
    )


def _tree(path: Path) -> Tree:
    """The files of a folder of the path, or of a zipped egg or wheel that stands on it."""
    return FolderTree(path, absolute=True) if path.is_dir() else ZipTree(path, absolute=True)


def _members(folder: Path) -> tuple[str, ...] | None:
    """Return the files that RECORD lists, relative to site-packages; ``None`` without a RECORD."""
    import csv

    try:
        with (folder / "RECORD").open(encoding="utf-8", newline="") as handle:
            return tuple(row[0] for row in csv.reader(handle) if row)
    except (OSError, UnicodeDecodeError, csv.Error):
        return None
