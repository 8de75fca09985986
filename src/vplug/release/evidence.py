"""What the checks may ask for, gathered once; what could not be had says why."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from vplug.discovery.archive import read_sdist, read_wheel
from vplug.errors import VplugError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from vplug.discovery.target import Target
    from vplug.model import EntryPoint


@dataclass(frozen=True, slots=True)
class Absent:
    """Evidence that is not there.

    Attributes:
        reason: why, one clause.
        sought: whether it ought to be there, so that its lack leaves a question open; else its
            lack is in the nature of the project.

    """

    reason: str
    sought: bool = False


def gather(
    source: Target, sdist: Path, wheel: Path, rebuilt: tuple[EntryPoint, ...] | Absent
) -> Mapping[str, object]:
    """Return the evidence, by the parameter name under which a check asks for it.

    Args:
        source: the project as read before the build.
        sdist: the sdist made.
        wheel: the wheel made from it.
        rebuilt: the entry points that the backend gives for the project folder.

    """
    return {
        "source": source,
        "sdist_path": sdist,
        "wheel_path": wheel,
        "sdist": _read(read_sdist, sdist),
        "wheel": _read(read_wheel, wheel),
        "rebuilt": rebuilt,
    }


def _read(reader: Callable[[Path, str], Target], path: Path) -> Target | Absent:
    try:
        return reader(path, path.name)
    except VplugError as error:
        return Absent(error.message.replace(str(path), path.name), sought=True)
