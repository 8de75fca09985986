"""Every type that can be scaffolded, from its template to its proof in a real engine.

Each is made, validated, held against the releases that it declares, built, and verified from its
wheel, which installs it in front of the engine's environment. What nobody could know (which tokens a
logits processor is to allow, what a route takes) its own ``[tool.vplug.verify]`` says.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from vplug.scaffold.catalogue import TYPES

pytestmark = pytest.mark.live

#: Type → the beginnings of what it must be used by; every use must be "works".
USED: dict[str, tuple[str, ...]] = {
    "general": ("each process",),
    "model": ("each process", "generate with "),
    "io-processor": ("encode", "POST /pooling"),
    "platform": ("current platform",),
    "attention-backend": ("each process", "attention backend "),
    "stat-logger": ("records",),
    "logits-processor": ("generate",),
    "lora-resolver": ("each process", "serve an adapter"),
    "endpoint": ("POST /v1/",),
}


def vplug(*args: str | Path, cwd: Path) -> str:
    command = [sys.executable, "-m", "vplug", *map(str, args)]
    done = subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.mark.parametrize("kind", [item.name for item in TYPES])
def test_from_template_to_proof(kind: str, live: Any, tmp_path: Path) -> None:
    name = f"acme-{kind}"
    vplug("scaffold", kind, "--name", name, "--no-input", cwd=tmp_path)
    project = tmp_path / name
    vplug("validate", project, "--strict", cwd=tmp_path)
    vplug("compat", project, cwd=tmp_path)
    vplug("build", "--no-isolation", project, cwd=tmp_path)
    (wheel,) = (project / "dist").glob("*.whl")

    # A wheel does not hold it.
    told = project / "pyproject.toml"
    words = ["verify", wheel, "--python", live.python, "--live", "--live-settings", told]
    report = json.loads(vplug(*words, "--json", "--logs", tmp_path / "logs", cwd=tmp_path))

    (target,) = report["targets"]
    # Informations tell of seconds too, and a busy machine is slow.
    assert [item for item in target["findings"] if item["severity"] != "info"] == []
    seen = target["live"]
    assert all(engine["came_up"] for engine in seen["engines"]), seen["engines"]
    assert seen["differences"] == []
    uses = {use["how"]: (use["truth"], use["message"]) for use in seen["uses"]}
    assert all(truth == "works" for truth, _ in uses.values()), uses
    for beginning in USED[kind]:
        assert any(how.startswith(beginning) for how in uses), (beginning, uses)
    assert list((tmp_path / "logs").iterdir()), "the logs that were asked for"
