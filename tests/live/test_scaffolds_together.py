"""All types that can be scaffolded, proved in as few engines as can be: what every change must pass.

Seven of them live in one package, as a company might ship them, and are verified together: each must
do what it is for with the others at work beside it. The platform is verified by itself: with it, no
layer would ask for another attention backend. So is the LoRA resolver: with LoRA on, vLLM 0.32.0 on a
CPU fails where two requests of one step ask for logprobs of their prompts, as the endpoint's do
(punica_cpu.py, add_lora_logits: its buffer has a row for each prompt token, its indices one for each
request).
"""

from __future__ import annotations

import shutil
import tomllib
from pathlib import Path
from typing import Any

import pytest
import tomlkit

from vplug.scaffold.catalogue import TYPES

from .proofs import assert_used, verified, vplug

pytestmark = pytest.mark.live

APART = ("platform", "lora-resolver")


def merged(into: dict[str, Any], table: dict[str, Any]) -> None:
    """Lay a table over another, inner tables too; two values for one key are a fault of the test."""
    for key, value in table.items():
        if isinstance(value, dict):
            merged(into.setdefault(key, {}), value)
        else:
            assert key not in into, key
            into[key] = value


def one_package(kinds: list[str], folder: Path) -> Path:
    """A project that holds the scaffolds of several types, each with its entry point and settings."""
    place = folder / "acme-all"
    requires: list[str] = []
    entry_points: dict[str, Any] = {}
    settings: dict[str, Any] = {}
    for kind in kinds:
        name = f"acme-{kind}"
        vplug("scaffold", kind, "--name", name, "--no-input", cwd=folder)
        package = name.replace("-", "_")
        shutil.copytree(folder / name / "src" / package, place / package)
        table = tomllib.loads((folder / name / "pyproject.toml").read_text(encoding="utf-8"))
        requires += table["project"].get("dependencies", [])
        merged(entry_points, table["project"]["entry-points"])
        merged(settings, table["tool"]["vplug"].get("verify", {}))
    project = {
        "build-system": {"requires": ["hatchling"], "build-backend": "hatchling.build"},
        "project": {
            # One of them tells its distribution's version when it starts.
            "name": "acme-general",
            "version": "1",
            "dependencies": sorted(set(requires)),
            "entry-points": entry_points,
        },
        "tool": {
            "hatch": {"build": {"targets": {"wheel": {"include": ["acme_*"]}}}},
            "vplug": {"verify": settings},
        },
    }
    (place / "pyproject.toml").write_text(tomlkit.dumps(project), encoding="utf-8")
    return place


def test_seven_types_at_work_together(live: Any, tmp_path: Path) -> None:
    kinds = [item.name for item in TYPES if item.name not in APART]
    project = one_package(kinds, tmp_path)
    # Rules of VP75 alone: what needs no engine, `scaffolded` and the types' own proofs look at.
    seen = verified(project, live, "--select", "VP75", cwd=tmp_path)
    for kind in kinds:
        assert_used(kind, f"acme_{kind.replace('-', '_')}", seen)
    # One engine serves for several types: a matter of minutes in CI.
    assert len(seen["engines"]) < len(kinds)


@pytest.mark.parametrize("kind", APART)
def test_one_that_works_apart(live: Any, tmp_path: Path, kind: str) -> None:
    name = f"acme-{kind}"
    vplug("scaffold", kind, "--name", name, "--no-input", cwd=tmp_path)
    seen = verified(tmp_path / name, live, "--select", "VP75", cwd=tmp_path)
    assert_used(kind, name.replace("-", "_"), seen)
    assert seen["engines"]
