"""The script that captures reports, over the stand-in for vLLM and over a report captured by it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from tests.doctor.capture import EXTENSION, SITUATIONS, Room, checks, report
from tests.doctor.from_json import H200, diagnosis_of

STAND_IN = Path(__file__).parent / "stand_in"
DEVICE = {
    "index": "0",
    "name": "NVIDIA H200",
    "uuid": "GPU-9ab8988a-1c9b-8b57-3a2f-13f3e28bef1e",
    "memory.total": "143771",
    "compute_cap": "9.0",
    "driver_version": "580.159.04",
}


def test_every_situation_is_among_the_captured() -> None:
    assert {path.stem for path in H200.glob("*.json")} == set(SITUATIONS)


def test_a_situation_gives_a_report(tmp_path: Path) -> None:
    room = Room(tmp_path, STAND_IN, "0.33.0", None)
    document = report(room, "raises")
    assert "failed" not in document, document
    assert "VP620" in {item["code"] for item in document["findings"]}
    assert document["environment"]["vllm"]["path"] == "/opt/vllm/vllm"
    assert str(tmp_path) not in json.dumps(document)
    assert diagnosis_of(document).platform.candidates
    assert (room.vllm / "vllm" / EXTENSION).exists()
    room.variables("broken")
    assert not (room.vllm / "vllm" / EXTENSION).exists()


def device_of(document: dict) -> dict[str, str]:
    told = {item["name"]: item["value"] for item in document["devices"]["platform"]}
    return {**DEVICE, "uuid": told["get_device_uuid"]}


@pytest.mark.parametrize(
    ("field", "value"),
    [(None, ""), ("memory.total", "1"), ("name", "other"), ("driver_version", "1")],
)
def test_figures_are_checked(field: str | None, value: str) -> None:
    document = json.loads((H200 / "cuda.json").read_text(encoding="utf-8"))
    device = device_of(document) | ({field: value} if field is not None else {})
    torch = {"devices": [{"name": "NVIDIA H200", "capability": "9.0"}]}
    differ = [line for agree, line in checks(document, [device], torch) if not agree]
    assert len(differ) == (0 if field is None else 1)
