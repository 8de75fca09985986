"""Metadata of one distribution in several places: which one Python sees, and which one is to go."""

from __future__ import annotations

import importlib.metadata
from pathlib import Path
from typing import Any

import pytest
from tests.doctor.test_command import doctor, install, site

__all__ = ["site"]

_ENTRY = "[vllm.general_plugins]\nmine = mine:register\n"


def egg_info(site: Path, version: str) -> Path:
    """Lay out what `setup.py install` and `develop` leave: metadata without a list of files."""
    folder = site / f"mine-{version}.egg-info"
    folder.mkdir(parents=True)
    (folder / "PKG-INFO").write_text(f"Metadata-Version: 2.1\nName: mine\nVersion: {version}\n")
    (folder / "entry_points.txt").write_text(_ENTRY)
    return folder


def lay(site: Path) -> None:
    (site / "mine.py").write_text("def register():\n    pass\n")


def told(document: dict[str, Any], code: str) -> dict[str, Any]:
    (finding,) = [item for item in document["findings"] if item["code"] == code]
    return finding


@pytest.mark.parametrize("stale", ["1.0", "1.2.9", "1.10", "0.9.dev3"])
def test_what_python_sees_is_what_importlib_finds_first(site: Path, stale: str) -> None:
    lay(site)
    old = egg_info(site, stale)
    install(site, "mine", _ENTRY, "1.2.13" if stale != "1.10" else "1.11")
    seen = next(iter(importlib.metadata.distributions(name="mine", path=[str(site)])))
    first = f"{site}/mine-{seen.version}."
    _, document = doctor(site)
    finding = told(document, "VP603")
    assert f"Python sees only {first}" in finding["message"]
    assert document["environment"]["duplicates"][0]["paths"][0].startswith(first)
    for item in (finding, told(document, "VP607")):
        assert f"delete {old} alone" in item["hint"]
        assert "dist-info" not in item["hint"].partition("alone")[0]
        assert "not with pip" in item["hint"]


def test_of_one_version_the_one_that_python_does_not_see_goes(site: Path) -> None:
    lay(site)
    egg_info(site, "1.0")
    install(site, "mine", _ENTRY, "1.0")
    _, document = doctor(site)
    hidden = document["environment"]["duplicates"][0]["paths"][1]
    assert f"delete {hidden} alone" in told(document, "VP603")["hint"]


def test_a_version_that_nobody_can_compare_is_left_to_the_reader(site: Path) -> None:
    lay(site)
    egg_info(site, "unknown-of-ours")
    install(site, "mine", _ENTRY, "1.0")
    hint = told(doctor(site)[1], "VP603")["hint"]
    assert "one of" in hint
    assert "not with pip" in hint


def test_in_two_folders_code_and_metadata_go_together(
    site: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    early = tmp_path / "trial"
    install(early, "mine", _ENTRY, "1.0")
    install(site, "mine", _ENTRY, "2.0")
    lay(site)
    lay(early)
    monkeypatch.setenv("PYTHONPATH", str(early))
    from vplug.discovery.environment import Environment
    from vplug.doctor.diagnose import Request, diagnose

    environment = Environment("here", (str(early), str(site)), (str(site),))
    found = diagnose(Request(environment, None, run=False))
    (finding,) = [item for item in found.findings if item.code == "VP603"]
    assert f"Python sees only {early}/mine-1.0.dist-info" in finding.message
    assert finding.hint is not None
    assert f"out of date by its version: {early}/mine-1.0.dist-info" in finding.hint
    assert f"with its code, out of {early}" in finding.hint
