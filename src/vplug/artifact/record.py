"""A wheel's RECORD against its members: names, hashes and sizes.

Facts: the binary distribution format (PEP 427) and "Recording installed projects" (PEP 376, 627)
in the PyPA specifications: every file but RECORD itself has its hash, of sha256 or better;
RECORD.jws and RECORD.p7s are not listed.
"""

from __future__ import annotations

import base64
import csv
import hashlib
import zipfile
import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

_UNLISTED = ("RECORD", "RECORD.jws", "RECORD.p7s")
_GOOD = frozenset({"sha256", "sha384", "sha512"})


@dataclass(frozen=True, slots=True)
class RecordReading:
    """What verifying a RECORD gave.

    Attributes:
        files: how many files were verified.
        faults: one line each; empty where RECORD is right.

    """

    files: int
    faults: tuple[str, ...]


def verify_record(wheel: Path) -> RecordReading:
    """Return how the RECORD of ``wheel`` stands against its members.

    Raises:
        OSError, zipfile.BadZipFile: the file cannot be read as a zip at all.

    """
    with zipfile.ZipFile(wheel) as archive:
        members = [info for info in archive.infolist() if not info.is_dir()]
        names = [info.filename for info in members]
        records = [n for n in names if n.endswith(".dist-info/RECORD") and n.count("/") == 1]
        if len(records) != 1:
            return RecordReading(
                0, (f"the wheel holds {len(records)} RECORD files, and must hold one",)
            )
        faults = [f"{name} is in the archive twice" for name in _twice(names)]
        rows, bad = _rows(archive, records[0])
        faults += bad
        info_folder = records[0].removesuffix("RECORD")
        unlisted = {info_folder + name for name in _UNLISTED}
        for info in members:
            if info.filename in unlisted:
                continue
            row = rows.get(info.filename)
            if row is None:
                faults.append(f"{info.filename} is in the wheel and not in RECORD")
                continue
            faults += _against(archive, info, *row)
        present = set(names)
        faults += [
            f"{name} is in RECORD and not in the wheel" for name in rows if name not in present
        ]
    return RecordReading(len(members), tuple(faults))


def _twice(names: list[str]) -> list[str]:
    seen: set[str] = set()
    return sorted({name for name in names if name in seen or seen.add(name)})  # type: ignore[func-returns-value]


def _rows(archive: zipfile.ZipFile, name: str) -> tuple[dict[str, tuple[str, str]], list[str]]:
    try:
        text = archive.read(name).decode("utf-8")
    except (UnicodeDecodeError, zipfile.BadZipFile, zlib.error, EOFError) as error:
        return {}, [f"RECORD cannot be read: {error}"]
    rows: dict[str, tuple[str, str]] = {}
    faults = []
    for number, row in enumerate(csv.reader(text.splitlines()), start=1):
        if not row:
            continue
        if len(row) != 3:
            faults.append(f"RECORD line {number} has {len(row)} fields, and must have three")
        elif row[0] in rows:
            faults.append(f"{row[0]} is listed twice in RECORD")
        else:
            rows[row[0]] = (row[1], row[2])
    return rows, faults


def _against(archive: zipfile.ZipFile, info: zipfile.ZipInfo, digest: str, size: str) -> list[str]:
    name = info.filename
    algorithm, _, wanted = digest.partition("=")
    if not wanted:
        return [f"{name} has no hash in RECORD"]
    if algorithm not in _GOOD:
        return [
            f"{name} has a hash of the kind {algorithm} in RECORD, and must have sha256 or better"
        ]
    hasher = hashlib.new(algorithm)
    length = 0
    try:
        with archive.open(info) as member:  # in pieces: a compiled extension may be of gigabytes
            while piece := member.read(2**20):
                hasher.update(piece)
                length += len(piece)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError) as error:
        return [f"{name} cannot be unpacked: {error}"]
    found = base64.urlsafe_b64encode(hasher.digest()).rstrip(b"=").decode("ascii")
    faults = []
    if found != wanted.rstrip("="):
        faults.append(f"{name} has another {algorithm} than RECORD says")
    if size != str(length):
        faults.append(f"{name} has {length:,} bytes, RECORD says {size or 'nothing'}")
    return faults
