"""The gates in the formats for other programs."""

from __future__ import annotations

import json
from pathlib import Path
from xml.etree import ElementTree as ET

from tests.publish.made import committed
from tests.publish.servers import Handler, Index, serving
from tests.support import vplug_here, write

GATES = ["validate", "compat", "artifacts", "index", "git"]


def shown(form: str, url: str, folder: Path, *words: str, status: int) -> str:
    """What publishing prints in a format."""
    done = vplug_here("publish", "--repository-url", url, "--format", form, *words, cwd=folder)
    assert done.returncode == status, done.stdout + done.stderr
    return done.stdout


def cases(text: str) -> dict[str | None, str]:
    """The gates' cases in a JUnit document, and what became of them."""
    root = ET.fromstring(text)
    assert root.get("name") == "vplug publish"
    suite = next(suite for suite in root if suite.get("name") == "vplug publish")
    assert suite.get("tests") == str(len(suite))
    return {
        case.get("name"): case[0].tag if len(case) and case[0].tag != "system-out" else "passed"
        for case in suite
    }


def test_every_gate_is_a_case(plugin: Path, server: Index) -> None:
    committed(plugin)
    told = cases(shown("junit", server.login, plugin, "--dry-run", status=0))
    assert told == dict.fromkeys(GATES, "passed")
    told = cases(shown("junit", server.login, plugin, "--dry-run", "--allow-dirty", status=0))
    assert told == {**dict.fromkeys(GATES, "passed"), "git": "skipped"}
    told = cases(shown("junit", server.login, plugin, "--yes", status=0))
    assert told == dict.fromkeys([*GATES, "sending"], "passed")


def test_a_gate_that_fails(plugin: Path, server: Index) -> None:
    committed(plugin)
    write(plugin, {"stray.txt": "x"})
    words = ("--dry-run",)
    assert cases(shown("junit", server.login, plugin, *words, status=1))["git"] == "failure"
    line, *rest = shown("github", server.login, plugin, *words, status=1).splitlines()
    assert not any(other.startswith("::error") for other in rest)
    assert line.startswith("::error title=vplug publish%3A git::the tree is not clean: 1 path")
    log = json.loads(shown("sarif", server.login, plugin, *words, status=1))
    (run,) = log["runs"]
    (result,) = [item for item in run["results"] if item["level"] == "error"]
    assert (result["ruleId"], result["level"]) == ("publish/git", "error")
    place = result["locations"][0]["physicalLocation"]["artifactLocation"]
    assert place["uri"] == "pyproject.toml"
    rules = run["tool"]["driver"]["rules"]
    assert rules[result["ruleIndex"]]["id"] == "publish/git"
    assert [rule["id"] for rule in rules if rule["id"].startswith("publish")] == ["publish/git"]
    assert "| git | fail | the tree is not clean" in shown(
        "markdown", server.login, plugin, *words, status=1
    )


def test_findings_stand_beside_the_gates(plugin: Path, server: Index) -> None:
    broken = (plugin / "pyproject.toml").read_text().replace("demo:register", "demo:gone")
    write(plugin, {"pyproject.toml": broken})
    committed(plugin)
    log = json.loads(shown("sarif", server.login, plugin, "--dry-run", status=1))
    codes = [result["ruleId"] for result in log["runs"][0]["results"]]
    assert "VP104" in codes
    assert codes.count("publish/validate") == 1
    text = shown("github", server.login, plugin, "--dry-run", status=1)
    assert "title=vplug publish%3A validate::" in text
    assert "title=VP104" in text
    assert "cannot look at a target" not in text


def test_a_gate_that_cannot_tell_and_an_upload_that_fails(plugin: Path) -> None:
    committed(plugin)

    def nothing(handler: Handler) -> None:
        handler.answer(404)

    def refuse(handler: Handler) -> None:
        handler.body()
        handler.answer(413)

    with serving(refuse, do_GET=nothing) as url:
        login = url.replace("://", "://bob:secret-of-bob@")
        told = cases(shown("junit", login, plugin, "--dry-run", status=1))
        assert told["index"] == "failure"
        words = ("--yes", "--allow-unknown")
        told = cases(shown("junit", login, plugin, *words, status=4))
        assert (told["index"], told["sending"]) == ("skipped", "failure")
        text = shown("github", login, plugin, *words, status=4)
        assert "::error title=vplug publish%3A sending::" in text
        assert "::warning title=vplug publish%3A index::" in text
