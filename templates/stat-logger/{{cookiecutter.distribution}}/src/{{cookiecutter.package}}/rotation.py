"""A file that several processes append lines to, replaced by a new one when it is full."""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import BinaryIO

from filelock import FileLock


class RotatingFile:
    """A file of at most `max_bytes`, and `backups` full ones before it: FILE.1, FILE.2 and so on.

    FILE.1 is the newest of them. A lock file beside it, FILE.lock, is held for each append, so that
    processes neither mix their lines nor rotate the file twice.
    """

    def __init__(self, file: Path, max_bytes: int, backups: int, lock_timeout: float = 5.0) -> None:
        self.file = file
        self._max_bytes = max_bytes
        self._backups = backups
        self._lock = FileLock(f"{file}.lock", timeout=lock_timeout)

    def append(self, lines: Sequence[str]) -> None:
        """Append `lines`, all of them or none.

        Raises:
            OSError: the disk is full, or the file cannot be written; `filelock.Timeout`, one of
                them, where another process holds the lock.
        """
        data = "".join(f"{line}\n" for line in lines).encode()
        self.file.parent.mkdir(parents=True, exist_ok=True)
        with self._lock:
            size = self._size()
            if size and size + len(data) > self._max_bytes:
                self._rotate()
            # Opened anew each time: another process, or logrotate, may have moved it away.
            with self.file.open("a+b", buffering=0) as stream:
                _append(stream, data)

    def _size(self) -> int:
        try:
            return self.file.stat().st_size
        except FileNotFoundError:
            return 0

    def _rotate(self) -> None:
        names = [self.file, *(Path(f"{self.file}.{n}") for n in range(1, self._backups + 1))]
        for older, newer in zip(names[:0:-1], names[-2::-1], strict=True):
            if newer.exists():
                newer.replace(older)
        if not self._backups:
            self.file.unlink()


def _append(stream: BinaryIO, data: bytes) -> None:
    """Write all of `data` at the end, or leave the file as long as it was."""
    end = stream.seek(0, os.SEEK_END)
    if end:
        # A process that was killed while it wrote leaves half a line.
        stream.seek(end - 1)
        if stream.read(1) != b"\n":
            data = b"\n" + data
    try:
        while data:
            data = data[stream.write(data) :]
    except OSError:
        stream.truncate(end)
        raise
