"""Holds the vLLM range of each scaffolded type to what the contracts say of a rendered project.

Run it after a release was added to the contracts: for each type it prints the range that its row in
src/vplug/scaffold/catalogue.py declares, the one to declare, and what is wrong. The exit status is 1
where a row is to be changed.
"""

from __future__ import annotations

import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from packaging.specifiers import SpecifierSet
from packaging.version import Version

from vplug.contracts.store import ContractStore
from vplug.discovery.open import open_target
from vplug.fit.masks import Masks
from vplug.model import Verdict
from vplug.rules.compat import compat
from vplug.scaffold import TYPES, Answers, PluginType, scaffold

if TYPE_CHECKING:
    from vplug.model import CompatMatrix


@dataclass(frozen=True)
class Range:
    """A type's range, as declared and as it is.

    Attributes:
        name: the type's name, with its variant if it has one.
        declared: the row's specifier.
        computed: the specifier to declare: from the row's first release if it says why it does not
            begin earlier, to the newest known one that works. None where nothing works.
        faults: what is wrong with the row, as sentences.
    """

    name: str
    declared: str
    computed: str | None
    faults: tuple[str, ...]


def ranges(types: tuple[PluginType, ...] = TYPES) -> list[Range]:
    """Return the range of each type, and of each of its variants."""
    masks = Masks(ContractStore.bundled())
    found = []
    with tempfile.TemporaryDirectory() as folder:
        for plugin_type in types:
            names = [variant.name for variant in getattr(plugin_type, "variants", ())]
            for variant in names or [""]:
                name = f"{plugin_type.name} ({variant})" if variant else plugin_type.name
                answers = Answers("acme-thing", **({"variant": variant} if variant else {}))
                made = scaffold(plugin_type, answers, Path(folder) / name)
                (target,) = open_target(str(made.destination), _no_environment)
                matrix = compat(target, masks, masks.store.everything)
                found.append(range_of(name, plugin_type.vllm, plugin_type.since, matrix))
    return found


def _no_environment() -> None:  # a project's folder is opened without one
    raise AssertionError("a folder needs no environment")


def range_of(name: str, declared: str, since: str, matrix: CompatMatrix) -> Range:
    """Return a row's range, judged by a matrix over all releases; only "works" counts as working.

    Args:
        name: what to call it.
        declared: the row's specifier.
        since: why it begins later than it could, or "".
        matrix: what the contracts say of the rendered project.
    """
    specifier = SpecifierSet(declared)
    inside = [release for release in matrix.releases if specifier.contains(release)]
    works = _newest_run(matrix)
    faults = []
    if untrue := [release for release in inside if release not in works]:
        faults.append(f"it declares {_named(untrue)}: {_reason(matrix, untrue[0])}")
    earlier = works[: works.index(inside[0])] if inside and inside[0] in works else []
    if earlier and not since:
        faults.append(f"{_named(earlier)} would work too, and the row does not say why not")
    if since and not earlier:
        faults.append(f"it begins where the contracts do, so that its reason is none: {since}")
    later = [release for release in works if inside and Version(release) > Version(inside[-1])]
    if later:
        faults.append(f"{_named(later)} works too")
    beyond = _next_minor(matrix.releases[-1])
    if specifier.contains(beyond):
        faults.append(f"it declares {beyond}, which nobody has read")
    kept = [release for release in works if not since or not inside or release not in earlier]
    return Range(name, declared, _specifier(kept, matrix.releases), tuple(faults))


def _newest_run(matrix: CompatMatrix) -> list[str]:
    """The last releases that work, without a gap, up to the newest that does."""
    run: list[str] = []
    for release, verdict in zip(matrix.releases, matrix.verdicts, strict=True):
        if verdict is Verdict.OK:
            run = [*run, release] if run and run[-1] == _before(matrix, release) else [release]
    return run


def _before(matrix: CompatMatrix, release: str) -> str | None:
    place = matrix.releases.index(release)
    return matrix.releases[place - 1] if place else None


def _specifier(run: list[str], releases: tuple[str, ...]) -> str | None:
    if not run:
        return None
    place = releases.index(run[-1]) + 1
    end = releases[place] if place < len(releases) else _next_minor(run[-1])
    return f">={_short(run[0])},<{_short(end)}"


def _short(release: str) -> str:
    """Return 0.20 for 0.20.0, which is the same version."""
    return release.removesuffix(".0") if release.count(".") > 1 else release


def _next_minor(release: str) -> str:
    version = Version(release)
    return f"{version.major}.{version.minor + 1}.0"


def _named(releases: list[str]) -> str:
    return releases[0] if len(releases) == 1 else f"{releases[0]} to {releases[-1]}"


def _reason(matrix: CompatMatrix, release: str) -> str:
    place = matrix.releases.index(release)
    for plugin in matrix.plugins:
        for reason in plugin.reasons[place]:
            return f"{reason.code} {reason.message}".strip()
    return "it works there, but not in every release between there and the newest"


def main() -> int:
    """Print a line for each type; return 1 where a row is to be changed."""
    found = ranges()
    for item in found:
        print(f"{item.name}: {item.declared}")
        for fault in item.faults:
            print(f"  {fault}")
        if item.faults and item.computed != item.declared:
            print(f"  to paste: vllm={item.computed!r}")
    return int(any(item.faults for item in found))


if __name__ == "__main__":
    sys.exit(main())
