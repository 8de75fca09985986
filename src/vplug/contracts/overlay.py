"""The user's releases: vplug's own store and what ``contracts add`` and ``update`` brought, as one.

The user's folder holds a whole store, made from vplug's own and the added surfaces, and those
surfaces themselves. A vplug upgrade brings a newer store of its own: then the user's is made anew.
"""

from __future__ import annotations

import json
import zlib
from base64 import b85decode, b85encode
from collections.abc import Iterable
from pathlib import Path

from vplug.contracts import place
from vplug.contracts.surface import Surface
from vplug.contracts.textform import CHECKSUMS, RELEASES, checksum
from vplug.contracts.writing import read_history, write
from vplug.errors import DamagedStore

#: Beside the store's files: the digest of the bundled store it was made from.
_ORIGIN = "origin.txt"
_SURFACES = "surfaces"


def user_store(bundled: Path | None = None) -> Path | None:
    """Return the folder of the user's store, brought up to vplug's own; ``None`` where there is none.

    Raises:
        VplugError: the user's folder is damaged.
    """
    found = place.current(place.user_folder())
    if found is None:
        return None
    bundled = bundled or place.BUNDLED
    try:
        origin = (found / _ORIGIN).read_text(encoding="utf-8").strip()
    except OSError as error:
        raise _damaged(found / _ORIGIN, error) from error
    if origin == _stamp(bundled):
        return found
    added = [s for s in _surfaces(found) if s.release not in _known(bundled)]
    if not added:
        return None  # vplug's own store has caught up
    return _install(added, bundled)


def add(surfaces: Iterable[Surface], bundled: Path | None = None) -> tuple[str, ...]:
    """Add releases to the user's store; return those that it took, in the order given.

    A release that the user added before is replaced; one of vplug's own is not taken.

    Raises:
        VplugError: a store is damaged or the folder can't be written; the old state stands.
    """
    bundled = bundled or place.BUNDLED
    own = _known(bundled)
    fresh = {surface.release: surface for surface in surfaces if surface.release not in own}
    if not fresh:
        return ()
    before = place.current(place.user_folder())
    kept = _surfaces(before) if before is not None else []
    merged = {s.release: s for s in kept if s.release not in own} | fresh
    _install(list(merged.values()), bundled)
    return tuple(fresh)


def _install(added: list[Surface], bundled: Path) -> Path:
    from vplug.contracts.releases import in_order

    files = {
        path.relative_to(bundled).as_posix(): path.read_text(encoding="utf-8")
        for path in sorted(bundled.rglob("*.txt"))
    }
    try:
        history = read_history(files)
    except (ValueError, KeyError) as error:
        raise DamagedStore(
            f"the contract store is damaged: {bundled}: {error}", "install vplug again"
        ) from error
    by_release = {surface.release: surface for surface in added}
    for release in in_order(by_release):
        history.insert(by_release[release])
    made = write(history)
    made[_ORIGIN] = _stamp(bundled) + "\n"
    for release, surface in by_release.items():
        packed = zlib.compress(json.dumps(surface.as_json()).encode(), 9)
        made[f"{_SURFACES}/{release}.txt"] = b85encode(packed).decode() + "\n"
    return place.install(place.user_folder(), made)


def _surfaces(store: Path) -> list[Surface]:
    found = []
    for path in sorted((store / _SURFACES).glob("*.txt")):
        try:
            packed = b85decode(path.read_text(encoding="utf-8").strip())
            found.append(Surface.from_json(json.loads(zlib.decompress(packed))))
        except (OSError, ValueError, KeyError, TypeError, zlib.error) as error:
            raise _damaged(path, error) from error
    return found


def _known(bundled: Path) -> set[str]:
    try:
        text = (bundled / RELEASES).read_text(encoding="utf-8")
    except OSError as error:
        raise DamagedStore(
            f"the contract store is damaged: {bundled / RELEASES}: {error.strerror}",
            "install vplug again",
        ) from error
    return {line.split(" ")[0] for line in text.splitlines()}


def _stamp(bundled: Path) -> str:
    try:
        return checksum((bundled / CHECKSUMS).read_bytes())
    except OSError as error:
        raise DamagedStore(
            f"the contract store is damaged: {bundled / CHECKSUMS}: {error.strerror}",
            "install vplug again",
        ) from error


def _damaged(path: Path, error: Exception) -> DamagedStore:
    return DamagedStore(
        f"the releases you added are damaged: {path}: {error}",
        f"delete {place.user_folder() / 'contracts'} and run `vplug contracts update`",
    )
