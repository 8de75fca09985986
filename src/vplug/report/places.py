"""Where a finding stands for a program that reads a whole repository, not one target."""

from __future__ import annotations

import posixpath
import re

from vplug.model import Finding, Location, OriginKind, Outcome, OutcomeKind, TargetReport

_DRIVE = re.compile(r"^[A-Za-z]:[/\\]")
_ARCHIVES = {str(OriginKind.WHEEL), str(OriginKind.SDIST)}
#: Where a project's findings without a place of their own are shown.
_METADATA = "pyproject.toml"


def is_absolute(path: str) -> bool:
    """Return whether ``path`` starts at a root, POSIX or Windows, wherever this runs."""
    return path.startswith(("/", "\\\\")) or _DRIVE.match(path) is not None


def in_archive(target: TargetReport) -> bool:
    """Return whether the target's files are members of a wheel or sdist."""
    return target.kind in _ARCHIVES


def file_of(target: TargetReport, path: str | None) -> str:
    """Return the file that a reader can open, ``/``-separated.

    Relative to the folder that reports count from (:attr:`TargetReport.anchor`), absolute outside
    it. For a member of an archive that is the archive. Where ``path`` is ``None`` it is the file that
    declares the target's plugins.
    """
    anchor = target.anchor if target.anchor is not None else ""
    if in_archive(target):
        return anchor or target.target.replace("\\", "/")
    chosen = path if path is not None else _declared_in(target)
    if is_absolute(chosen):
        return chosen.replace("\\", "/")
    return posixpath.join(anchor, chosen) if anchor else chosen


def _declared_in(target: TargetReport) -> str:
    for plugin in target.plugins:
        if plugin.entry_point.location is not None:
            return plugin.entry_point.location.path
    if target.kind == OriginKind.ENVIRONMENT and target.distribution is not None:
        return target.distribution.origin.path
    return _METADATA


def member_of(target: TargetReport, finding: Finding) -> str:
    """Return ``path:line:column: `` of a member of an archive; empty for other targets."""
    if not in_archive(target) or finding.location is None:
        return ""
    return f"{finding.location}: "


def spot(target: TargetReport, place: Location) -> str:
    """Return ``FILE:LINE:COLUMN`` as a reader of the repository finds it; a member by its own path."""
    if in_archive(target):
        return str(place)
    return file_of(target, place.path) + str(place).removeprefix(place.path)


def sentence(finding: Finding) -> str:
    """Return the fact and the mend as one text."""
    return f"{finding.message}; {finding.hint}" if finding.hint else finding.message


def doubts(
    target: TargetReport,
) -> list[tuple[OutcomeKind, Location | None, str, tuple[str, ...]]]:
    """Return what could not be told and what crashed: kind, place, reason, and the rules' codes.

    One doubt that holds up several rules is told once.
    """
    told: dict[tuple[OutcomeKind, Location | None, str], dict[str, None]] = {}
    for outcome in target.outcomes:
        if outcome.kind in (OutcomeKind.UNKNOWN, OutcomeKind.CRASHED):
            key = (outcome.kind, outcome.location, _reason(outcome))
            told.setdefault(key, {})[outcome.code] = None
    return [(*key, tuple(code for code in codes if code)) for key, codes in told.items()]


def _reason(outcome: Outcome) -> str:
    return outcome.reason or "no reason given"
