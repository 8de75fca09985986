"""vplug against released plugins.

``plugins.json`` says what is true of each; it was read from their sources by hand and, for those
that install beside the engine, seen with vLLM 0.32.0's own loader, before vplug was run on them.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from vplug.analysis.inspect import inspect_target
from vplug.discovery.environment import Environment
from vplug.discovery.open import open_target
from vplug.discovery.target import Target
from vplug.loader import Allowlist, plan
from vplug.model import OutcomeKind, Severity
from vplug.rules.config import Settings
from vplug.rules.validate import validate

pytestmark = pytest.mark.real

HERE = Path(__file__).parent
PLUGINS: list[dict[str, Any]] = json.loads((HERE / "plugins.json").read_text(encoding="utf-8"))


def _no_environment() -> Any:
    raise AssertionError("a file needs no environment")


@pytest.fixture(scope="module", params=PLUGINS, ids=lambda row: row["file"])
def released(request: pytest.FixtureRequest, fetched: Any) -> tuple[dict[str, Any], Target, Path]:
    row = request.param
    path = fetched(row["project"], row["file"])
    (target,) = open_target(str(path), _no_environment)
    return row, target, path


def test_identity(released: tuple[dict[str, Any], Target, Path]) -> None:
    row, target, _ = released
    assert target.distribution.normalized_name == row["project"].lower().replace("_", "-")
    assert target.distribution.version == row["version"]


def test_entry_points_lead_where_they_do(released: tuple[dict[str, Any], Target, Path]) -> None:
    row, target, _ = released
    inspection = inspect_target(target, plan((target.distribution,), Allowlist(None)))
    described = {(p.plugin.group, p.plugin.name): p.description for p in inspection.plugins}
    for expected in row["entry_points"]:
        key = (expected["group"], expected["name"])
        found = described[key]
        if expected["status"] == "missing":
            assert found.status in {"missing", "external"}, key
            continue
        if expected["status"] == "cannot tell":
            assert found.status in {"unknown", "external"}, key
            continue
        assert (found.status, found.kind) == ("found", expected["kind"]), (key, found.problem)
        if expected["defined_at"] is not None:
            assert found.location is not None
            assert f"{found.location.path}:{found.location.line}" == expected["defined_at"], key
        if "returns" in expected:
            assert sorted(text.strip('"') for text in found.returns) == expected["returns"], key
            assert all(item.problem is None for item in found.classes), key


def test_errors_are_the_true_ones(released: tuple[dict[str, Any], Target, Path]) -> None:
    row, _, path = released
    # What a vLLM release makes of it is judged in test_missing_imports.py.
    settings = Settings(ignore=("VP21", "VP22"))
    (report,) = validate([str(path)], settings, lambda: Environment("empty", ())).targets
    assert report.error is None
    errors = {f.code for f in report.findings if f.severity is Severity.ERROR}
    assert errors == set(row["errors"])
    assert not [o for o in report.outcomes if o.kind is OutcomeKind.CRASHED]


def test_behaviour_is_the_true_one(released: tuple[dict[str, Any], Target, Path]) -> None:
    """Each finding was read in the plugin's source after vplug had named it, and is true of it."""
    row, _, path = released
    settings = Settings(select=("VP3",))
    (report,) = validate(
        [str(path)], settings, lambda: Environment("empty", ()), vllm="0.33.0"
    ).targets
    found: dict[str, Any] = {}
    for finding in report.findings:
        assert finding.location is not None
        place = f"{finding.location.path}:{finding.location.line}"
        found.setdefault(finding.code, []).append(place)
    told = {
        code: len(places) if isinstance(row["behaviour"].get(code), int) else sorted(set(places))
        for code, places in found.items()
    }
    assert told == row["behaviour"]


def test_command_line_on_a_released_wheel(fetched: Any) -> None:
    path = fetched("vllm-metal", "vllm_metal-0.1.0-cp312-cp312-macosx_11_0_arm64.whl")
    done = subprocess.run(
        [sys.executable, "-m", "vplug", "inspect", str(path), "--json"],
        capture_output=True,
        text=True,
        check=True,
    )
    (target,) = json.loads(done.stdout)["targets"]
    by_name = {plugin["name"]: plugin for plugin in target["plugins"]}
    assert by_name["metal"]["target"]["qualified_name"] == "vllm_metal._register"
    assert by_name["metal"]["classes"][0]["bases"] == ["vllm.platforms.interface.Platform"]
    assert done.stderr == ""
