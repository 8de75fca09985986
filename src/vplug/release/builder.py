"""From a project folder to checked artifacts: sdist, wheel from it, checks, then ``dist``."""

from __future__ import annotations

import contextlib
import hashlib
import os
import tarfile
import tempfile
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from vplug.artifact.entry_points import all_of
from vplug.discovery.archive import read_wheel
from vplug.discovery.metadata import parse_entry_points
from vplug.discovery.project import read_project
from vplug.discovery.target import Target
from vplug.discovery.tree import FolderTree, TarTree, decode
from vplug.errors import NothingFound, Unreadable, UsageFault, VplugError
from vplug.loader.groups import group_of, nearest_group
from vplug.model import OutcomeKind
from vplug.release import dist_folder
from vplug.release.again import epoch
from vplug.release.artifact_checks import CHECKS, run_checks
from vplug.release.artifacts import ignored_codes, judge_artifacts
from vplug.release.backend import Backend, backend_for
from vplug.release.evidence import Absent, gather
from vplug.release.failure import BuildFailed
from vplug.release.output import Output
from vplug.release.summary import Artifact, ArtifactKind, BuildReport, CheckResult

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from vplug.model import EntryPoint


def build_project(
    folder: Path,
    outdir: Path | None = None,
    isolation: bool = True,
    on_step: Callable[[str], None] | None = None,
    on_output: Callable[[str], None] | None = None,
    timeout: float | None = None,
    reproducible: bool | None = False,
) -> BuildReport:
    """Build an sdist, and a wheel from that sdist; check both and put them into ``outdir``.

    Artifacts that fail a check are put there too, for a person to look into; the report says so.
    Nothing is put there when the build fails or is interrupted.

    Args:
        folder: the project.
        outdir: where the artifacts go; ``dist`` in the project when ``None``.
        isolation: whether each backend call gets an environment of its own, as pip and build do.
        on_step: called with one line as each step begins.
        on_output: called with each line that the backend prints.
        timeout: seconds that each call of the backend may take; ``None`` for no limit.
        reproducible: whether to build twice and compare; ``None`` for all but compiled wheels.

    Raises:
        UsageFault: its ``[tool.vplug]`` is wrong, or ``folder`` or ``outdir`` is missing or no folder.
        NothingFound: ``folder`` holds no project.
        Unreadable: its metadata files are damaged.
        BuildFailed: the backend failed.
        VplugError: ``outdir`` cannot be written to.

    """
    step = on_step or (lambda _line: None)
    output = Output(on_output)
    look_at_project(folder)
    outdir = folder / "dist" if outdir is None else outdir
    dist_folder.look_at(outdir)
    # Before the backend runs: a setup.py may write what is read here.
    source = read_project(FolderTree(folder), str(folder))
    ignored = ignored_codes(source)
    how = _How(isolation, timeout, reproducible, {}, step, output)
    if reproducible is not False:
        how = replace(how, environ=epoch(folder.resolve()))
    with tempfile.TemporaryDirectory(prefix="vplug-build-", ignore_cleanup_errors=True) as made_in:
        made = _make(folder.resolve(), Path(made_in).resolve(), how)
        sdist, wheel, rebuilt, said = made.sdist, made.wheel, made.rebuilt, made.said
        step("checking the artifacts")
        evidence = gather(source, sdist, wheel, rebuilt)
        wanted = [item for item in CHECKS if not _is_hushed(item.name, ignored)]
        checks = run_checks(evidence, wanted)
        judged = judge_artifacts([sdist, wheel], source, made.twins, _answered(checks))
        placed = dist_folder.put([sdist, wheel], outdir)
        judged = tuple(
            replace(item, target=str(path)) for item, path in zip(judged, placed, strict=True)
        )
        kinds = (ArtifactKind.SDIST, ArtifactKind.WHEEL)
        artifacts = tuple(_artifact(kind, path) for kind, path in zip(kinds, placed, strict=True))
    name, version = _identity(evidence)
    notes = (*said, *_notes(source, evidence))
    return BuildReport(str(folder), name, version, artifacts, checks, notes, judged)


#: Check → the rules whose question it answers, with more to go by than the files alone: those rules
#: are not run beside it, and to ignore them is to ignore the check.
_ANSWERS = {
    "readable": ("VP501",),
    "entry-points": ("VP510",),
    "sdist-entry-points": ("VP510",),
    "record": ("VP507",),
    "twine": ("VP543", "VP544"),
}


def _answered(checks: Sequence[CheckResult]) -> tuple[str, ...]:
    codes = [code for codes in _ANSWERS.values() for code in codes]
    # Told once: the check says it of what surely runs, the rule of the rest too.
    failed = {check.name for check in checks if check.outcome is OutcomeKind.FAIL}
    return (*codes, *(["VP511"] if "own-imports" in failed else []))


def _is_hushed(check: str, ignored: frozenset[str]) -> bool:
    codes = _ANSWERS.get(check, ())
    return bool(codes) and ignored.issuperset(codes)


@dataclass(frozen=True, slots=True)
class _How:
    """How to build."""

    isolation: bool
    timeout: float | None
    reproducible: bool | None
    environ: Mapping[str, str]
    step: Callable[[str], None]
    output: Output

    def backend(
        self, folder: Path, kind: Literal["sdist", "wheel"]
    ) -> contextlib.AbstractContextManager[Backend]:
        return backend_for(
            folder,
            kind,
            isolation=self.isolation,
            output=self.output,
            timeout=self.timeout,
            environ=self.environ,
        )


@dataclass(frozen=True, slots=True)
class _Made:
    """What was built, and the same built again."""

    sdist: Path
    wheel: Path
    rebuilt: tuple[EntryPoint, ...] | Absent
    said: tuple[str, ...]
    twins: Mapping[Path, Path]


def look_at_project(folder: Path) -> None:
    """See that ``folder`` can be built.

    Raises:
        UsageFault: it is missing or no folder.
        Unreadable: it may not be read.
        NothingFound: it holds no project.
    """
    if not os.path.exists(folder):  # noqa: PTH110 - Path.exists raises where it may not look
        raise UsageFault(f"no such folder: {folder}", "give a plugin's project folder")
    if not folder.is_dir():
        raise UsageFault(
            f"{folder} is a file",
            "give the project folder; to check a built file, `vplug validate`",
        )
    if not os.access(folder, os.R_OK | os.X_OK):
        raise Unreadable(f"{folder} may not be read", "mend its permissions")
    if not any((folder / name).is_file() for name in ("pyproject.toml", "setup.py")):
        only_cfg = (folder / "setup.cfg").is_file()
        held = "setup.cfg alone" if only_cfg else "no pyproject.toml or setup.py"
        mend = "add a pyproject.toml with a [build-system] table"
        raise NothingFound(
            f"{folder} holds {held}: nothing to build",
            mend if only_cfg else "give a plugin's project folder",
        )


def _make(folder: Path, work: Path, how: _How) -> _Made:
    artifacts, again = work / "artifacts", work / "again"
    artifacts.mkdir()
    again.mkdir()
    first = "making an isolated environment" if how.isolation else "asking the build backend"
    twins: dict[Path, Path] = {}
    how.step(f"{first} for the sdist")
    with how.backend(folder, "sdist") as backend:
        how.step("building the sdist")
        sdist = backend.make("sdist", artifacts)
        said = list(backend.said)
        if how.reproducible is not False:
            how.step("building the sdist again, to compare")
            said += _again(backend, "sdist", sdist, again, twins)
    unpacked = unpack_sdist(sdist, work / "source")
    how.step(f"{first} for the wheel")
    # From the sdist and not from the folder, as `python -m build` does: what an index serves must
    # suffice, and what lies about in the folder (an old build/) must not leak in.
    with how.backend(unpacked, "wheel") as backend:
        how.step("building the wheel from the sdist")
        wheel = backend.make("wheel", artifacts)
        said += backend.said
        pure = wheel.name.endswith("-any.whl")
        if how.reproducible or (how.reproducible is None and pure):
            how.step("building the wheel again, to compare")
            # In another folder: a path that found its way into the wheel is a difference, too.
            other = backend.elsewhere(unpack_sdist(sdist, work / "source-again"))
            said += _again(other, "wheel", wheel, again, twins)
    how.step("asking for the project folder's own metadata, to compare")
    rebuilt = _from_folder(folder, work / "compared", wheel, how)
    return _Made(sdist, wheel, rebuilt, tuple(dict.fromkeys(said)), twins)


def _again(
    backend: Backend,
    kind: Literal["sdist", "wheel"],
    made: Path,
    folder: Path,
    twins: dict[Path, Path],
) -> list[str]:
    """Build once more and note the twin; what went wrong then is a note, for the first build stands."""
    try:
        twins[made] = backend.make(kind, folder)
    except BuildFailed as error:
        return [f"it was not seen whether the {kind} is reproducible: {error.message}"]
    if twins[made].name != made.name:
        return [f"built again, the {kind} is called {twins[made].name}, not {made.name}"]
    return []


def unpack_sdist(sdist: Path, into: Path) -> Path:
    """Unpack the sdist and return its one top folder.

    Raises:
        BuildFailed: it is damaged, unsafe, or does not hold one top folder.
    """
    try:
        tree = TarTree(sdist)  # refuses members that climb out, and bombs
        tops = tree.listdir("")
        if len(tops) != 1 or not tree.is_dir(tops[0]):
            raise BuildFailed(
                f"{sdist.name} does not hold one top folder but {len(tops)} entries: "
                "no wheel can be built from it"
            )
        with tarfile.open(sdist) as archive:
            if hasattr(tarfile, "data_filter"):  # CPython 3.11.4 and later
                archive.extractall(into, filter="data")
            else:  # the tree above looked at every name and link
                archive.extractall(into)  # noqa: S202
    except (tarfile.TarError, OSError, Unreadable) as error:
        reason = str(error).replace(str(sdist), sdist.name).partition("\n")[0].rstrip(":")
        raise BuildFailed(f"{sdist.name} cannot be unpacked: {reason}") from error
    return into / tops[0]


def _from_folder(
    folder: Path, work: Path, wheel: Path, how: _How
) -> tuple[EntryPoint, ...] | Absent:
    """Return the entry points that the backend gives when it is put to the *folder*.

    The hook of PEP 517 that makes the metadata alone is asked first: a second compilation may
    take an hour. Where that leaves the question open, a wheel without compiled code is built.
    """
    work.mkdir()
    try:
        with how.backend(folder, "wheel") as backend:
            made = backend.metadata(work)
            declared = made / "entry_points.txt" if made is not None else None
            if declared is not None and declared.is_file():
                text = decode(declared.read_bytes(), declared.name)
                return tuple(parse_entry_points(text, declared.name))
            # PEP 517 wants every metadata file written; hatchling (to 1.33) writes METADATA alone.
            if declared is not None and backend.name.startswith("setuptools"):
                return ()
            if not wheel.name.endswith("-any.whl"):
                return Absent("the backend tells no entry points without compiling again")
            return all_of(read_wheel(backend.make("wheel", work), "the folder's wheel"))
    except (OSError, VplugError) as error:
        reason = error.message if isinstance(error, VplugError) else str(error)
        return Absent(f"the backend cannot be put to the project folder: {reason}", sought=True)


def _artifact(kind: ArtifactKind, path: Path) -> Artifact:
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    return Artifact(kind, str(path), path.stat().st_size, digest)


def _identity(evidence: Mapping[str, object]) -> tuple[str | None, str | None]:
    for key in ("wheel", "sdist"):
        target = evidence.get(key)
        if isinstance(target, Target) and target.distribution.name:
            return target.distribution.name, target.distribution.version
    return None, None


def _notes(source: Target, evidence: Mapping[str, object]) -> tuple[str, ...]:
    wheel = evidence.get("wheel")
    declared = (wheel if isinstance(wheel, Target) else source).distribution.entry_points
    notes = []
    if not any(group_of(entry_point.group) for entry_point in declared):
        notes.append(
            "it declares no entry point in a group that vLLM reads: vLLM will load nothing from it"
        )
    for group in dict.fromkeys(entry_point.group for entry_point in declared):
        near = nearest_group(group) if group.startswith(("vllm.", "vllm_")) else None
        if group_of(group) is None and near is not None:
            notes.append(f"no vLLM release reads the group {group}; {near.name} is near")
    notes.extend(
        f"{item.path} declares entry points that the build does not take up: {item.ignored}"
        for item in source.declarations
        if item.ignored is not None and (item.entry_points or item.scripts)
    )
    return tuple(notes)
