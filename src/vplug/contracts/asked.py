"""Which releases a version or specifier that somebody typed stands for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vplug.contracts.releases import Releases
from vplug.errors import UsageFault

if TYPE_CHECKING:
    from packaging.specifiers import SpecifierSet
    from packaging.version import Version

_UPDATE = "run `vplug contracts update`"


def nearest(releases: Releases, text: str) -> tuple[str, str | None]:
    """Return the release that ``text`` is or stands for, and a sentence where it is not exactly it.

    A local part (``0.32.0+cpu``) names another build of the same release. A post-release the store
    has not stands for the release it follows, a development build or pre-release for the newest
    release that is not newer than it, or for its own final release where that is out.

    Raises:
        UsageFault: no version at all, a final release newer or older than the store, or one that
            was never made.
    """
    from packaging.version import InvalidVersion, Version

    given = text.strip()
    if given in releases.place:
        return given, None
    try:
        version = Version(given)
    except InvalidVersion:
        raise UsageFault(
            f"{text!r} is no version",
            f"give a vLLM release such as {releases.names[-1]}; `vplug contracts list` names them",
        ) from None
    known = {Version(name): name for name in releases.names}
    public = Version(version.public)
    if public in known:
        note = f"{given} is read as {known[public]}" if version.local else None
        if note:
            note += f": the local part {version.local!r} names a build, not another release"
        return known[public], note
    below = [known[v] for v in sorted(known) if v < public]
    if not below:
        raise UsageFault(
            f"vLLM {given} is older than the store, which begins at {releases.names[0]}",
            "vplug knows nothing of plugins for it",
        )
    if public.is_prerelease:
        return _before_its_release(given, public, known, below)
    base = below[-1]
    if public.is_postrelease and Version(base).base_version == public.base_version:
        return base, f"{given} is read as {base}, the release it follows: the store has no {public}"
    if public > max(known):
        raise UsageFault(
            f"vLLM {given} is newer than the store, whose newest is {releases.names[-1]}", _UPDATE
        )
    raise UsageFault(
        f"there is no vLLM release {given}",
        f"the nearest before it is {below[-1]}; `vplug contracts list` names them all",
    )


def _before_its_release(
    given: str, public: Version, known: dict[Version, str], below: list[str]
) -> tuple[str, str | None]:
    from packaging.version import Version

    final = Version(public.base_version)
    if final in known:
        return known[final], f"{given} is read as {known[final]}, the release it led to"
    kind = "development build" if public.is_devrelease else "pre-release"
    return below[-1], f"{given} is a {kind}; the nearest release is {below[-1]}"


def select(releases: Releases, specifier: str) -> tuple[int, str | None]:
    """Return the mask of the releases that ``specifier`` names; one version stands for itself.

    With it comes a sentence where that version, or a pin to a build, is read as another release.

    Raises:
        UsageFault: it is no specifier, or none of the releases matches it.
    """
    from packaging.specifiers import InvalidSpecifier, SpecifierSet
    from packaging.version import InvalidVersion, Version

    text = specifier.strip()
    if text in ("", "all", "*"):
        return releases.everything, None
    try:
        Version(text)
    except InvalidVersion:
        pass
    else:
        release, note = nearest(releases, text)
        return 1 << releases.place[release], note
    try:
        wanted = SpecifierSet(text)
        public, note = _of_any_build(wanted)
    except InvalidSpecifier:
        raise UsageFault(
            f"{specifier!r} is no version specifier", "write it as in '>=0.30,<0.33' or 0.32.0"
        ) from None
    mask = 0
    for place, name in enumerate(releases.names):
        if public.contains(name, prereleases=True):
            mask |= 1 << place
    if not mask:
        first, last = releases.names[0], releases.names[-1]
        raise UsageFault(
            f"no vLLM release from {first} to {last} matches {specifier!r}",
            f"for a release newer than {last} run `vplug contracts update`; there is none before"
            f" {first}",
        )
    return mask, note


def _of_any_build(wanted: SpecifierSet) -> tuple[SpecifierSet, str | None]:
    """A specifier with each pin to a build as one to its release, and a sentence on what changed.

    ``==0.30.0+cpu`` matches that build alone (PEP 440, "Version matching"); the store knows releases,
    whose builds have the same sources. ``!=`` of a build leaves the release in, as it stands.
    """
    from packaging.specifiers import SpecifierSet

    clauses, notes = [], []
    for clause in sorted(wanted, key=str):
        release, plus, local = clause.version.partition("+")
        if plus and clause.operator in ("==", "==="):
            clauses.append(f"=={release}")
            notes.append(
                f"{clause} is read as {release}: the local part {local!r} names a build, "
                "not another release"
            )
        else:
            clauses.append(str(clause))
    return SpecifierSet(",".join(clauses)), "; ".join(notes) or None
