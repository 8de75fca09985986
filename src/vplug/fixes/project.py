"""Mending a project: find what can be mended, show it as a diff, write it."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from vplug.atomic import write_bytes
from vplug.contracts.store import ContractStore
from vplug.discovery.project import read_project
from vplug.discovery.target import Target
from vplug.errors import UsageFault, VplugError
from vplug.fit.judge import Asked
from vplug.fit.masks import Masks
from vplug.fixes.mends import MENDABLE, Mend, mend
from vplug.fixes.overlay import Overlay
from vplug.model import Finding, OriginKind
from vplug.rules.config import Settings, combine, project_settings
from vplug.rules.engine import run_rules
from vplug.rules.evidence import Evidence
from vplug.rules.suppress import suppress

#: More mends than a project can need; a mend that brought back its own finding would go on for ever.
_LIMIT = 500


@dataclass(frozen=True, slots=True)
class FileChange:
    """One file before and after.

    Attributes:
        path: relative to the project, ``/``-separated.
        before: its bytes when it was read.
        after: its bytes to be.
    """

    path: str
    before: bytes
    after: bytes


@dataclass(frozen=True, slots=True)
class Mended:
    """What mending a project comes to; nothing of it is written yet.

    Attributes:
        root: the project's folder.
        mends: what is changed, in order.
        changes: the files it is changed in.
    """

    root: Path
    mends: tuple[Mend, ...]
    changes: tuple[FileChange, ...]


def plan(target: Target, settings: Settings) -> Mended:
    """Return every certain mend of the findings that ``settings`` select in a project.

    Each is made on top of those before it, and the project read anew after it, until nothing is left
    to mend: planning again after writing finds nothing.

    Raises:
        UsageFault: the target is no project folder, or its configuration is wrong.
    """
    if target.kind is not OriginKind.PROJECT:
        raise UsageFault(
            f"--fix mends project folders; {target.label} is "
            + ("installed" if target.kind is OriginKind.ENVIRONMENT else f"a {target.kind}"),
            "give the folder with its pyproject.toml",
        )
    root = Path(target.label)
    overlay = Overlay(target.tree)
    masks = Masks(ContractStore.bundled())
    made: list[Mend] = []
    given_up: set[tuple[object, ...]] = set()
    current = read_project(overlay, target.label)
    while len(made) < _LIMIT:
        found = _next(current, overlay, settings, masks, given_up)
        if found is None:
            break
        _refuse_outside(root, found.path)
        overlay.changed[found.path] = found.data
        made.append(found)
        given_up.clear()  # what stood in the way of one mend may be mended now
        current = read_project(overlay, target.label)
    changes = tuple(
        FileChange(path, overlay.original[path], data)
        for path, data in overlay.changed.items()
        if overlay.original[path] != data
    )
    return Mended(root, tuple(made), changes)


def _next(
    target: Target,
    overlay: Overlay,
    settings: Settings,
    masks: Masks,
    given_up: set[tuple[object, ...]],
) -> Mend | None:
    chosen = combine(project_settings(target.config, target.label), settings)
    codes = set(chosen.codes("--select/--ignore"))
    asked = Asked(masks, masks.store.newest)
    evidence = Evidence(target, None, lambda: asked)
    findings, _ = run_rules(evidence, [code for code in MENDABLE if code in codes])
    kept, _ = suppress(findings, overlay)
    # requires-python last: it is worked out from the range that VP407's mend may declare.
    for finding in sorted(kept, key=lambda finding: finding.code == "VP404"):
        key = _key(finding)
        if key in given_up:
            continue
        given_up.add(key)
        found = mend(finding, evidence, masks)
        if found is not None:
            # What is still there after its mend gets no second one; lines may have moved under others.
            return found
    return None


def _key(finding: Finding) -> tuple[object, ...]:
    place = finding.location
    return (
        finding.code,
        finding.message,
        finding.subject,
        place.path if place is not None else None,
        # Two equal faults on two lines are two: neither of these mends moves a line of code.
        place.line if place is not None and place.path.endswith(".py") else None,
    )


def _refuse_outside(root: Path, path: str) -> None:
    pure = PurePosixPath(path)
    if pure.is_absolute() or ".." in pure.parts or not _is_inside(root, path):
        raise VplugError(
            f"{path} lies outside the project {root}: it is not changed",
            "run --fix on the project that it belongs to",
        )


def _is_inside(root: Path, path: str) -> bool:
    return (root / path).resolve().is_relative_to(root.resolve())


def diff(mended: Mended, prefix: str) -> str:
    """Return the changes as one unified diff that ``git apply`` and ``patch -p1`` take.

    Args:
        mended: what would be changed; bytes that are no UTF-8 are in it as surrogate escapes.
        prefix: the project's folder as the diff should name it; empty for the current one.
    """
    return "".join(line for change in mended.changes for line in _diff(change, prefix))


def _diff(change: FileChange, prefix: str) -> Iterator[str]:
    name = f"{prefix}/{change.path}" if prefix else change.path
    before, after = (_lines(data) for data in (change.before, change.after))
    for line in difflib.unified_diff(before, after, f"a/{name}", f"b/{name}"):
        yield line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n"


def _lines(data: bytes) -> list[str]:
    # Only "\n" ends a line of a diff; what else there is stays in it, undecodable bytes too.
    text = data.decode("utf-8", "surrogateescape")
    return [line + "\n" for line in text.split("\n")[:-1]] + (
        [text.rpartition("\n")[2]] if not text.endswith("\n") and text else []
    )


def write(all_mended: Sequence[Mended]) -> None:
    """Write the changes, each file whole or not at all.

    Raises:
        VplugError: a file was changed since it was read (nothing is written then), or cannot be
            written.
    """
    for mended in all_mended:
        for change in mended.changes:
            path = mended.root / change.path
            try:
                now = path.read_bytes()
            except OSError as error:
                raise VplugError(f"cannot read {path}: {error.strerror or error}") from error
            if now != change.before:
                raise VplugError(
                    f"{path} was changed while vplug looked at it: nothing is written",
                    "run --fix again",
                )
    for mended in all_mended:
        for change in mended.changes:
            write_bytes(mended.root / change.path, change.after)
