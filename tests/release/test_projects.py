"""Whole builds of small projects: folders under ``projects``, each with its outcome beside it."""

from __future__ import annotations

import shutil
import tomllib
from pathlib import Path

import pytest

from vplug.errors import VplugError
from vplug.release import BuildFailed, build_project

CASES = sorted(Path(__file__).parent.joinpath("projects").glob("*.toml"))


def expectation(case: Path) -> dict:
    return tomllib.loads(case.read_text(encoding="utf-8"))


BUILDS = [case for case in CASES if "error" not in expectation(case)]
FAILURES = [case for case in CASES if "error" in expectation(case)]


def named(case: Path) -> str:
    return case.stem


@pytest.mark.parametrize("case", BUILDS, ids=named)
def test_checks_of_a_build(case: Path, tmp_path: Path) -> None:
    expected = expectation(case)
    project = shutil.copytree(case.with_suffix(""), tmp_path / "project")
    report = build_project(project, isolation=False)
    outcomes = {check.name: str(check.outcome) for check in report.checks}
    assert {name: outcomes[name] for name in expected["checks"]} == expected["checks"], report
    assert report.status == expected["status"]
    for name, words in expected.get("messages", {}).items():
        check = next(check for check in report.checks if check.name == name)
        assert words in "\n".join((check.message, *check.details))
    if "note" in expected:
        assert any(expected["note"] in note for note in report.notes)
    else:
        assert report.notes == ()
    # A failed check leaves the artifacts to look into; nothing else is left.
    assert sorted(path.name for path in (project / "dist").iterdir()) == sorted(
        Path(artifact.path).name for artifact in report.artifacts
    )


@pytest.mark.parametrize("case", FAILURES, ids=named)
def test_failure_to_build(case: Path, tmp_path: Path) -> None:
    expected = expectation(case)
    project = shutil.copytree(case.with_suffix(""), tmp_path / "project")
    with pytest.raises(VplugError) as caught:
        build_project(project, isolation=False)
    error = caught.value
    assert expected["error"] in error.message
    assert "\n" not in error.message
    assert error.status == expected["status"]
    assert expected.get("hint", "") in (error.hint or "")
    if "output" in expected:
        assert isinstance(error, BuildFailed)
        assert any(expected["output"] in line for line in error.output)
    assert not (project / "dist").exists()


# Written here and not kept as files: linters that walk the tree stumble over them.
@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[build-system", "pyproject.toml is not valid TOML"),
        ('[build-system]\nbuild-backend = "x"\n', "`requires` is a required property"),
        ('[build-system]\nrequires = ["a ??"]\n', "a build requirement is malformed"),
        ("[build-system]\nrequires = 1\n", "must be an array of strings"),
        ('build-system = "x"\n', "must be a table"),
    ],
)
def test_broken_pyproject(text: str, message: str, tmp_path: Path) -> None:
    tmp_path.joinpath("pyproject.toml").write_text(text)
    with pytest.raises(VplugError) as caught:
        build_project(tmp_path, isolation=False)
    assert message in caught.value.message
    assert str(tmp_path) not in caught.value.message
    assert "\n" not in caught.value.message
    assert caught.value.status == 4


def test_misspelt_table_is_noted(tmp_path: Path) -> None:
    case = Path(__file__).parent / "projects" / "clean-setup-py"
    project = shutil.copytree(case, tmp_path / "project")
    project.joinpath("pyproject.toml").write_text('[build_system]\nrequires = ["setuptools"]\n')
    report = build_project(project, isolation=False)
    assert [note for note in report.notes if "build_system" in note]


def test_every_check_passes_and_fails_in_some_build() -> None:
    seen: dict[str, set[str]] = {}
    for case in BUILDS:
        for name, outcome in expectation(case)["checks"].items():
            seen.setdefault(name, set()).add(outcome)
    # These two fail only when an sdist is tampered with: test_artifact_checks.py does that.
    tampered = {"sdist-metadata", "sdist-entry-points"}
    for name, outcomes in seen.items():
        assert "pass" in outcomes, name
        assert "fail" in outcomes or name in tampered, name
