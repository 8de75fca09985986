"""What released plugins import from vLLM that a release does not have.

``missing_imports.json`` holds, for each plugin and release, every import that loading it or calling its
function needs in vain (VP210; for those it can be told of easily, VP211 too). Each statement was found in
the plugin's source and each name looked up in the release's own source by programs that share nothing
with vplug; on 0.32.0 the plugins were loaded with vLLM's own loader where their dependencies allow.

``releases`` are those asked about; ``in`` those of them in which a line is true, all when absent.
``doubtful`` is true as well, of imports behind a test that only running decides: told as warnings.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from vplug.discovery.environment import Environment
from vplug.model import Severity
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


#: What the sentence of a fault says where only running tells whether the import is reached.
DOUBT = "; whether this runs hangs on "


def told(path: Path, release: str, *codes: str, doubtful: bool = False) -> set[Fact]:
    """What vplug tells, surely or as hanging on a test, without the release at each sentence's end."""
    (report,) = validate(
        [str(path)], Settings(select=codes), lambda: Environment("empty", ()), vllm=release
    ).targets
    assert report.error is None
    found = set()
    for finding in report.findings:
        assert finding.location is not None
        assert finding.message.endswith(f" (vLLM {release})")
        message, doubt, _ = finding.message.removesuffix(f" (vLLM {release})").partition(DOUBT)
        if bool(doubt) is not doubtful:
            continue
        assert not (doubt and finding.severity is Severity.ERROR)
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


@pytest.mark.parametrize(
    ("row", "release"),
    [
        case
        for case in CASES
        if true(case.values[0].get("doubtful", []), case.values[1], case.values[0])
    ],
)
def test_what_hangs_on_a_test_is_told_so(row: dict[str, Any], release: str, fetched: Any) -> None:
    path = fetched(row["project"], row["file"])
    assert true(row["doubtful"], release, row) <= told(path, release, "VP210", doubtful=True)
