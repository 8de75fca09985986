"""The JSON that others parse: its own shapes, each named by a ``schema`` field, never a dump of types.

A shape only ever gains keys within its version. docs/schemas holds their JSON Schemas.
"""

from __future__ import annotations

from typing import Any

from vplug.model import (
    Distribution,
    Finding,
    KnownFinding,
    Location,
    Outcome,
    Plugin,
    Report,
    TargetReport,
)

REPORT_SCHEMA = "vplug.report/1"


def location_json(location: Location | None) -> dict[str, Any] | None:
    """Return a place as JSON: path, and line and columns (1-based) or ``null``."""
    if location is None:
        return None
    return {
        "path": location.path,
        "line": location.line,
        "column": location.column,
        "end_line": location.end_line,
        "end_column": location.end_column,
    }


def distribution_json(distribution: Distribution) -> dict[str, Any]:
    """Return a distribution's identity and metadata as JSON."""
    return {
        "name": distribution.name,
        "version": distribution.version,
        "summary": distribution.summary,
        "license": distribution.license,
        "requires_python": distribution.requires_python,
        "homepage": distribution.homepage,
        "requires": list(distribution.requires),
        "found": {"kind": str(distribution.origin.kind), "path": distribution.origin.path},
        "editable_project": distribution.editable_project,
    }


def plugin_json(plugin: Plugin) -> dict[str, Any]:
    """Return a plugin's entry point and standing as JSON."""
    return {
        "group": plugin.group,
        "name": plugin.name,
        "value": plugin.entry_point.value,
        "distribution": plugin.distribution.name,
        "version": plugin.distribution.version,
        "declared_at": location_json(plugin.entry_point.location),
        "path": plugin.distribution.origin.path,
        "standing": str(plugin.standing.kind),
        "reason": plugin.standing.reason,
        "paths": list(plugin.standing.paths),
    }


def finding_json(finding: Finding) -> dict[str, Any]:
    """Return a finding as JSON."""
    return {
        "code": finding.code,
        "rule": finding.rule,
        "severity": str(finding.severity),
        "message": finding.message,
        "hint": finding.hint,
        "plugin": finding.subject,
        "also": list(finding.also),
        "location": location_json(finding.location),
        "fingerprint": finding.fingerprint,
    }


def outcome_json(outcome: Outcome) -> dict[str, Any]:
    """Return a rule's outcome as JSON."""
    return {
        "code": outcome.code,
        "outcome": str(outcome.kind),
        "plugin": outcome.subject,
        "reason": outcome.reason,
        "location": location_json(outcome.location),
    }


def _target_json(target: TargetReport) -> dict[str, Any]:
    return {
        "target": target.target,
        "kind": target.kind,
        "status": target.status,
        "error": target.error,
        "hint": target.hint,
        "distribution": distribution_json(target.distribution) if target.distribution else None,
        "plugins": [
            {"group": p.group, "name": p.name, "value": p.entry_point.value} for p in target.plugins
        ],
        "findings": [finding_json(finding) for finding in target.findings],
        "hidden": len(target.hidden),
        "suppressed": target.suppressed,
        "baselined": target.baselined,
        "expired": [_expired_json(known) for known in target.expired],
        "outcomes": [outcome_json(outcome) for outcome in target.outcomes],
    }


def _expired_json(known: KnownFinding) -> dict[str, Any]:
    return {
        "code": known.code,
        "path": known.path or None,
        "plugin": known.subject,
        "message": known.message,
        "fingerprint": known.fingerprint,
        "count": known.count,
    }


def report_json(report: Report, version: str, status: int) -> dict[str, Any]:
    """Return a whole validation report as JSON (``vplug.report/1``)."""
    from vplug.model import Severity

    return {
        "schema": REPORT_SCHEMA,
        "vplug": version,
        "vllm": report.labels.get("vllm"),
        "vllm_note": report.labels.get("note") or None,
        "fail_on": str(report.fail_on),
        "status": status,
        "summary": {str(severity): report.count(severity) for severity in Severity},
        "targets": [_target_json(target) for target in report.targets],
    }
