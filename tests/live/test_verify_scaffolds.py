"""Every type that can be scaffolded, from its template to its proof in a real engine.

Each is made, validated, held against the releases that it declares, built, and verified from its
wheel, which installs it in front of the engine's environment. What nobody could know (which tokens a
logits processor is to allow, what a route takes) its own ``[tool.vplug.verify]`` says.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from vplug.scaffold.catalogue import TYPES

from .proofs import assert_used, verified, vplug

pytestmark = pytest.mark.live


@pytest.mark.parametrize("kind", [item.name for item in TYPES])
def test_from_template_to_proof(kind: str, live: Any, tmp_path: Path) -> None:
    name = f"acme-{kind}"
    vplug("scaffold", kind, "--name", name, "--no-input", cwd=tmp_path)
    project = tmp_path / name
    vplug("validate", project, "--strict", cwd=tmp_path)
    vplug("compat", project, cwd=tmp_path)
    vplug("build", "--no-isolation", project, cwd=tmp_path)
    (wheel,) = (project / "dist").glob("*.whl")

    logs = tmp_path / "logs"
    # A wheel does not hold its project's settings.
    told = ("--live-settings", project / "pyproject.toml")
    seen = verified(wheel, live, *told, "--logs", logs, cwd=tmp_path)
    assert_used(kind, name.replace("-", "_"), seen)
    assert list(logs.iterdir()), "the logs that were asked for"
