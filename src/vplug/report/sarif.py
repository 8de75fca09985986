"""A report as SARIF 2.1.0, in the shape that code scanning services read.

Those want, beyond the schema: all four region fields, paths relative to the repository, every rule
that was selected with its texts (of at most 1,024 characters) and its default level, and fingerprints
that outlive a moved line (GitHub's documentation, "SARIF support for code scanning").
"""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Sequence
from pathlib import PurePosixPath, PureWindowsPath
from typing import Any
from urllib.parse import quote

from vplug.model import (
    Finding,
    Location,
    Outcome,
    OutcomeKind,
    Report,
    RuleText,
    Severity,
    TargetReport,
)
from vplug.report.places import file_of, in_archive, is_absolute, member_of, sentence

SCHEMA_URI = (
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
)
#: The longest text of a rule that GitHub takes.
TEXT_LIMIT = 1024
#: The name of the repository's root in artifact locations.
ROOT = "%SRCROOT%"
LEVELS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "note"}
_PROBLEM = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "recommendation"}


def sarif(
    report: Report, rules: Sequence[RuleText], version: str, command: str = "validate"
) -> dict[str, Any]:
    """Return the report as one SARIF log with one run.

    Args:
        report: what was found.
        rules: every rule that was selected, in order; a finding's rule is among them.
        version: vplug's own.
        command: names the analysis, so that uploads of two commands do not replace each other.
    """
    indexes = {rule.code: number for number, rule in enumerate(rules)}
    seen: Counter[str] = Counter()
    results = [
        _result(target, finding, indexes, seen)
        for target in report.targets
        for finding in target.findings
    ]
    notes = [note for target in report.targets for note in _notifications(target, indexes)]
    failed = any(note["level"] == "error" for note in notes)
    return {
        "$schema": SCHEMA_URI,
        "version": "2.1.0",
        "runs": [
            {
                "tool": {
                    "driver": {
                        "name": "vplug",
                        "version": version,
                        "semanticVersion": version,
                        "rules": [_rule(rule) for rule in rules],
                    }
                },
                "automationDetails": {"id": f"vplug-{command}/"},
                "columnKind": "unicodeCodePoints",
                "originalUriBaseIds": {ROOT: {"description": {"text": "The repository's root."}}},
                "invocations": [
                    {"executionSuccessful": not failed, "toolExecutionNotifications": notes}
                ],
                "results": results,
            }
        ],
    }


def _rule(rule: RuleText) -> dict[str, Any]:
    return {
        "id": rule.code,
        "name": rule.name,
        "shortDescription": {"text": _short(rule.summary)},
        "fullDescription": {"text": _short(_full(rule))},
        "help": {"text": rule.documentation, "markdown": rule.documentation},
        "defaultConfiguration": {"level": LEVELS[rule.severity]},
        "properties": {
            "tags": ["vllm", "plugin"],
            "precision": "very-high",
            "problem.severity": _PROBLEM[rule.severity],
        },
    }


def _full(rule: RuleText) -> str:
    """The first paragraph under "What it does", else the summary."""
    found = re.search(r"## What it does\n+(.+?)(?:\n\n|\n#|\Z)", rule.documentation, re.DOTALL)
    return " ".join(found[1].split()) if found else rule.summary


def _short(text: str) -> str:
    return text if len(text) <= TEXT_LIMIT else text[: TEXT_LIMIT - 1] + "…"


def _result(
    target: TargetReport, finding: Finding, indexes: dict[str, int], seen: Counter[str]
) -> dict[str, Any]:
    result: dict[str, Any] = {
        "ruleId": finding.code,
        "level": LEVELS[finding.severity],
        "message": {"text": member_of(target, finding) + sentence(finding)},
        "locations": [_location(target, finding.location)],
    }
    if finding.code in indexes:
        result["ruleIndex"] = indexes[finding.code]
    if finding.fingerprint:
        mark = _mark(target, finding.fingerprint)
        seen[mark] += 1
        # GitHub compares the first; the second is as in JSON and baselines, for others.
        result["partialFingerprints"] = {
            "primaryLocationLineHash": f"{mark}:{seen[mark]}",
            "vplugFinding/v1": finding.fingerprint,
        }
    if finding.subject is not None:
        result["properties"] = {"plugin": finding.subject}
    return result


def _mark(target: TargetReport, fingerprint: str) -> str:
    """Sixteen hex digits that tell apart equal findings of two projects in one repository."""
    name = target.distribution.normalized_name if target.distribution is not None else None
    return hashlib.sha256(f"{name or ''}\0{fingerprint}".encode()).hexdigest()[:16]


def _location(target: TargetReport, place: Location | None) -> dict[str, Any]:
    member = place if place is not None and in_archive(target) else None
    found: dict[str, Any] = {
        "physicalLocation": {
            "artifactLocation": artifact(
                file_of(target, place.path if place is not None else None)
            ),
            "region": _region(None if member is not None else place),
        }
    }
    if member is not None:
        found["logicalLocations"] = [{"fullyQualifiedName": member.path, "kind": "member"}]
    return found


def artifact(file: str) -> dict[str, str]:
    """Return a file as an artifact location: relative ones count from the repository's root."""
    if is_absolute(file):
        windows = not file.startswith("/")
        return {"uri": (PureWindowsPath(file) if windows else PurePosixPath(file)).as_uri()}
    return {"uri": quote(file), "uriBaseId": ROOT}


def _region(place: Location | None) -> dict[str, int]:
    """All four fields, 1-based, the end column exclusive; the first line where none is known."""
    line = (place.line if place is not None else None) or 1
    column = (place.column if place is not None else None) or 1
    end_line = max((place.end_line if place is not None else None) or line, line)
    end_column = (place.end_column if place is not None else None) or column
    if end_line == line:
        end_column = max(end_column, column)
    return {
        "startLine": line,
        "startColumn": column,
        "endLine": end_line,
        "endColumn": end_column,
    }


def _notifications(target: TargetReport, indexes: dict[str, int]) -> list[dict[str, Any]]:
    """What could not be looked at or decided: never a result, and never silent."""
    notes: list[dict[str, Any]] = []
    if target.error is not None:
        text = f"{target.target}: {target.error}" + (f"; {target.hint}" if target.hint else "")
        notes.append({"level": "error", "message": {"text": text}})
    for known in target.expired:
        said = (
            f"{known.code} is gone: {known.message}; --write-baseline takes it out of the baseline"
        )
        place = Location(known.path) if known.path else None
        notes.append(
            {"level": "note", "message": {"text": said}, "locations": [_location(target, place)]}
        )
    return notes + [
        _notification(target, outcome, indexes)
        for outcome in target.outcomes
        if outcome.kind in (OutcomeKind.UNKNOWN, OutcomeKind.CRASHED)
    ]


def _notification(
    target: TargetReport, outcome: Outcome, indexes: dict[str, int]
) -> dict[str, Any]:
    crashed = outcome.kind is OutcomeKind.CRASHED
    word = "crashed" if crashed else "cannot tell"
    reason = outcome.reason or "no reason given"
    note: dict[str, Any] = {
        "level": "error" if crashed else "note",
        "message": {"text": f"{outcome.code} {word}: {reason}".strip()},
        "locations": [_location(target, outcome.location)],
    }
    if outcome.code in indexes:
        note["associatedRule"] = {"id": outcome.code, "index": indexes[outcome.code]}
    return note
