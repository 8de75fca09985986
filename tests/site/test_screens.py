"""The pictures are of this version, and of what the commands print now."""

from __future__ import annotations

import os
import re
import sys
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest

ROOT = Path(__file__).parent.parent.parent
sys.path.insert(0, str(ROOT / "docs"))
pytest.importorskip("pty", reason="pictures are made in a terminal of POSIX")
import screens  # noqa: E402
from scenes import SCENES, Means, Scene  # noqa: E402

PICTURES = sorted((ROOT / "docs" / "screens").iterdir())
NEEDING = {need: [s for s in SCENES if s.needs == need] for need in ("", "released", "engine")}


def test_there_is_one_picture_a_scene() -> None:
    assert {path.name for path in PICTURES} == {f"{scene.name}.svg" for scene in SCENES}
    shown = {
        command.split()[1] for command in (s.command.split(" ~/")[0] for s in SCENES) if command
    }
    assert shown


@pytest.mark.parametrize("scene", SCENES, ids=lambda scene: scene.name)
def test_a_picture_is_of_this_version_and_command(scene: Scene) -> None:
    assert screens.stale(scene) is None


@pytest.mark.parametrize("path", PICTURES, ids=lambda path: path.stem)
def test_a_picture_shows_the_text_that_it_holds(path: Path) -> None:
    """So that the check of the text is a check of the picture."""
    command, _, text = screens.held(path)
    root = ET.parse(path).getroot()
    drawn = "".join(
        "".join(node.itertext()) for node in root.iter("{http://www.w3.org/2000/svg}text")
    )
    shown = "".join(drawn.split())
    for line in [f"$ {command}", *text.splitlines()]:
        assert "".join(line.split()) in shown


@pytest.mark.parametrize("path", PICTURES, ids=lambda path: path.stem)
def test_a_picture_asks_nobody_and_names_no_machine(path: Path) -> None:
    svg = path.read_text(encoding="utf-8")
    assert set(re.findall(r"https?://[^\s\"<]+", svg)) <= {"http://www.w3.org/2000/svg"}
    assert not re.search(r"url\((?!#)|@import|<script|<image", svg)
    for said in (str(ROOT), str(Path.home()), "/tmp/", "/home/", os.uname().nodename):
        assert len(said) < 4 or said not in screens.held(path)[2]


def now(scene: Scene, means: Means) -> str | None:
    why: str | None = screens.stale(scene, screens.run(scene, means))
    return why


def test_what_varies_is_not_compared_and_the_rest_is() -> None:
    (scene,) = [item for item in SCENES if item.name == "build"]
    _, _, text = screens.held(ROOT / "docs" / "screens" / "build.svg")
    other = re.sub(r"\b[0-9a-f]{64}\b", "0" * 64, text)
    assert screens.stale(scene, other) is None
    assert (
        screens.stale(scene, text.replace("pass ", "fail ", 1))
        == "differs from what the command prints"
    )


@pytest.mark.real
@pytest.mark.parametrize("scene", NEEDING["released"], ids=lambda scene: scene.name)
def test_a_picture_of_released_plugins_is_of_today(scene: Scene, fetched: Any) -> None:
    assert now(scene, Means(fetched)) is None


@pytest.mark.live
@pytest.mark.parametrize("scene", NEEDING["engine"], ids=lambda scene: scene.name)
def test_a_picture_of_an_engine_is_of_today(scene: Scene) -> None:
    named = os.environ.get("VPLUG_LIVE_PYTHON")
    if not named:
        pytest.skip("VPLUG_LIVE_PYTHON names no interpreter with vLLM")
    assert now(scene, Means(engine=Path(named))) is None
