"""The checks on what was built. A check asks for evidence by parameter name and gives a verdict.

Evidence that is absent makes the check skipped, or undecided where it ought to be there; an
exception out of a check makes it crashed. None of these is a pass.
"""

from __future__ import annotations

import inspect
from dataclasses import dataclass
from typing import TYPE_CHECKING

from vplug.artifact.entry_points import all_of, differences
from vplug.artifact.record import verify_record
from vplug.discovery.target import Target
from vplug.model import OutcomeKind
from vplug.release.evidence import Absent
from vplug.release.modules import find_module, from_dependency, path_files, why_missing
from vplug.release.output import printable
from vplug.release.summary import CheckResult
from vplug.release.twine_check import twine_check

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from vplug.model import EntryPoint


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a check says: the outcome, the fact in a sentence, and a line a fault."""

    outcome: OutcomeKind
    message: str
    details: tuple[str, ...] = ()


def _ok(message: str) -> Verdict:
    return Verdict(OutcomeKind.PASS, message)


def _bad(message: str, details: Sequence[str]) -> Verdict:
    return Verdict(OutcomeKind.FAIL, message, tuple(details))


def _unsure(message: str, details: Sequence[str] = ()) -> Verdict:
    return Verdict(OutcomeKind.UNKNOWN, message, tuple(details))


@dataclass(frozen=True, slots=True)
class ArtifactCheck:
    """One check.

    Attributes:
        name: as reports name it.
        judge: called with the evidence its parameters name. A parameter called ``evidence`` gets
            all of it, absent parts included.

    """

    name: str
    judge: Callable[..., Verdict]

    @property
    def asks(self) -> tuple[str, ...]:
        """The evidence asked for, by name."""
        return tuple(inspect.signature(self.judge).parameters)


def readable(evidence: Mapping[str, object]) -> Verdict:
    """Check that both artifacts open and are what their names say."""
    faults = [
        item.reason for key in ("sdist", "wheel") if isinstance(item := evidence.get(key), Absent)
    ]
    if faults:
        return _bad("an artifact cannot be read", faults)
    return _ok("the sdist and the wheel can be read")


def wheel_entry_points(source: Target, wheel: Target) -> Verdict:
    """Check that the wheel's entry points are the source's, as read without running anything."""
    unsure = source.undecided_about("entry-points")
    lines = differences(all_of(source), all_of(wheel), "the project", "the wheel")
    if unsure is not None:
        where = f" ({unsure.location})" if unsure.location else ""
        return _unsure(f"the project computes its entry points: {unsure.reason}{where}", lines)
    if lines:
        return _bad("the wheel's entry points are not the project's", lines)
    return _ok(f"{_count(all_of(wheel))}, the same in the project and the wheel")


def source_build(rebuilt: tuple[EntryPoint, ...], wheel: Target) -> Verdict:
    """Check that building from the folder gives the entry points that the sdist gave."""
    lines = differences(
        rebuilt, all_of(wheel), "the project folder's metadata", "the wheel built from the sdist"
    )
    if lines:
        return _bad(
            "building from the sdist gives other entry points than building from the folder", lines
        )
    return _ok(f"{_count(rebuilt)}, the same built from the folder and from the sdist")


def sdist_metadata(source: Target, sdist: Target) -> Verdict:
    """Check that the sdist holds PKG-INFO and the files that declare the entry points."""
    wanted = {"PKG-INFO"}
    if source.tree.is_file("pyproject.toml"):
        wanted.add("pyproject.toml")
    wanted |= {
        item.path
        for item in source.declarations
        if item.ignored is None and _declares(source, item.path)
    }
    lost = sorted(name for name in wanted if not sdist.tree.is_file(name))
    if lost:
        return _bad(
            "the sdist lacks files that its metadata comes from",
            [
                f"{name} is not in the sdist: see MANIFEST.in and the backend's exclude lists"
                for name in lost
            ],
        )
    return _ok(f"the sdist holds {', '.join(sorted(wanted))}")


def _declares(source: Target, path: str) -> bool:
    return any(item.location is not None and item.location.path == path for item in all_of(source))


def sdist_entry_points(source: Target, sdist: Target) -> Verdict:
    """Check that reading the sdist gives the entry points that reading the project gives."""
    for target, label in ((source, "the project"), (sdist, "the sdist")):
        unsure = target.undecided_about("entry-points")
        if unsure is not None:
            return _unsure(f"{label} computes its entry points: {unsure.reason}")
    lines = differences(all_of(source), all_of(sdist), "the project", "the sdist")
    if lines:
        return _bad("the sdist's entry points are not the project's", lines)
    return _ok(f"{_count(all_of(sdist))}, the same in the project and the sdist")


def target_modules(source: Target, wheel: Target, evidence: Mapping[str, object]) -> Verdict:
    """Check that the module which each plugin and script names is in the wheel."""
    sdist = evidence.get("sdist")
    faults: list[str] = []
    doubts: list[str] = []
    checked = [
        e for e in all_of(wheel) if e.group.startswith("vllm.") or e.group.endswith("_scripts")
    ]
    for item in checked:
        shown = f"[{item.group}] {item.name} = {item.value}"
        if not item.is_valid:
            faults.append(f"{shown}: the value is malformed; write package.module:attribute")
            continue
        found = find_module(wheel.roots, item.module)
        if found is not None and not (
            found.namespace and item.attr and not _submodule(wheel, item)
        ):
            continue
        hooks, dependency = path_files(wheel), from_dependency(item.module, wheel)
        if found is not None:
            faults.append(
                f"{shown}: {found.path} has no __init__.py in the wheel, so it is an empty "
                f"namespace package without {item.attr}"
            )
        elif hooks and not any(name.startswith("__editable__") for name in hooks):
            doubts.append(
                f"{shown}: {item.module} is not in the wheel, but {hooks[0]} may add its folder"
            )
        elif dependency is not None:
            doubts.append(
                f"{shown}: {item.module} is not in the wheel; it may come from {dependency}"
            )
        else:
            why = why_missing(
                item.module, source, sdist if isinstance(sdist, Target) else None, wheel
            )
            faults.append(f"{shown}: the module {item.module} is not in the wheel: {why}")
    if faults:
        return _bad("the wheel lacks modules that its entry points name", faults + doubts)
    if doubts:
        return _unsure("not every entry point's module is in the wheel itself", doubts)
    if not checked:
        return Verdict(OutcomeKind.SKIPPED, "the wheel declares no plugin and no script")
    return _ok(f"the modules of {_count(checked)} are in the wheel")


def _submodule(wheel: Target, item: EntryPoint) -> bool:
    return find_module(wheel.roots, f"{item.module}.{item.attr}") is not None


def own_imports(wheel: Target) -> Verdict:
    """Check that what the plugins' modules import of the package itself is in the wheel."""
    from vplug.analysis.load_failures import load_failures
    from vplug.analysis.modules import ModuleFinder
    from vplug.analysis.resolve import Resolver

    plugins = [item for item in all_of(wheel) if item.group.startswith("vllm.")]
    if not plugins:
        return Verdict(OutcomeKind.SKIPPED, "the wheel declares no plugin")
    resolver = Resolver(ModuleFinder.for_target(wheel))
    faults = dict.fromkeys(
        f"{failure.location}: {failure.lack.message}"
        for failure in load_failures(wheel, resolver, plugins)
    )
    if faults:
        return _bad("loading a plugin imports what the wheel does not hold", list(faults))
    return _ok("what loading the plugins imports of the package is in the wheel")


def record(wheel_path: Path) -> Verdict:
    """Check that RECORD lists every file of the wheel, its hash and its size, and no other."""
    import zipfile

    try:
        reading = verify_record(wheel_path)
    except (OSError, zipfile.BadZipFile) as error:
        return _bad("the wheel cannot be read", [str(error)])
    if reading.faults:
        return _bad("RECORD does not agree with the wheel", reading.faults)
    return _ok(f"RECORD agrees with {reading.files} {'file' if reading.files == 1 else 'files'}")


def twine(sdist_path: Path, wheel_path: Path) -> Verdict:
    """Check that an index would render the readme, as ``twine check --strict`` does."""
    reading = twine_check([sdist_path, wheel_path])
    if reading.passed is None:
        return _unsure("twine check did not run to its end", reading.lines)
    if not reading.passed:
        return _bad("twine check --strict fails", reading.lines)
    return _ok("twine check --strict passes")


#: Every check, in the order of reports.
CHECKS: tuple[ArtifactCheck, ...] = (
    ArtifactCheck("readable", readable),
    ArtifactCheck("entry-points", wheel_entry_points),
    ArtifactCheck("source-build", source_build),
    ArtifactCheck("target-modules", target_modules),
    ArtifactCheck("own-imports", own_imports),
    ArtifactCheck("record", record),
    ArtifactCheck("sdist-metadata", sdist_metadata),
    ArtifactCheck("sdist-entry-points", sdist_entry_points),
    ArtifactCheck("twine", twine),
)


def run_checks(
    evidence: Mapping[str, object], checks: Sequence[ArtifactCheck] = CHECKS
) -> tuple[CheckResult, ...]:
    """Return what became of each check on ``evidence``."""
    return tuple(run_check(check, evidence) for check in checks)


def run_check(check: ArtifactCheck, evidence: Mapping[str, object]) -> CheckResult:
    """Return what became of one check; also the way to try one on made-up evidence.

    Args:
        check: the check.
        evidence: by name; what it lacks counts as absent.

    """
    given: dict[str, object] = {}
    for name in check.asks:
        item = evidence if name == "evidence" else evidence.get(name, Absent(f"there is no {name}"))
        if isinstance(item, Absent):
            # An artifact that cannot be read is `readable`'s to fail; the rest were not asked.
            sought = item.sought and name == "rebuilt"
            kind = OutcomeKind.UNKNOWN if sought else OutcomeKind.SKIPPED
            return CheckResult(check.name, kind, printable(item.reason))
        given[name] = item
    try:
        verdict = check.judge(**given)
    except Exception as error:  # whatever it is, it is no pass
        reason = f"the check itself failed: {type(error).__name__}: {error}"
        return CheckResult(check.name, OutcomeKind.CRASHED, printable(reason))
    return CheckResult(
        check.name,
        verdict.outcome,
        printable(verdict.message),
        tuple(map(printable, verdict.details)),
    )


def _count(entry_points: Sequence[EntryPoint]) -> str:
    number = len(entry_points)
    return f"{number or 'no'} entry point{'' if number == 1 else 's'}"
