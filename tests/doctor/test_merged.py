"""Findings of one cause told once to people, and one a plugin to scripts."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.doctor.test_command import doctor, install, plugin, site
from tests.support import vplug_here

__all__ = ["site"]

_OK = "def register():\n    pass"
NAMES = [f"model_{number}" for number in range(12)]


@pytest.fixture
def many(site: Path) -> Path:
    entries = "".join(f"{name} = factory:register\n" for name in NAMES)
    install(site, "our_factory", f"[vllm.general_plugins]\n{entries}")
    (site / "factory.py").write_text(_OK)
    plugin(site, "fixing", _OK, "vllm.general_plugins")
    return site


@pytest.mark.parametrize("form", ["table", "markdown"])
def test_one_value_and_one_finding_for_all_that_is_switched_off(many: Path, form: str) -> None:
    told = vplug_here(
        "doctor", "--no-run", "--prefix", many, "--format", form, VLLM_PLUGINS="fixnig"
    ).stdout.replace("\\_", "_")
    assert told.index("VP606") < told.index("VP605")
    assert told.count("VP605") == 1
    assert "; 2 warnings" in told
    assert "12 plugins are switched off by VLLM" in told
    assert f": {', '.join(NAMES)} of our_factory 1.0" in told
    _, document = doctor(many, "--plugins", "fixnig")
    found = [item["message"] for item in document["findings"] if item["code"] == "VP605"]
    assert [message.partition(" ")[0] for message in found] == NAMES


def test_names_that_match_nothing_share_one_mend(many: Path) -> None:
    told = vplug_here(
        "doctor", "--no-run", "--prefix", many, VLLM_PLUGINS="fixnig,model_99,x"
    ).stdout
    (line,) = [line for line in told.splitlines() if " VP606 " in line]
    assert "VLLM_PLUGINS: 'fixnig' matches no plugin here; nearest: 'fixing'; 'model_99'" in line


def test_copies_of_one_distribution_are_hidden_as_one(many: Path) -> None:
    folder = many / "our_factory-0.9.egg-info"
    folder.mkdir()
    text = (many / "our_factory-1.0.dist-info" / "entry_points.txt").read_text()
    (folder / "entry_points.txt").write_text(text)
    (folder / "PKG-INFO").write_text("Metadata-Version: 2.1\nName: our_factory\nVersion: 0.9\n")
    told = vplug_here("doctor", "--no-run", "--prefix", many).stdout
    (line,) = [line for line in told.splitlines() if " VP607 " in line]
    assert f"{', '.join(NAMES)} of our_factory " in line
    assert " are hidden: other metadata of our_factory" in line
