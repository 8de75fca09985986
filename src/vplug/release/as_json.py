"""A build report as JSON for other programs: schema ``vplug.build/1``.

Keys are only ever added under this schema; a change of meaning is a new one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from vplug.release.failure import BuildFailed
from vplug.report.as_json import finding_json, outcome_json

if TYPE_CHECKING:
    from vplug.errors import VplugError
    from vplug.release.summary import BuildReport

SCHEMA = "vplug.build/1"


def report_as_json(report: BuildReport) -> dict[str, Any]:
    """Return the document for a build that made artifacts; ``status`` is the exit status."""
    return {
        "schema": SCHEMA,
        "project": report.project,
        "distribution": report.distribution,
        "version": report.version,
        "artifacts": [
            {"kind": str(item.kind), "path": item.path, "size": item.size, "sha256": item.sha256}
            for item in report.artifacts
        ],
        "checks": [
            {
                "name": check.name,
                "outcome": str(check.outcome),
                "message": check.message,
                "details": list(check.details),
            }
            for check in report.checks
        ],
        "notes": list(report.notes),
        "judged": [
            {
                "artifact": item.target,
                "findings": [finding_json(finding) for finding in item.findings],
                "outcomes": [outcome_json(outcome) for outcome in item.outcomes],
                "suppressed": item.suppressed,
                "status": item.status,
            }
            for item in report.judged
        ],
        "error": None,
        "status": int(report.status),
    }


def failure_as_json(project: str, error: VplugError) -> dict[str, Any]:
    """Return the document for a build that made nothing: the same keys, empty, and the error."""
    return {
        "schema": SCHEMA,
        "project": project,
        "distribution": None,
        "version": None,
        "artifacts": [],
        "checks": [],
        "notes": [],
        "judged": [],
        "error": {
            "message": error.message,
            "hint": error.hint,
            "output": list(error.output) if isinstance(error, BuildFailed) else [],
        },
        "status": int(error.status),
    }
