"""``vplug verify`` in an environment that has a real vLLM: scaffolds are clean, faults are found."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.live

FAULTY = {
    "pyproject.toml": """\
[build-system]
requires = ["hatchling"]
build-backend = "hatchling.build"

[project]
name = "faulty"
version = "1"

[project.entry-points."vllm.general_plugins"]
patches = "faulty:patches"
lazy_model = "faulty:lazy_model"
connector = "faulty:connector"

[project.entry-points."vllm.io_processor_plugins"]
old_io = "faulty:old_io"
""",
    "faulty.py": """\
def patches():
    from vllm.v1.worker.worker_base import WorkerBase

    WorkerBase.get_model = lambda self: None


def lazy_model():
    from vllm import ModelRegistry

    ModelRegistry.register_model("AcmeForCausalLM", "faulty_model:AcmeForCausalLM")


def connector():
    from vllm.distributed.kv_transfer.kv_connector.factory import KVConnectorFactory

    KVConnectorFactory.register_connector("Acme", "faulty_model", "Acme")


def old_io():
    return "faulty_io.Processor"
""",
    "faulty_io.py": """\
from vllm.plugins.io_processors.interface import IOProcessor


class Processor(IOProcessor):
    def __init__(self, vllm_config):
        super().__init__(vllm_config)

    def parse_data(self, data):
        return data

    def pre_process(self, prompt, request_id=None, **kwargs):
        return prompt

    def post_process(self, model_output, request_id=None, **kwargs):
        return model_output
""",
}


def verify(live: Any, target: str | Path) -> dict[str, Any]:
    options = ("--no-isolation", "--json", "--timeout", "600", "--python", live.python)
    done = subprocess.run(
        [sys.executable, "-m", "vplug", "verify", target, *options],
        capture_output=True,
        text=True,
        check=False,
        cwd=live.folder,
    )
    assert done.stdout, done.stderr
    (target_report,) = json.loads(done.stdout)["targets"]
    assert target_report["error"] is None
    return target_report


@pytest.mark.parametrize("project", ["io_processor", "general"])
def test_a_scaffold_is_clean(live: Any, project: str, request: pytest.FixtureRequest) -> None:
    report = verify(live, request.getfixturevalue(project))
    assert report["findings"] == []
    assert {item["ending"] for seen in report["observations"] for item in seen["attempts"]} == {
        "replied"
    }
    assert not [item for item in report["outcomes"] if item["outcome"] == "crashed"]


def test_faults_that_only_running_tells(live: Any, tmp_path: Path) -> None:
    for name, text in FAULTY.items():
        (tmp_path / name).write_text(text)
    # hatchling takes one module of the project's name by itself; the others are named here.
    names = ", ".join(f'"{name}"' for name in FAULTY if name.endswith(".py"))
    with (tmp_path / "pyproject.toml").open("a") as file:
        file.write(f"\n[tool.hatch.build]\ninclude = [{names}]\n")
    report = verify(live, tmp_path)
    found = {
        (item["plugin"].partition(":")[2] if item["plugin"] else None, item["code"]): item[
            "message"
        ]
        for item in report["findings"]
    }
    assert "WorkerBase.get_model" in found["patches", "VP722"]
    assert "faulty_model" in found["lazy_model", "VP711"]
    assert ("connector", "VP703") in found
    assert "vllm_config, renderer" in found["old_io", "VP711"]
    registered = [
        change["name"]
        for seen in report["observations"]
        for item in seen["attempts"]
        for change in item["changes"]
        if change["kind"] == "registry"
    ]
    assert any("ModelRegistry.models[AcmeForCausalLM]" in name for name in registered)
    assert any("KVConnectorFactory._registry[Acme]" in name for name in registered)
