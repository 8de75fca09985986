"""A publish report as JSON for other programs: schema ``vplug.publish/1``.

Keys are only ever added under this schema; a change of meaning is a new one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from vplug.report.as_json import finding_json

if TYPE_CHECKING:
    from vplug.errors import VplugError
    from vplug.release.publish.nouns import Gate, PublishReport

SCHEMA = "vplug.publish/1"


def report_as_json(report: PublishReport) -> dict[str, Any]:
    """Return the document for a report; ``status`` is the exit status."""
    chosen = report.chosen
    return {
        "schema": SCHEMA,
        "project": str(chosen.project) if chosen.project is not None else None,
        "distribution": chosen.distribution,
        "version": chosen.version,
        "repository": {"name": report.repository, "url": report.url, "index": report.index},
        "dry_run": report.dry_run,
        "files": [
            {
                "path": str(file.path),
                "kind": str(file.kind),
                "size": file.size,
                "sha256": file.sha256,
                "attestations": [str(path) for path in file.attestations],
                "state": str(file.state),
                "on_index": str(file.seen),
            }
            for file in chosen.files
        ],
        "gates": [_gate(gate) for gate in report.gates],
        "notes": list(chosen.notes),
        "install": report.install,
        "finish": report.finish,
        "error": _error(report.failure.message, report.failure.hint) if report.failure else None,
        "status": int(report.status),
    }


def _gate(gate: Gate) -> dict[str, Any]:
    return {
        "name": gate.name,
        "outcome": str(gate.outcome),
        "message": gate.message,
        "details": list(gate.details),
        "hint": gate.hint,
        "targets": [
            {
                "target": target.target,
                "error": target.error,
                "hint": target.hint,
                "findings": [finding_json(finding) for finding in target.findings],
            }
            for target in gate.reports
        ],
    }


def error_as_json(error: VplugError) -> dict[str, Any]:
    """Return the document where nothing could be judged: the same keys, empty, and the error."""
    return {
        "schema": SCHEMA,
        "project": None,
        "distribution": None,
        "version": None,
        "repository": None,
        "dry_run": False,
        "files": [],
        "gates": [],
        "notes": [],
        "install": None,
        "finish": None,
        "error": _error(error.message, error.hint),
        "status": int(error.status),
    }


def _error(message: str, hint: str | None) -> dict[str, Any]:
    return {"message": message, "hint": hint}
