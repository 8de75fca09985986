"""Findings that a comment on their line keeps quiet (``# vplug: ignore[CODE]``), or nobody asked for."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace

from vplug.discovery.tree import Tree
from vplug.errors import Unreadable
from vplug.model import Finding, Report, Severity, TargetReport

_COMMENT = re.compile(r"#\s*vplug:\s*ignore\[([^\]]*)\]")


def suppress(findings: Iterable[Finding], tree: Tree) -> tuple[tuple[Finding, ...], int]:
    """Return the findings that no comment keeps quiet, and how many one does.

    The comment stands on the finding's own line and names codes or rule names, comma-separated. It
    works wherever ``#`` begins a comment: Python, TOML and INI files.
    """
    kept = []
    quiet = 0
    lines: dict[str, list[str]] = {}
    for finding in findings:
        place = finding.location
        if place is None or place.line is None:
            kept.append(finding)
            continue
        if place.path not in lines:
            lines[place.path] = _lines(tree, place.path)
        text = lines[place.path]
        line = text[place.line - 1] if place.line <= len(text) else ""
        if _names(line) & {finding.code.lower(), finding.rule}:
            quiet += 1
        else:
            kept.append(finding)
    return tuple(kept), quiet


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
