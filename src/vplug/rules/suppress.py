"""Findings that a comment on their line keeps quiet (``# vplug: ignore[CODE]``), or nobody asked for."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace

from vplug.discovery.tree import Tree
from vplug.errors import Unreadable
from vplug.model import (
    Finding,
    Location,
    Outcome,
    OutcomeKind,
    Report,
    Severity,
    TargetReport,
)
from vplug.rules.codes import CODES

_COMMENT = re.compile(r"#\s*vplug:\s*ignore\[([^\]]*)\]")


class Comments:
    """The ignore comments of a target's files, read as they are asked for.

    A comment stands on a finding's own line and names codes or rule names, comma-separated. It works
    wherever ``#`` begins a comment: Python, TOML and INI files.
    """

    def __init__(self, tree: Tree) -> None:
        self._tree = tree
        self._lines: dict[str, list[str]] = {}

    def quiet(self, code: str, rule: str, place: Location | None) -> bool:
        """Return whether a comment at ``place`` keeps the rule quiet."""
        if place is None or place.line is None:
            return False
        if place.path not in self._lines:
            self._lines[place.path] = _lines(self._tree, place.path)
        text = self._lines[place.path]
        line = text[place.line - 1] if place.line <= len(text) else ""
        return bool(_names(line) & {code.lower(), rule})


def suppress(findings: Iterable[Finding], tree: Tree) -> tuple[tuple[Finding, ...], int]:
    """Return the findings that no comment keeps quiet, and how many one does."""
    comments = Comments(tree)
    told = tuple(findings)
    kept = tuple(f for f in told if not comments.quiet(f.code, f.rule, f.location))
    return kept, len(told) - len(kept)


def settle(outcomes: Iterable[Outcome], tree: Tree) -> tuple[Outcome, ...]:
    """Return the outcomes; what cannot be told on a line whose comment names the rule is skipped."""
    comments = Comments(tree)
    return tuple(
        replace(item, kind=OutcomeKind.SKIPPED, reason="an ignore comment stands on the line")
        if item.kind is OutcomeKind.UNKNOWN
        and comments.quiet(item.code, CODES[item.code].name, item.location)
        else item
        for item in outcomes
    )


def _names(line: str) -> set[str]:
    return {
        name.strip().lower() for match in _COMMENT.finditer(line) for name in match[1].split(",")
    }


def _lines(tree: Tree, path: str) -> list[str]:
    try:
        return tree.read(path).decode("utf-8", errors="replace").splitlines()
    except (Unreadable, ValueError):
        return []


def hide_milder(report: Report, least: Severity) -> Report:
    """Return the report with the findings hidden that are milder than ``least``.

    What fails a target is always shown; statuses and counts stay as they are.
    """
    return replace(report, targets=tuple(_hide(target, least) for target in report.targets))


def _hide(target: TargetReport, least: Severity) -> TargetReport:
    shown: list[Finding] = []
    hidden: list[Finding] = []
    for finding in target.findings:
        fails = target.fail_on is not None and finding.severity.at_least(target.fail_on)
        (shown if fails or finding.severity.at_least(least) else hidden).append(finding)
    return replace(target, findings=tuple(shown), hidden=tuple(hidden))
