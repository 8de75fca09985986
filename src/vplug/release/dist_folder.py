"""The output folder: looked at before a build, written to only after one."""

from __future__ import annotations

import contextlib
import os
import secrets
import shutil
from typing import TYPE_CHECKING

from vplug.errors import UsageFault, VplugError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path


def look_at(outdir: Path) -> None:
    """See that artifacts can be put into ``outdir``, which need not be there yet.

    Raises:
        UsageFault: it, or a folder above it, is a file or a link to nothing.
        VplugError: it may not be written to.

    """
    if outdir.is_symlink() and not outdir.exists():
        raise UsageFault(
            f"the output folder {outdir} is a link to nothing", "remove it, or give --outdir"
        )
    nearest = outdir
    while not os.path.lexists(nearest) and nearest != nearest.parent:
        nearest = nearest.parent
    if not nearest.is_dir():
        raise UsageFault(
            f"the output folder cannot be {outdir}: {nearest} is not a folder",
            "move it away, or give --outdir",
        )
    if not os.access(nearest, os.W_OK | os.X_OK):
        raise VplugError(
            f"the output folder {outdir} cannot be written to",
            "give a folder of your own with --outdir",
        )


def put(files: Sequence[Path], outdir: Path) -> tuple[Path, ...]:
    """Copy ``files`` into ``outdir`` and return where they lie now.

    Each appears under its name whole or not at all, and replaces an earlier one at one stroke.

    Raises:
        VplugError: the folder cannot be written to, or a folder has an artifact's name.

    """
    copies: list[tuple[Path, Path]] = []
    try:
        outdir.mkdir(parents=True, exist_ok=True)
        for file in files:
            # In the same folder, since only a rename within one file system is atomic.
            copy = outdir / f".{file.name}.{secrets.token_hex(4)}.part"
            copies.append((copy, outdir / file.name))
            shutil.copyfile(file, copy)
        for copy, final in copies:
            copy.replace(final)
    except OSError as error:
        reason = error.strerror or str(error)
        raise VplugError(
            f"the artifacts cannot be put into {outdir}: {reason}",
            "give another folder with --outdir",
        ) from error
    finally:
        for copy, _ in copies:
            with contextlib.suppress(OSError):
                copy.unlink(missing_ok=True)
    return tuple(final for _, final in copies)
