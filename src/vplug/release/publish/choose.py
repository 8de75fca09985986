"""What is to be published: the files of one release of one distribution, or an error that names why not."""

from __future__ import annotations

import glob
import hashlib
import json
import os
import shlex
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from packaging.utils import (
    InvalidSdistFilename,
    InvalidWheelFilename,
    canonicalize_name,
    parse_sdist_filename,
    parse_wheel_filename,
)
from packaging.version import InvalidVersion, Version

from vplug.discovery.archive import read_sdist, read_wheel
from vplug.discovery.project import read_project
from vplug.discovery.target import Target
from vplug.discovery.tree import FolderTree
from vplug.errors import NothingFound, Unreadable, UsageFault, VplugError
from vplug.redact import Redactor
from vplug.release.publish.nouns import Chosen, DistFile
from vplug.release.summary import ArtifactKind

#: What twine names a file's attestations, by PEP 740's convention: FILE.publish.attestation.
_ATTESTATION = ".attestation"
#: Formats that indexes took once, and take no more (PEP 527 and PEP 625).
_OLD_FORMATS = (".zip", ".tar.bz2", ".tar.xz", ".tar.Z", ".tar", ".tgz", ".egg", ".exe", ".rpm")
_PROJECT_FILES = ("pyproject.toml", "setup.py", "setup.cfg")


@dataclass(frozen=True, slots=True)
class _Read:
    path: Path
    kind: ArtifactKind
    name: str
    version: Version

    @property
    def release(self) -> tuple[str, Version]:
        return canonicalize_name(self.name), self.version


def choose(words: Sequence[str], attestations: bool = False) -> Chosen:
    """Return what the words on the command line name.

    A project's folder means the files in its ``dist``; a folder of files means those; anything else
    is a file, or a pattern of files. Nothing is built.

    Args:
        words: the command line's; the current folder where there are none.
        attestations: whether each file must have an attestation beside it.

    Raises:
        UsageFault: no such file, a file that is no distribution or not what its name says, files of
            several releases, or of another release than the project's.
        NothingFound: a project without built files.
        Unreadable: a file cannot be read, or is unsafe to unpack.
    """
    given = tuple(words) or (".",)
    notes: list[str] = []
    project: Path | None = None
    if len(given) == 1 and Path(given[0]).is_dir():
        paths, project = _in_folder(Path(given[0]), notes)
    else:
        paths = _named(given)
    read = [_read(path) for path in dict.fromkeys(paths)]
    _one_release(read, given)
    if project is None:
        project = _beside([item.path for item in read], read[0].name)
    else:
        _is_present(read[0], project)
    read.sort(key=lambda item: (item.kind is ArtifactKind.SDIST, item.path.name))
    _no_file_twice(read)
    files = tuple(_measured(item) for item in read)
    if attestations:
        files = tuple(replace(file, attestations=_attested(file)) for file in files)
    kinds = {file.kind for file in files}
    if ArtifactKind.SDIST not in kinds and not any(f.name.endswith("-any.whl") for f in files):
        notes.append("there is no sdist: only who has a matching platform can install it")
    if ArtifactKind.WHEEL not in kinds:
        notes.append("there is no wheel: whoever installs it must build it")
    return Chosen(read[0].name, str(read[0].version), files, project, given, tuple(notes))


def unchanged(files: Sequence[DistFile]) -> None:
    """See that the files are still what was judged and shown.

    Raises:
        VplugError: one was changed or removed meanwhile.
    """
    for file in files:
        try:
            same = _digest(file.path) == file.sha256
        except OSError:
            same = False
        if not same:
            raise VplugError(
                f"{file.path} was changed after it was judged: nothing was sent",
                "run `vplug publish` again, with nothing else that builds at the same time",
            )


def _in_folder(folder: Path, notes: list[str]) -> tuple[list[Path], Path | None]:
    """The distributions in a project's ``dist``, or in a folder of files, and the project."""
    is_project = any((folder / name).is_file() for name in _PROJECT_FILES)
    dist = folder / "dist" if is_project else folder
    build = f"run `vplug build {shlex.quote(str(folder))}`" if is_project else None
    if is_project and not dist.is_dir():
        raise NothingFound(f"{folder} has no dist folder: nothing is built", build)
    try:
        entries = sorted(path for path in dist.iterdir() if not path.name.startswith("."))
    except OSError as error:
        raise Unreadable(f"cannot read {dist}: {error.strerror}") from error
    found, old, left = [], [], []
    for path in entries:
        name = path.name
        if name.endswith((".whl", ".tar.gz")):
            found.append(path)
        elif name.endswith(_OLD_FORMATS):
            old.append(name)
        elif not name.endswith((_ATTESTATION, ".asc")):
            left.append(name)
    if old:
        raise UsageFault(
            f"{dist} holds {', '.join(old)}: an index takes .whl and .tar.gz alone (PEP 527, PEP 625)",
            "remove it, or name the files to publish",
        )
    if not found:
        what = f"holds no wheel and no sdist, only {', '.join(left)}" if left else "is empty"
        raise NothingFound(
            f"{dist} {what}: nothing to publish", build or "name a project, or its built files"
        )
    if left:
        notes.append(f"left out of {dist}, being no wheel and no sdist: {', '.join(left)}")
    return found, folder if is_project else None


def _named(words: Sequence[str]) -> list[Path]:
    redact = Redactor()
    paths: list[Path] = []
    for word in words:
        path = Path(word)
        if path.is_dir():
            raise UsageFault(
                f"{word} is a folder among {len(words)} names",
                "name one project folder, or files",
            )
        if os.path.lexists(path):
            paths.append(path)
            continue
        # A shell that expands no patterns (Windows, quotes) leaves them to the command.
        # Not Path.glob: that takes no absolute pattern.
        matching = [Path(name) for name in sorted(glob.glob(word))]  # noqa: PTH207
        if not matching:
            what = "no file matches it" if glob.has_magic(word) else "no such file or folder"
            url = "://" in word
            redact.add_url(word)
            raise UsageFault(
                f"{redact(word)}: {what}",
                "an address goes with --repository-url" if url else "`vplug build` makes the files",
            )
        paths += [item for item in matching if not item.name.endswith((_ATTESTATION, ".asc"))]
    paths = [path for path in paths if not path.name.endswith((_ATTESTATION, ".asc"))]
    if not paths:
        raise UsageFault("no wheel and no sdist is named", "name the files that are to be sent")
    return paths


def _read(path: Path) -> _Read:
    name = path.name
    if path.is_symlink() and not path.exists():
        raise UsageFault(f"{path} is a link that leads nowhere")
    if not path.is_file():
        raise UsageFault(f"{path} is no file")
    parsed: tuple[str, Version]
    try:
        if name.endswith(".whl"):
            kind, parsed = ArtifactKind.WHEEL, parse_wheel_filename(name)[:2]
        elif name.endswith(".tar.gz"):
            kind, parsed = ArtifactKind.SDIST, parse_sdist_filename(name)
        else:
            raise UsageFault(
                f"{path} is no distribution: an index takes wheels (.whl) and sdists (.tar.gz)",
                "`vplug build` makes both",
            )
    except (InvalidWheelFilename, InvalidSdistFilename) as error:
        raise UsageFault(
            f"{path} is not named as a distribution is: {error}",
            "build it again: a distribution must not be renamed",
        ) from None
    target = _opened(path, kind)
    own, version = target.distribution.name, target.distribution.version
    if not own or not version:
        raise UsageFault(f"{path} does not tell its name and version", "build it again")
    try:
        inside = Version(version)
    except InvalidVersion:
        raise UsageFault(f"{path}: its version {version!r} is none (PEP 440)") from None
    if (canonicalize_name(own), inside) != (canonicalize_name(parsed[0]), parsed[1]):
        raise UsageFault(
            f"{path} was renamed: its metadata says {own} {version}",
            "build it again: a distribution must not be renamed",
        )
    return _Read(path, kind, own, inside)


def _opened(path: Path, kind: ArtifactKind) -> Target:
    try:
        if kind is ArtifactKind.WHEEL:
            return read_wheel(path, str(path))
        return read_sdist(path, str(path))
    except Unreadable as error:
        raise Unreadable(error.message, error.hint or "build it again: `vplug build`") from None


def _one_release(read: Sequence[_Read], words: Sequence[str]) -> None:
    releases: dict[tuple[str, Version], list[_Read]] = {}
    for item in read:
        releases.setdefault(item.release, []).append(item)
    if len(releases) == 1:
        return
    newest = max(releases, key=lambda release: release[1])
    told = "; ".join(
        f"{items[0].name} {items[0].version}: {', '.join(i.path.name for i in items)}"
        for items in releases.values()
    )
    chosen = shlex.join([str(item.path) for item in releases[newest]])
    folders = {item.path.parent for item in read}
    one = str(folders.pop()) if len(words) == 1 and len(folders) == 1 else None
    raise UsageFault(
        f"{one or 'what is named'} holds {len(releases)} releases: {told}",
        f"name the files of one, the options as they are; those of the newest: {chosen}",
    )


def _no_file_twice(read: Sequence[_Read]) -> None:
    names = [item.path.name for item in read]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise UsageFault(f"{', '.join(twice)} is named from two folders", "name it once")
    sdists = [item.path.name for item in read if item.kind is ArtifactKind.SDIST]
    if len(sdists) > 1:
        raise UsageFault(
            f"there are {len(sdists)} sdists of one release: {', '.join(sdists)}",
            "an index takes one: remove the others",
        )


def _is_present(item: _Read, folder: Path) -> None:
    """Refuse files of another release than the project's own, where its version can be read."""
    source = _project(folder)
    if source is None:
        return
    name, version = source.distribution.name, source.distribution.version
    build = f"run `vplug build {shlex.quote(str(folder))}`"
    if name and canonicalize_name(name) != canonicalize_name(item.name):
        raise UsageFault(
            f"{folder} is {name}, and its dist holds {item.name}",
            f"clear dist and {build}, or name the files",
        )
    try:
        present = Version(version) if version else None
    except InvalidVersion:
        return
    if present is not None and present != item.version:
        raise UsageFault(
            f"dist holds {item.name} {item.version}, and the project is at {present}",
            f"clear dist and {build}, or name the files",
        )


def _beside(paths: Sequence[Path], name: str) -> Path | None:
    """The project whose ``dist`` all the files lie in, if it is of that name."""
    parents = {path.absolute().parent for path in paths}
    if len(parents) != 1:
        return None
    folder = parents.pop().parent
    if not any((folder / file).is_file() for file in _PROJECT_FILES):
        return None
    source = _project(folder)
    own = source.distribution.name if source is not None else None
    if own is None or canonicalize_name(own) != canonicalize_name(name):
        return None
    return Path(os.path.relpath(folder)) if folder.is_relative_to(Path.cwd()) else folder


def _project(folder: Path) -> Target | None:
    try:
        return read_project(FolderTree(folder), str(folder))
    except VplugError:  # the gates say what is wrong with it
        return None


def _measured(item: _Read) -> DistFile:
    try:
        return DistFile(item.path, item.kind, item.path.stat().st_size, _digest(item.path))
    except OSError as error:
        raise Unreadable(f"cannot read {item.path}: {error.strerror}") from error


def _digest(path: Path) -> str:
    with path.open("rb") as handle:
        return hashlib.file_digest(handle, "sha256").hexdigest()


def _attested(file: DistFile) -> tuple[Path, ...]:
    found = sorted(
        path
        for path in file.path.parent.iterdir()
        if path.name.startswith(f"{file.name}.") and path.name.endswith(_ATTESTATION)
    )
    if not found:
        raise UsageFault(
            f"--attestations: {file.path}.publish{_ATTESTATION} is not there",
            "twine sends attestations and makes none: make them first (PEP 740), or leave it out",
        )
    for path in found:
        try:
            whole = isinstance(json.loads(path.read_bytes()), dict)
        except (OSError, ValueError):
            whole = False
        if not whole:
            raise Unreadable(f"{path} is no attestation: it holds no JSON object (PEP 740)")
    return tuple(found)
