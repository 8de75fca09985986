"""What released plugins import from vLLM that a release does not have.

``missing_imports.json`` holds, for each plugin and release, every import that loading it or calling its
function needs in vain (VP210; for those it can be told of easily, VP211 too). Each statement was found in
the plugin's source and each name looked up in the release's own source by programs that share nothing
with vplug; on 0.32.0 the plugins were loaded with vLLM's own loader where their dependencies allow.

``releases`` are those asked about; ``in`` those of them in which a line is true, all when absent.
``unseen`` is true as well, and vplug does not see it.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from vplug.discovery.environment import Environment
from vplug.rules.config import Settings
from vplug.rules.validate import validate

pytestmark = pytest.mark.real

PLUGINS: list[dict[str, Any]] = json.loads(
    Path(__file__).with_name("missing_imports.json").read_text(encoding="utf-8")
)
CASES = [
    pytest.param(row, release, id=f"{row['project']}-{release}")
    for row in PLUGINS
    for release in row["releases"]
]

Fact = tuple[str, str, int, str]


def told(path: Path, release: str, *codes: str) -> set[Fact]:
    """What vplug tells, without the release at each sentence's end."""
    (report,) = validate(
        [str(path)], Settings(select=codes), lambda: Environment("empty", ()), vllm=release
    ).targets
    assert report.error is None
    found = set()
    for finding in report.findings:
        assert finding.location is not None
        assert finding.message.endswith(f" (vLLM {release})")
        message = finding.message.removesuffix(f" (vLLM {release})")
        found.add((finding.code, finding.location.path, finding.location.line or 0, message))
    return found


def true(facts: list[dict[str, Any]], release: str, row: dict[str, Any]) -> set[Fact]:
    return {
        (fact["code"], fact["path"], fact["line"], fact["says"])
        for fact in facts
        if release in fact.get("in", row["releases"])
    }


@pytest.mark.parametrize(("row", "release"), CASES)
def test_missing_imports_are_the_true_ones(row: dict[str, Any], release: str, fetched: Any) -> None:
    path = fetched(row["project"], row["file"])
    expected = true(row["missing"], release, row)
    found = told(path, release, "VP210", "VP211")
    assert {fact for fact in found if fact[0] == "VP210"} == {
        fact for fact in expected if fact[0] == "VP210"
    }
    assert expected <= found


@pytest.mark.xfail(strict=True, reason="they run only after a test that reading cannot decide")
@pytest.mark.parametrize(
    ("row", "release"),
    [
        case
        for case in CASES
        if true(case.values[0].get("unseen", []), case.values[1], case.values[0])
    ],
)
def test_what_is_not_seen(row: dict[str, Any], release: str, fetched: Any) -> None:
    path = fetched(row["project"], row["file"])
    assert true(row["unseen"], release, row) <= told(path, release, "VP210")
