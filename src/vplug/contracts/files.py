"""The files of a vLLM release that its surface is read from, whatever holds them."""

from __future__ import annotations

import gzip
import io
import tarfile
import zipfile
import zlib
from pathlib import Path
from typing import IO

from vplug.discovery.tree import MAX_ARCHIVE_BYTES, MAX_ARCHIVE_MEMBERS, MAX_FILE_BYTES
from vplug.errors import Unreadable

#: Files beside the package that tell ``requires-python``.
_EXTRA = ("pyproject.toml", "PKG-INFO")
#: What a release's Python files may add up to: twenty times the largest so far.
_MAX_PYTHON = 1024**3


def from_sdist(handle: IO[bytes], label: str) -> dict[str, bytes]:
    """Return the files of the sdist that ``handle`` reads, walked once from start to end.

    Raises:
        Unreadable: no tar, truncated, or more in it than any release has.
    """
    files: dict[str, bytes] = {}
    total = 0
    try:
        # Unpacked by gzip itself, which minds the end of the stream; tarfile takes a cut one.
        with (
            gzip.GzipFile(fileobj=handle) as unpacked,
            tarfile.open(fileobj=unpacked, mode="r|") as tar,
        ):
            for number, member in enumerate(tar, start=1):
                if number > MAX_ARCHIVE_MEMBERS:
                    raise Unreadable(f"{label} has too many members to be vLLM's sdist")
                _, _, path = member.name.removeprefix("./").partition("/")
                if not (member.isfile() and wanted(path)) or member.size > MAX_FILE_BYTES:
                    continue
                total += member.size
                if total > _MAX_PYTHON:
                    raise Unreadable(f"{label} unpacks to more than vLLM's sources ever did")
                source = tar.extractfile(member)
                files[path] = source.read() if source is not None else b""
    except (OSError, tarfile.TarError, EOFError, zlib.error, ValueError) as error:
        raise Unreadable(f"{label} is not a readable sdist: {error}") from error
    return files


def from_wheel(handle: IO[bytes], label: str) -> dict[str, bytes]:
    """Return the Python files and METADATA of the wheel that ``handle`` reads; nothing else is read.

    Raises:
        Unreadable: no zip, truncated, or more in it than any release has.
    """
    files: dict[str, bytes] = {}
    try:
        with zipfile.ZipFile(handle) as archive:
            infos = [info for info in archive.infolist() if not info.is_dir()]
            python = [info for info in infos if wanted(info.filename)]
            size = sum(info.file_size for info in python)
            if size > _MAX_PYTHON or sum(info.file_size for info in infos) > MAX_ARCHIVE_BYTES:
                raise Unreadable(f"{label} unpacks to more than vLLM's wheels ever did")
            # In the order they lie in, so that a reader over the network goes forward.
            for info in sorted(infos, key=lambda info: info.header_offset):
                top, _, rest = info.filename.partition("/")
                if top.endswith(".dist-info") and rest == "METADATA":
                    files["METADATA"] = archive.read(info)
                elif wanted(info.filename) and info.file_size <= MAX_FILE_BYTES:
                    files[info.filename] = archive.read(info)
    except (OSError, zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError) as error:
        raise Unreadable(f"{label} is not a readable wheel: {error}") from error
    return files


def from_folder(folder: Path) -> dict[str, bytes]:
    """Return the files of a source checkout or of a ``site-packages`` folder.

    Raises:
        Unreadable: a file can't be read.
    """
    files: dict[str, bytes] = {}
    try:
        for path in sorted((folder / "vllm").rglob("*.py")):
            name = path.relative_to(folder).as_posix()
            if wanted(name) and path.is_file() and path.stat().st_size <= MAX_FILE_BYTES:
                files[name] = path.read_bytes()
        for extra in _EXTRA:
            if (folder / extra).is_file():
                files[extra] = (folder / extra).read_bytes()
    except OSError as error:
        raise Unreadable(f"cannot read {folder}: {error.strerror or error}") from error
    return files


def wanted(path: str) -> bool:
    """Return whether extraction reads the file at ``path``, relative to the project."""
    return path in _EXTRA or (path.startswith("vllm/") and path.endswith(".py"))


def pack(files: dict[str, bytes]) -> bytes:
    """Return ``files`` as a zip that a cache keeps: the same bytes for the same files."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as archive:
        for name in sorted(files):
            info = zipfile.ZipInfo(name)
            info.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(info, files[name])
    return buffer.getvalue()


def unpack(path: Path) -> dict[str, bytes]:
    """Return what :func:`pack` packed.

    Raises:
        Unreadable: damaged.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            return {name: archive.read(name) for name in archive.namelist()}
    except (OSError, zipfile.BadZipFile, zlib.error) as error:
        raise Unreadable(f"{path} is damaged: {error}", "delete it: it is only a cache") from error
