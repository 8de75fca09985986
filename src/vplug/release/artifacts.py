"""Judging built files: the rules VP5xx over wheels and sdists, without running anything."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from vplug.discovery.archive import read_sdist
from vplug.discovery.project import read_project
from vplug.discovery.tree import FolderTree
from vplug.errors import ExitStatus, NothingFound, VplugError
from vplug.loader import Allowlist, plan
from vplug.model import Location, OutcomeKind, TargetReport
from vplug.rules.built import Built
from vplug.rules.config import Settings, project_settings
from vplug.rules.engine import judge_all
from vplug.rules.evidence import Evidence
from vplug.rules.fingerprint import with_fingerprints
from vplug.rules.registry import select_codes
from vplug.rules.suppress import suppress
from vplug.rules.verdict import Skip

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from vplug.discovery.target import Target
    from vplug.model import Finding, Outcome

_CODES = select_codes(("VP5",), ())


def judge(files: Sequence[Path], project: Path | None) -> tuple[Finding, ...]:
    """Return the findings of the artifact rules on ``files``, worst first.

    What ``[tool.vplug]`` of the project ignores is left out. A file that is no distribution, or
    cannot be read, is a finding too, not an exception. A finding's path is the file's name, then
    ``!`` and the member where it speaks of one.

    Args:
        files: wheels and sdists of one release of one project.
        project: the folder they were built from, to compare with; ``None`` where it is not at hand.

    Raises:
        UsageFault: the project's ``[tool.vplug]`` is wrong.
        Unreadable: the project's metadata files are damaged.

    """
    reports = judge_artifacts(files, _project(project))
    found = [
        replace(finding, location=_within(path, finding.location))
        for path, report in zip(files, reports, strict=True)
        for finding in report.findings
    ]
    return tuple(sorted(found, key=lambda item: (item.severity.rank, item.code)))


def judge_artifacts(
    files: Sequence[Path],
    source: Target | None,
    twins: Mapping[Path, Path] | None = None,
    leave_out: Sequence[str] = (),
) -> tuple[TargetReport, ...]:
    """Return a report on each file, in their order.

    Args:
        files: wheels and sdists of one release of one project.
        source: the project that they were built from, or ``None``.
        twins: file → the same file built a second time.
        leave_out: codes of rules that something else answers.

    Raises:
        UsageFault: the project's ``[tool.vplug]`` is wrong.

    """
    sdist = _sdist(files)
    owner = source if source is not None else sdist
    settings = Settings()
    if owner is not None:
        settings = project_settings(owner.config, owner.label)
    chosen = set(settings.selected("[tool.vplug]")) & set(_CODES)
    if settings.select and not set(select_codes(settings.select, ())) & set(_CODES):
        # It selects among other commands' rules alone, and says nothing of these.
        chosen = set(select_codes(("VP5",), settings.ignore))
    codes = tuple(code for code in _CODES if code in chosen and code not in leave_out)
    config = owner.config if owner is not None and isinstance(owner.config, dict) else {}
    reports = []
    for path in files:
        built = Built(
            path,
            evidence=Evidence(sdist) if sdist is not None and sdist.label == str(path) else None,
            source=source,
            sdist=sdist if path.name.endswith(".whl") else None,
            twin=(twins or {}).get(path),
            beside=tuple(other for other in files if other != path),
            config=config,
        )
        reports.append(_report(built, settings, codes))
    return tuple(reports)


def ignored_codes(source: Target) -> frozenset[str]:
    """Return the codes that the project's ``[tool.vplug]`` ignores.

    Raises:
        UsageFault: that table is wrong.

    """
    settings = project_settings(source.config, source.label)
    return frozenset(select_codes((), ())) - set(select_codes((), settings.ignore))


def _report(built: Built, settings: Settings, codes: tuple[str, ...]) -> TargetReport:
    findings, outcomes = judge_all(codes, built=built)
    quiet, target = 0, None
    try:
        target = built.target
    except Skip:
        pass
    else:
        findings, quiet = suppress(findings, target.tree)
        findings = with_fingerprints(findings, target)
    return TargetReport(
        target=str(built.path),
        kind=str(target.kind) if target is not None else None,
        distribution=target.distribution if target is not None else None,
        plugins=plan((target.distribution,), Allowlist(None)) if target is not None else (),
        findings=findings,
        outcomes=outcomes,
        suppressed=quiet,
        status=int(_status(findings, outcomes, settings)),
        fail_on=settings.threshold,
        strict=settings.strict,
    )


def _status(
    findings: Sequence[Finding], outcomes: Sequence[Outcome], settings: Settings
) -> ExitStatus:
    kinds = {outcome.kind for outcome in outcomes}
    if OutcomeKind.CRASHED in kinds:
        return ExitStatus.FAILED
    failing = any(finding.severity.at_least(settings.threshold) for finding in findings)
    if failing or (settings.strict and OutcomeKind.UNKNOWN in kinds):
        return ExitStatus.FINDINGS
    return ExitStatus.CLEAN


def _project(folder: Path | None) -> Target | None:
    if folder is None:
        return None
    try:
        return read_project(FolderTree(folder), str(folder))
    except NothingFound:
        return None


def _sdist(files: Sequence[Path]) -> Target | None:
    for path in files:
        if not path.name.endswith(".whl"):
            try:
                return read_sdist(path, str(path))
            except VplugError:  # VP501 and its like tell that
                continue
    return None


def _within(path: Path, location: Location | None) -> Location:
    if location is None:
        return Location(path.name)
    return replace(location, path=f"{path.name}!{location.path}")
