"""Throw-away folders that are gone whatever happens: an error, Ctrl-C, Ctrl-C again, a kill."""

from __future__ import annotations

import atexit
import os
import secrets
import shutil
import signal
import stat
import tempfile
import threading
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from vplug.errors import VplugError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_rooms: set[Path] = set()


@contextmanager
def throwaway(prefix: str = "vplug-", parent: Path | None = None) -> Iterator[Path]:
    """Yield a new folder, resolved, readable by its owner alone; remove it afterwards.

    The name is chosen before the folder is made, so an interrupt between the two leaves nothing.

    Args:
        prefix: what its name begins with.
        parent: where to make it; the folder for temporary files when ``None``.

    Raises:
        VplugError: no temporary folder can be written to.
    """
    try:
        above = Path(tempfile.gettempdir()) if parent is None else parent
        path = above.resolve() / f"{prefix}{secrets.token_hex(6)}"
    except OSError as error:
        raise VplugError(f"there is no folder for temporary files: {error}") from error
    _rooms.add(path)
    try:
        try:
            path.mkdir(0o700)
        except OSError as error:
            raise VplugError(f"{path} cannot be made: {error.strerror}") from error
        yield path
    finally:
        with interrupts_wait():
            remove(path)
            _rooms.discard(path)


def rooms() -> tuple[Path, ...]:
    """Return the throw-away folders that are there now: what goes if vplug is killed."""
    return tuple(_rooms)


def remove(path: Path) -> None:
    """Remove a folder and all in it, folders that may not be written to included; never raises."""

    def again(function: Callable[[str], Any], name: str, _error: object) -> None:
        try:
            for folder in (Path(name).parent, Path(name)):
                if folder.is_dir() and not folder.is_symlink():
                    folder.chmod(stat.S_IRWXU)
            if Path(name).is_dir() and not Path(name).is_symlink():
                shutil.rmtree(name, ignore_errors=True)
            else:
                function(name)
        except OSError:
            pass

    if os.path.lexists(path):
        shutil.rmtree(path, onerror=again)


@contextmanager
def interrupts_wait() -> Iterator[None]:
    """Let Ctrl-C and SIGTERM wait until the block is done; outside the main thread, do nothing."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    came: list[int] = []
    early: KeyboardInterrupt | None = None
    numbers = [getattr(signal, n) for n in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, n)]
    before = {number: signal.getsignal(number) for number in numbers}

    def hold(received: int, _frame: object) -> None:
        came.append(received)

    try:
        try:
            for number in numbers:
                signal.signal(number, hold)
        except KeyboardInterrupt as error:  # right here: the block is to be done all the same
            early = error
            for number in numbers:
                if (now := signal.getsignal(number)) is not hold:
                    before[number] = now
                signal.signal(number, hold)
        yield
    finally:
        for number, handler in before.items():
            if handler is not None:  # None: not set from Python, and not ours to set again
                signal.signal(number, handler)
    if early is not None:
        raise early
    if came:
        signal.raise_signal(came[0])


@atexit.register
def _clear() -> None:
    """What an interrupt between two lines left over goes when the process does."""
    for path in list(_rooms):
        remove(path)
