"""What the name of a wheel or sdist says: name, version, build number, tags.

Facts: the binary distribution format ("File name convention") and the source distribution format
("Source distribution file name", PEP 625) of the PyPA specifications.
"""

from __future__ import annotations

import contextlib
from dataclasses import dataclass

from vplug.artifact.members import SDIST_ENDINGS
from vplug.model import normalize_name


@dataclass(frozen=True, slots=True)
class FileName:
    """A file name taken apart.

    Attributes:
        name: the distribution's name as the file name spells it.
        version: likewise.
        tags: a wheel's compatibility tags, expanded; empty for an sdist.
        build: a wheel's build number, or an empty text.
    """

    name: str
    version: str
    tags: frozenset[str] = frozenset()
    build: str = ""


def parse(filename: str) -> FileName:
    """Return what a file name says.

    Raises:
        ValueError: it is no valid name of a wheel or sdist; the reason is the text.
    """
    if filename.lower().endswith(".whl"):
        return _wheel(filename)
    ending = next((end for end in SDIST_ENDINGS if filename.lower().endswith(end)), "")
    stem = filename[: len(filename) - len(ending)] if ending else filename
    name, dash, version = stem.rpartition("-")
    if not dash or not name or not version:
        raise ValueError("an sdist is named NAME-VERSION.tar.gz")
    return FileName(name, version)


def _wheel(filename: str) -> FileName:
    from packaging.utils import InvalidWheelFilename, parse_wheel_filename

    parts = filename[:-4].split("-")
    if len(parts) not in (5, 6):
        raise ValueError("a wheel is named NAME-VERSION[-BUILD]-PYTHON-ABI-PLATFORM.whl")
    try:
        _, _, build, tags = parse_wheel_filename(filename)
    except InvalidWheelFilename as error:
        raise ValueError(str(error)) from error
    return FileName(
        parts[0],
        parts[1],
        frozenset(map(str, tags)),
        "".join(str(part) for part in build),
    )


def same_version(first: str, second: str) -> bool:
    """Return whether two spellings are of one version; as text where either is not valid."""
    from packaging.version import InvalidVersion, Version

    try:
        return Version(first.replace("_", "-")) == Version(second.replace("_", "-"))
    except InvalidVersion:
        return first == second


def same_name(first: str, second: str) -> bool:
    """Return whether two spellings are of one distribution's name."""
    return normalize_name(first) == normalize_name(second)


def normal_stem(name: str, version: str) -> str:
    """Return ``NAME-VERSION`` as the specifications want it in file names."""
    from packaging.version import InvalidVersion, Version

    with contextlib.suppress(InvalidVersion):
        version = str(Version(version))
    return f"{normalize_name(name).replace('-', '_')}-{version}"
