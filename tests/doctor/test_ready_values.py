"""Values of ``VLLM_PLUGINS`` that are ready to be set: none names what is known to fail."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tests.doctor.test_bad_input import Broken, broken, pytestmark
from tests.doctor.test_command import doctor, plugin, site
from tests.support import vplug_here

__all__ = ["broken", "pytestmark", "site"]

_OK = "def register():\n    pass"
_FAILS = "def register():\n    raise OSError('no')"


def of(document: dict[str, Any], code: str) -> list[dict[str, Any]]:
    return [item for item in document["findings"] if item["code"] == code]


def test_what_hung_and_what_was_not_asked_then_are_left_out(broken: Broken) -> None:
    broken.plugin("hangs", "import time\ndef register():\n    time.sleep(1000)")
    broken.plugin("raises", "def register():\n    raise OSError('no')")
    broken.plugin("fine", "def register():\n    return None")
    document = broken.doctor("--timeout", "4")
    assert document["load_plan"]["exactly"] == "fine"
    (finding,) = of(document, "VP622")
    assert "no answer" in finding["message"]
    assert "exception" not in finding["hint"]
    assert "the function of hangs" in finding["hint"]
    assert "--timeout" in finding["hint"]
    assert finding["hint"].endswith("to leave it out: VLLM_PLUGINS=fine")


def test_a_winner_whose_platform_cannot_be_made_is_left_out(site: Path) -> None:
    plugin(site, "mine", 'def register():\n    return "mine.Nothing"')
    plugin(site, "models", _OK, "vllm.general_plugins")
    assert doctor(site)[1]["load_plan"]["exactly"] == "models"


def test_a_misspelt_name_of_one_that_fails_is_told_so(site: Path) -> None:
    plugin(site, "mine", "import no_such_library", "vllm.general_plugins")
    plugin(site, "models", _OK, "vllm.general_plugins")
    _, document = doctor(site, "--plugins", "mien,models")
    (finding,) = of(document, "VP606")
    assert "mine would fail: ModuleNotFoundError: No module named" in finding["hint"]
    assert finding["hint"].endswith("what works of what you seem to mean: VLLM_PLUGINS=models")
    told = vplug_here("doctor", "--no-run", "--prefix", site, VLLM_PLUGINS="mien,models").stdout
    label = "# what you seem to mean, without what fails (mine)"
    assert f"{label}\nVLLM_PLUGINS=models\n" in told


def test_what_is_switched_off_and_would_fail_is_not_offered(site: Path) -> None:
    plugin(site, "models", _OK, "vllm.general_plugins")
    plugin(site, "works", _OK, "vllm.general_plugins")
    plugin(site, "fails", _FAILS, "vllm.general_plugins")
    plugin(site, "chip", _FAILS)
    status, document = doctor(site, "--plugins", "models")
    told = {item["message"].partition(" ")[0]: item for item in of(document, "VP605")}
    assert status == 0
    assert told["works"]["hint"].endswith("VLLM_PLUGINS=models,works")
    for name in ("fails", "chip"):
        assert told[name]["severity"] == "info"
        assert told[name]["hint"].startswith("leave it so: it would fail (OSError")
