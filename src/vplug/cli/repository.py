"""The folder that paths in reports count from, and where a target lies in it."""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from vplug.model import OriginKind, Report, TargetReport

#: Where CI services put the checkout: GitHub's runner and GitLab's.
_CHECKOUTS = ("GITHUB_WORKSPACE", "CI_PROJECT_DIR")


def repository_root() -> Path:
    """Return the checkout of the CI service, the git repository around, or the current folder."""
    here = Path.cwd()
    for name in _CHECKOUTS:
        value = os.environ.get(name)
        if value and here.is_relative_to(Path(value)):
            return Path(value)
    return next((folder for folder in (here, *here.parents) if (folder / ".git").exists()), here)


def anchored(report: Report, root: Path) -> Report:
    """Return the report with every target's place relative to ``root``."""
    return replace(report, targets=tuple(_anchored(report.targets, root)))


def _anchored(targets: Iterable[TargetReport], root: Path) -> Iterable[TargetReport]:
    for target in targets:
        if target.kind in (None, str(OriginKind.ENVIRONMENT)):
            yield target
        else:
            yield replace(target, anchor=_relative(target.target, root))


def _relative(label: str, root: Path) -> str:
    for place, start in (
        (os.path.abspath(label), str(root)),  # noqa: PTH100 - must not follow links
        (os.path.realpath(label), os.path.realpath(root)),
    ):
        try:
            found = os.path.relpath(place, start)
        except ValueError:  # another drive
            continue
        if found != os.pardir and not found.startswith(os.pardir + os.sep):
            return "" if found == os.curdir else Path(found).as_posix()
    return Path(label).resolve().as_posix()
