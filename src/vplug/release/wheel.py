"""One wheel, for installing it somewhere: nothing is put into ``dist`` and nothing is compared."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from vplug.release.backend import backend_for
from vplug.release.builder import look_at_project, unpack_sdist
from vplug.release.output import Output

if TYPE_CHECKING:
    from collections.abc import Callable


def build_wheel(
    source: Path,
    into: Path,
    isolation: bool = True,
    on_step: Callable[[str], None] | None = None,
    on_output: Callable[[str], None] | None = None,
) -> Path:
    """Build a wheel of a project folder or an sdist in the folder ``into`` and return its path.

    A project goes through an sdist, as in :func:`vplug.release.build_project` and for its reason.

    Args:
        source: the project folder, or the sdist.
        into: an empty folder, which keeps what was made on the way too.
        isolation: whether each backend call gets an environment of its own.
        on_step: called with one line as each step begins.
        on_output: called with each line that the backend prints.

    Raises:
        UsageFault: ``source`` is missing.
        NothingFound: it holds no project.
        Unreadable: it cannot be read.
        BuildFailed: the backend failed.
    """
    step = on_step or (lambda _line: None)
    output = Output(on_output)
    first = "making an isolated environment" if isolation else "asking the build backend"
    sdist = source
    if source.is_dir():
        look_at_project(source)
        (into / "sdist").mkdir()
        step(f"{first} for the sdist")
        folder = source.resolve()
        with backend_for(folder, "sdist", isolation=isolation, output=output) as backend:
            step("building the sdist")
            sdist = backend.make("sdist", into / "sdist")
    unpacked = unpack_sdist(sdist, into / "source")
    look_at_project(unpacked)
    (into / "wheel").mkdir()
    step(f"{first} for the wheel")
    with backend_for(unpacked, "wheel", isolation=isolation, output=output) as backend:
        step("building the wheel")
        return backend.make("wheel", into / "wheel")
