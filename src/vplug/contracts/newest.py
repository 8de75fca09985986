"""The newest release that the contracts know, from the indexes of the stores alone."""

from __future__ import annotations

from pathlib import Path

from vplug.contracts import place
from vplug.contracts.textform import RELEASES
from vplug.errors import VplugError


def newest_known(bundled: Path | None = None) -> str:
    """Return the newest vLLM release of vplug's own store and of the user's.

    Raises:
        VplugError: an index cannot be read, or holds something else than releases.
    """
    return known_releases(bundled)[-1]


def known_releases(bundled: Path | None = None) -> list[str]:
    """Return the releases of vplug's own store and of the user's, oldest first.

    Reads two small files and makes nothing anew, as :meth:`ContractStore.bundled` may.

    Raises:
        VplugError: an index cannot be read, or holds something else than releases.
    """
    own = _releases((bundled or place.BUNDLED) / RELEASES)
    folder = place.current(place.user_folder())
    added = _releases(folder / RELEASES) if folder is not None else own
    if set(added) <= set(own):
        return own
    from vplug.contracts.releases import in_order

    try:
        return in_order([*own, *added])
    except ValueError as error:
        raise VplugError(f"the contract store is damaged: {error}") from error


def _releases(index: Path) -> list[str]:
    try:
        found = [line.split(" ")[0] for line in index.read_text(encoding="utf-8").splitlines()]
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "no text"
        raise VplugError(f"the contract store is damaged: {index.name}: {reason}") from error
    if not all(found) or not found:
        raise VplugError(f"the contract store is damaged: {index.name}: no list of releases")
    return found
