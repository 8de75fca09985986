"""A scaffolded IO processor for GeoTIFFs in a real engine, with vLLM's own Terratorch model class.

The package terratorch is a stand-in (stand_in_terratorch.py): a network of one layer that sorts
pixels into three classes. Everything else is the real thing: the engine, vLLM's multi-modal code
that carries the windows to the model, its pooler, GDAL, and the GeoTIFFs.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.live

HERE = Path(__file__).parent
WINDOW, BANDS = 32, 2


@pytest.fixture(scope="module")
def project(live: Any) -> Path:
    scaffold = ("scaffold", "io-processor", "--variant", "geospatial")
    for args in (
        (*scaffold, "--name", "acme-flood", "--no-input"),
        ("validate", "acme-flood", "--strict"),
        ("build", "--no-isolation", "acme-flood"),
    ):
        done = subprocess.run(
            [sys.executable, "-m", "vplug", *args],
            cwd=live.folder,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
    folder: Path = live.folder / "acme-flood"
    (wheel,) = (folder / "dist").glob("*.whl")
    # Without what they need in turn: numpy is the engine's own, and must stay so.
    live.install("--no-deps", wheel, "rasterio", "affine", "attrs", "click", "cligj", "pyparsing")
    return folder


def test_the_projects_own_tests_pass_with_vllm(live: Any, project: Path) -> None:
    live.install("pytest")
    status, output = live.run("-m", "pytest", "-p", "no:cacheprovider", cwd=project)
    assert status == 0, output
    assert "skipped" not in output, "with vLLM and the plugin installed, nothing is to be skipped"


def test_a_picture_goes_through_the_model_and_keeps_its_place(live: Any, project: Path) -> None:
    model, scenes = live.folder / "terratorch-model", live.folder / "scenes"
    scenes.mkdir()
    stand_in = HERE / "stand_in_terratorch.py"
    status, output = live.run(stand_in, live.site, model, str(WINDOW), str(BANDS))
    assert status == 0, output
    env = live.environment(
        ACME_FLOOD_WINDOW=str(WINDOW),
        ACME_FLOOD_SCALE="0.1",
        ACME_FLOOD_INPUT_ROOTS=str(scenes),
        ACME_FLOOD_OUTPUT_DIR=str(scenes),
    )
    reply = live.folder / "geotiff.json"
    script = HERE / "offline_geotiff.py"
    status, output = live.run(script, model, "acme_flood", scenes, reply, env=env)
    assert status == 0, output
    answers = json.loads(reply.read_text(encoding="utf-8"))

    # 90 by 70 pixels in windows of 32.
    assert answers["windows"] == 3 * 3
    assert answers["inline"] == answers["kept"]
    got, expected = answers["inline"], answers["expected"]
    assert (got["epsg"], got["origin"]) == (32630, [720_000, 4_380_000])
    assert (got["dtypes"], got["nodata"]) == (["uint8"], 255)
    expected[11][12] = 255
    assert got["picture"] == expected
    # The other band first: 0.7 after scaling, class 1 everywhere.
    turned = answers["turned"]["picture"]
    assert {value for row in turned for value in row} == {1, 255}
    assert "there is no such file in the folders" in answers["outside"]
    assert "no URL may be read here" in answers["url"]
