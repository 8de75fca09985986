"""A scaffolded model in a real engine: its own comparison with its reference, and by name."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.live

HERE = Path(__file__).parent

MAKE = """
import sys
from pathlib import Path

sys.path.insert(0, sys.argv[1])
import reference

reference.save(reference.Reference(reference.tiny_config()), Path(sys.argv[2]))
"""


@pytest.fixture(scope="module")
def project(live: Any) -> Path:
    for args in (
        ("scaffold", "model", "--name", "acme-model", "--no-input"),
        ("validate", "acme-model", "--strict"),
        ("build", "--no-isolation", "acme-model"),
    ):
        done = subprocess.run(
            [sys.executable, "-m", "vplug", *args],
            cwd=live.folder,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
    folder: Path = live.folder / "acme-model"
    (wheel,) = (folder / "dist").glob("*.whl")
    live.install("--no-deps", wheel)
    return folder


def test_the_projects_own_tests_pass_with_vllm(live: Any, project: Path) -> None:
    """Among them: each step's log-probabilities of the whole vocabulary are the reference's."""
    live.install("pytest")
    status, output = live.run("-m", "pytest", "-p", "no:cacheprovider", cwd=project, timeout=1200)
    assert status == 0, output
    assert "skipped" not in output, "with vLLM and the plugin installed, nothing is to be skipped"


def generate(live: Any, project: Path, model: Path, plugins: str) -> Any:
    """Two tokens for one prompt, through the project's own script; or what the engine printed."""
    request, reply = live.folder / "model-request.json", live.folder / "model-reply.json"
    asked = {"model": str(model), "prompts": [[5, 6, 7]], "tokens": 2}
    settings = {"enforce_eager": True, "kv_cache_memory_bytes": 64 * 1024 * 1024}
    request.write_text(json.dumps({**asked, "settings": settings}), encoding="utf-8")
    env = live.environment(VLLM_PLUGINS=plugins)
    script = project / "tests" / "engine.py"
    status, output = live.run(script, request, reply, env=env)
    return output if status else json.loads(reply.read_text(encoding="utf-8"))


def test_it_generates_only_where_the_plugin_is_named(live: Any, project: Path) -> None:
    model = live.folder / "acme-checkpoint"
    status, output = live.run("-c", MAKE, project / "tests", model)
    assert status == 0, output
    (answer,) = generate(live, project, model, "acme_model")
    assert len(answer["tokens"]) == 2
    refused = generate(live, project, model, "another_plugin")
    assert isinstance(refused, str)
    assert "acme_model" in refused or "AcmeModelForCausalLM" in refused
