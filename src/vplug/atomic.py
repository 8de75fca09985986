"""Writing a file whole or not at all."""

from __future__ import annotations

import contextlib
import os
import stat
import tempfile
from pathlib import Path

from vplug.errors import VplugError


def write_bytes(path: Path, data: bytes) -> None:
    """Write ``data`` to ``path``: readers see the old content or the new, never a part.

    A link is followed, and the mode of a file that is there is kept. What is no regular file (a pipe,
    ``/dev/stdout``) is written to, never replaced. The folder must be there.

    Raises:
        VplugError: it cannot be written; the message says why.
    """
    try:
        target = path.resolve() if path.is_symlink() else path
        status = target.stat() if target.exists() else None
        if status is not None and stat.S_ISDIR(status.st_mode):
            raise VplugError(f"cannot write {path}: it is a folder", "name a file in it")
        if status is not None and not stat.S_ISREG(status.st_mode):
            with target.open("wb") as stream:
                stream.write(data)
            return
        if status is not None and not os.access(target, os.W_OK):
            raise VplugError(f"cannot write {path}: it is read-only")
        if not target.parent.is_dir():
            raise VplugError(
                f"cannot write {path}: there is no folder {target.parent}", "make the folder first"
            )
        _replace(target, data, stat.S_IMODE(status.st_mode) if status is not None else None)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise VplugError(f"cannot write {path}: {reason}") from error


def _replace(target: Path, data: bytes, mode: int | None) -> None:
    handle, name = tempfile.mkstemp(prefix=f".{target.name[:64]}.", dir=target.parent)
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(data)
        Path(name).chmod(mode if mode is not None else 0o666 & ~_umask())
        Path(name).replace(target)
    except BaseException:
        with contextlib.suppress(OSError):
            Path(name).unlink()
        raise


def _umask() -> int:
    # The one way to ask is to set; nothing else runs between the two calls that makes files.
    current = os.umask(0o077)
    os.umask(current)
    return current
