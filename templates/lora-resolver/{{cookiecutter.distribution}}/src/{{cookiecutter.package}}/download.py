"""The second source: a web address, with a local cache.

Below the address each adapter has a folder of its name, and in it a SHA256SUMS file that lists its
files. What was downloaded lies in the cache under that list's revision, complete or not at all: it
is put together in a temporary folder, checked, and moved in place at once. Several processes may
share a cache. Nothing in it is changed or removed: vLLM reads an adapter again when memory was
short.
"""

import hashlib
import logging
import os
import shutil
import tempfile
import time
from contextlib import suppress
from pathlib import Path
from threading import Lock
from urllib.parse import quote, urljoin

from .adapters import CONFIG, AdapterError, check_adapter, check_config, is_name
from .checksums import LIST, MAX_LIST_BYTES, FileList, read_list
from .environment import Store
from .reader import NotThere, Reader

logger = logging.getLogger(f"vllm.{__name__}")

_MAX_MISSES = 4096
_PART = ".part-"
#: Seconds after which a half-made download belongs to a process that is no more.
_ABANDONED_S = 24 * 3600


class StoreSource:
    """Adapters from a web address."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._reader = Reader(store.url, store.hosts, store.token, store.timeout_s)
        # Two addresses do not share a cache: the same name may be another adapter there.
        self._root = store.cache / hashlib.sha256(store.url.encode()).hexdigest()[:16]
        self._misses: dict[str, float] = {}
        self._lock = Lock()

    def __str__(self) -> str:
        return f"address {self._store.url}"

    def find(self, name: str, base_model: str) -> Path | None:
        """Return the local folder of the adapter, downloaded if need be; None if there is none.

        Where the server cannot be reached, what was downloaded last is returned.

        Raises:
            AdapterError: there is one that cannot be used or fetched.
        """
        if not is_name(name) or self._missed(name):
            return None
        deadline = time.monotonic() + self._store.deadline_s
        address = urljoin(self._store.url, quote(name) + "/")
        try:
            listed = read_list(self._reader.read(address + LIST, MAX_LIST_BYTES, deadline))
        except NotThere:
            self._remember_miss(name)
            return None
        except AdapterError as error:
            folder = self._latest(name)
            if folder is None:
                raise
            logger.warning("Adapter %s: %s; its last download is used.", name, error)
        else:
            folder = self._root / name / listed.revision
            if not folder.is_dir():
                self._download(address, listed, folder, base_model, deadline)
        check_adapter(folder, base_model)
        # The newest use is the one to fall back on. A cache may be one that is only read.
        with suppress(OSError):
            os.utime(folder)
        return folder

    def _missed(self, name: str) -> bool:
        with self._lock:
            return time.monotonic() < self._misses.get(name, 0.0)

    def _remember_miss(self, name: str) -> None:
        with self._lock:
            while len(self._misses) >= _MAX_MISSES:
                del self._misses[next(iter(self._misses))]
            self._misses.pop(name, None)
            self._misses[name] = time.monotonic() + self._store.miss_s

    def _latest(self, name: str) -> Path | None:
        try:
            revisions = [path for path in (self._root / name).iterdir() if path.is_dir()]
            return max(revisions, key=lambda path: path.stat().st_mtime, default=None)
        except OSError:
            return None

    def _download(
        self, address: str, listed: FileList, folder: Path, base_model: str, deadline: float
    ) -> None:
        try:
            self._root.mkdir(parents=True, exist_ok=True, mode=0o700)
            remove_abandoned(self._root)
            room = self._store.cache_max_bytes - size_of(self._store.cache)
            left = min(self._store.max_bytes, room)
            with tempfile.TemporaryDirectory(prefix=_PART, dir=self._root) as temporary:
                part = Path(temporary) / "adapter"
                part.mkdir()
                # The configuration first: of an adapter for another model nothing more is fetched.
                for file in sorted(listed.digests, key=lambda file: file != CONFIG):
                    left -= self._fetch(address, file, listed.digests[file], part, left, deadline)
                    if file == CONFIG:
                        check_config(part, base_model)
                folder.parent.mkdir(exist_ok=True)
                _move(part, folder)
        except NotThere as error:
            raise AdapterError(f"its {LIST} names a file that is not there") from error
        except OSError as error:
            raise AdapterError(f"it cannot be kept in {self._root}: {error.strerror}") from error

    def _fetch(
        self, address: str, file: str, digest: str, part: Path, left: int, deadline: float
    ) -> int:
        if left <= 0:
            raise AdapterError("it is bigger than allowed, or the cache is full")
        found = hashlib.sha256()
        with (part / file).open("xb") as stream:

            def write(piece: bytes) -> None:
                found.update(piece)
                stream.write(piece)

            size = self._reader.save(address + quote(file), write, left, deadline)
        if found.hexdigest() != digest:
            raise AdapterError(f"{file} is not what {LIST} says: its checksum differs")
        return size


def _move(part: Path, folder: Path) -> None:
    """Move what is complete in place; another process may have been quicker with the same."""
    try:
        part.rename(folder)
    except OSError:
        if not folder.is_dir():
            raise


def remove_abandoned(root: Path) -> None:
    """Remove half-made downloads below `root` whose process was killed, a day or more ago."""
    for path in root.glob(f"{_PART}*"):
        try:
            abandoned = time.time() - path.stat().st_mtime > _ABANDONED_S
        except OSError:
            continue
        if abandoned:
            shutil.rmtree(path, ignore_errors=True)


def size_of(root: Path) -> int:
    """Return the bytes of the files below `root`; what vanishes meanwhile does not count."""
    total = 0
    for parent, _, files in os.walk(root):
        for file in files:
            try:
                total += (Path(parent) / file).lstat().st_size
            except OSError:
                continue
    return total
