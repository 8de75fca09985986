"""What people write into ``VLLM_PLUGINS`` and vLLM reads otherwise."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.doctor.test_command import doctor, install, plugin, site
from tests.support import vplug_here

__all__ = ["site"]

_OK = "def register():\n    pass"
_MEANT = "what you seem to mean: VLLM_PLUGINS="


@pytest.fixture
def factory(site: Path) -> Path:
    entries = "".join(f"factory_{n} = factory:register\n" for n in range(1, 8))
    install(site, "our_factory", f"[vllm.general_plugins]\n{entries}")
    (site / "factory.py").write_text(_OK)
    plugin(site, "fixing", _OK, "vllm.general_plugins")
    plugin(site, "mending", _OK, "vllm.general_plugins")
    return site


ALL_OF_IT = ",".join(f"factory_{n}" for n in range(1, 8))


@pytest.mark.parametrize(
    ("value", "message", "hint"),
    [
        (
            "our-factory",
            "it has factory_1, factory_2, factory_3, factory_4, factory_5 and 2 more",
            _MEANT + ALL_OF_IT,
        ),
        ("Our.Factory,fixing", "it names a distribution", f"{_MEANT}{ALL_OF_IT},fixing"),
        ("fixing;mending", "only commas separate names", f"{_MEANT}fixing,mending"),
        ("fixing mending", "only commas separate names", f"{_MEANT}fixing,mending"),
        ("fixing; mendin", "only commas separate names", f"{_MEANT}fixing,mending"),
        ("all", "no name stands for all of them", "unset VLLM_PLUGINS"),
        ("*", "leave VLLM_PLUGINS unset to load everything", "unset VLLM_PLUGINS"),
        ("fixing,ALL", "no name stands for all of them", "unset VLLM_PLUGINS"),
    ],
)
def test_what_was_meant_is_told(factory: Path, value: str, message: str, hint: str) -> None:
    _, document = doctor(factory, "--plugins", value)
    (finding,) = [item for item in document["findings"] if item["code"] == "VP606"]
    assert message in finding["message"]
    assert finding["hint"].startswith(hint)
    if value in ("all", "*", "fixing,ALL"):
        told = vplug_here("doctor", "--no-run", "--prefix", factory, VLLM_PLUGINS=value).stdout
        assert "what you seem to mean" not in told
        off = [item["hint"] for item in document["findings"] if item["code"] == "VP605"]
        assert set(off) == {"unset VLLM_PLUGINS"}


def test_a_plugin_that_is_called_all_is_named_by_it(site: Path) -> None:
    plugin(site, "all", _OK, "vllm.general_plugins")
    assert doctor(site, "--plugins", "all")[1]["findings"] == []
