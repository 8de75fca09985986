"""The JSON that others parse: shapes, complete even when there is nothing to say."""

from __future__ import annotations

import json
from typing import Any

from tests.support import distribution

from vplug.loader import Allowlist, plan
from vplug.model import (
    Description,
    Distribution,
    Finding,
    InspectedPlugin,
    Inspection,
    Location,
    Origin,
    OriginKind,
    Outcome,
    OutcomeKind,
    Report,
    Severity,
    TargetReport,
    Undecided,
)
from vplug.report.as_json import (
    distribution_json,
    finding_json,
    location_json,
    outcome_json,
    plugin_json,
    report_json,
)
from vplug.report.inspection import inspection_json

BARE = Distribution(None, None, Origin(OriginKind.PROJECT, "."))
LOCATION = {"path", "line", "column", "end_line", "end_column"}
DISTRIBUTION = {
    "name",
    "version",
    "summary",
    "license",
    "requires_python",
    "homepage",
    "requires",
    "found",
    "editable_project",
}
PLUGIN = {
    "group",
    "name",
    "value",
    "distribution",
    "version",
    "declared_at",
    "path",
    "standing",
    "reason",
    "paths",
}
TARGET = {
    "target",
    "kind",
    "status",
    "error",
    "hint",
    "distribution",
    "plugins",
    "findings",
    "suppressed",
    "outcomes",
    "baselined",
    "hidden",
    "expired",
}


def plain(value: Any) -> Any:
    """What a reader gets: no enum, tuple or date that only this process knows."""
    again = json.loads(json.dumps(value, allow_nan=False))
    assert again == value
    return again


def test_places() -> None:
    assert location_json(None) is None
    assert plain(location_json(Location("a"))) == {
        "path": "a",
        "line": None,
        "column": None,
        "end_line": None,
        "end_column": None,
    }
    assert set(plain(location_json(Location("a", 1, 2, 3, 4))) or ()) == LOCATION


def test_a_bare_distribution_has_every_key() -> None:
    found = plain(distribution_json(BARE))
    assert set(found) == DISTRIBUTION
    assert found["requires"] == []
    assert found["found"] == {"kind": "project", "path": "."}


def test_a_plugin() -> None:
    (plugin,) = plan((distribution("demo", ("vllm.general_plugins", "mine", "d:f")),), Allowlist())
    found = plain(plugin_json(plugin))
    assert set(found) == PLUGIN
    assert (found["standing"], found["paths"], found["declared_at"]) == ("loads", [], None)


def test_findings_and_outcomes() -> None:
    finding = Finding("VP101", "unknown-group", Severity.ERROR, "…", Location("p", 1), "h", "g:n")
    assert plain(finding_json(finding)) == {
        "code": "VP101",
        "rule": "unknown-group",
        "severity": "error",
        "message": "…",
        "hint": "h",
        "plugin": "g:n",
        "also": [],
        "location": location_json(Location("p", 1)),
        "fingerprint": None,
    }
    outcome = Outcome("VP101", OutcomeKind.UNKNOWN, "why")
    assert plain(outcome_json(outcome)) == {
        "code": "VP101",
        "outcome": "cannot-tell",
        "plugin": None,
        "reason": "why",
        "location": None,
    }


def test_an_empty_report_is_whole() -> None:
    assert plain(report_json(Report(), "1.2", 3)) == {
        "schema": "vplug.report/1",
        "vplug": "1.2",
        "vllm": None,
        "vllm_note": None,
        "fail_on": "error",
        "status": 3,
        "summary": {"error": 0, "warning": 0, "info": 0},
        "targets": [],
    }


def test_an_unreadable_target_has_every_key() -> None:
    report = Report((TargetReport("x", error="gone", hint=None, status=4),))
    (found,) = plain(report_json(report, "1", 4))["targets"]
    assert set(found) == TARGET
    assert (found["distribution"], found["plugins"], found["findings"]) == (None, [], [])


def test_an_empty_inspection_is_whole() -> None:
    assert plain(inspection_json(Inspection("x", BARE))) == {
        "target": "x",
        "kind": "project",
        "distribution": distribution_json(BARE),
        "declared_vllm": [],
        "files": [],
        "scripts": [],
        "undecided": [],
        "plugins": [],
    }


def test_an_inspected_plugin_that_was_not_found_has_every_key() -> None:
    (plugin,) = plan((distribution("demo", ("vllm.x", "mine", "d:f")),), Allowlist())
    inspected = InspectedPlugin(plugin, Description("missing", problem="gone"), "vllm.x")
    inspection = Inspection(
        "x", BARE, plugins=(inspected,), undecided=(Undecided("version", "computed"),)
    )
    found = plain(inspection_json(inspection))
    (row,) = found["plugins"]
    assert set(row) == PLUGIN | {
        "processes",
        "on_load_failure",
        "on_call_failure",
        "target",
        "classes",
        "registers",
        "registers_complete",
        "registers_nothing",
        "registers_elsewhere",
        "replaces",
    }
    assert row["target"]["qualified_name"] is None
    assert row["target"]["signature"] is None
    assert row["target"]["returns"] == []
    assert found["undecided"] == [{"what": "version", "reason": "computed", "location": None}]
