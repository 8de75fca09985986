"""The doctor in a real engine's environment: what vLLM itself chooses, asks and answers."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.live

RAISES = 'def register():\n    raise RuntimeError("no device")\n'
THING = """
from vllm.platforms.cpu import CpuPlatform


class Thing(CpuPlatform):
    device_name = "thing"
"""


def doctor(live: Any, site: Path, *args: str) -> dict[str, Any]:
    """The report on the engine's environment with the plugins of ``site`` in it."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("VLLM_", "VPLUG_"))}
    done = subprocess.run(
        [sys.executable, "-m", "vplug", "doctor", "--json", "--python", str(live.python), *args],
        env={**kept, "PYTHONPATH": str(site), "HF_HUB_OFFLINE": "1"},
        capture_output=True,
        text=True,
        check=False,
        timeout=400,
    )
    assert "Traceback" not in done.stderr, done.stderr
    document: dict[str, Any] = json.loads(done.stdout)
    return document


def install(site: Path, name: str, function: str, module: str = "") -> None:
    site.mkdir(exist_ok=True)
    info = site / f"{name}-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
    text = f"[vllm.platform_plugins]\n{name} = {name}:register\n"
    (info / "entry_points.txt").write_text(text)
    (site / f"{name}.py").write_text(function)
    if module:
        (site / f"{name}_impl.py").write_text(module)


def test_the_engines_own_environment(live: Any, tmp_path: Path) -> None:
    document = doctor(live, tmp_path / "none")
    assert document["platform"]["current"] == "vllm.platforms.cpu.CpuPlatform"
    assert document["platform"]["rule"] == document["foretold"]["rule"] == "one-built-in"
    assert not [item for item in document["findings"] if item["severity"] == "error"]
    told = {item["name"]: item for item in document["devices"]["platform"]}
    assert told["device_type"]["value"] == "cpu"
    assert told["get_cpu_architecture"]["error"] is None
    assert {item["outcome"] for item in document["outcomes"]} <= {
        "pass", "fail", "skipped", "cannot-tell",
    }  # fmt: skip


def test_a_plugin_that_wins_beside_one_that_raises(live: Any, tmp_path: Path) -> None:
    site = tmp_path / "site"
    install(site, "mine", 'def register():\n    return "mine_impl.Thing"\n', THING)
    install(site, "broken", RAISES)
    document = doctor(live, site)
    assert document["platform"]["current"] == "mine_impl.Thing"
    assert document["platform"]["winner"] == document["foretold"]["winner"] == "mine"
    (finding,) = [item for item in document["findings"] if item["code"] == "VP620"]
    assert "RuntimeError: no device" in finding["message"]
    answers = {c["name"]: c["answer"] for c in document["platform"]["candidates"]}
    assert "broken.py" in answers["broken"]["traceback"]
    assert "importlib" not in answers["broken"]["traceback"]
