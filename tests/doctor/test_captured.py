"""Reports captured on an NVIDIA H200, judged again: the rules still say what they said there."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from tests.doctor.from_json import H200, captured

from vplug.doctor.diagnose import DOCTOR_CODES
from vplug.report.doctor_lines import sections
from vplug.report.doctor_markdown import Blank, doctor_markdown
from vplug.rules.engine import judge_all

SITUATIONS = sorted(path.stem for path in H200.glob("*.json"))


@pytest.mark.parametrize("name", SITUATIONS)
def test_findings_are_the_same(name: str) -> None:
    document = json.loads((H200 / f"{name}.json").read_text(encoding="utf-8"))
    findings, outcomes = judge_all(DOCTOR_CODES, diagnosis=captured(name))
    told = {(item["code"], item["message"]) for item in document["findings"]}
    assert {(item.code, item.message) for item in findings} == told
    assert not [item for item in outcomes if item.kind == "crashed"]


@pytest.mark.parametrize(
    ("name", "codes"),
    [
        ("broken", {"VP622"}),
        ("cuda", set()),
        ("wins", {"VP640", "VP642"}),
        ("clash", {"VP621"}),
        ("raises", {"VP620"}),
        ("hidden", {"VP641", "VP643"}),
        ("target", {"VP623", "VP626"}),
        ("hangs", {"VP641"}),
    ],
)
def test_each_situation_is_named(name: str, codes: set[str]) -> None:
    findings, _ = judge_all(DOCTOR_CODES, diagnosis=captured(name))
    assert {item.code for item in findings} == codes


def test_what_the_platform_says_is_what_nvidia_smi_said() -> None:
    report = captured("cuda").devices
    assert report is not None
    told = {item.name: item.value for item in report.platform}
    assert told["get_device_name"] == "NVIDIA H200"
    assert told["get_device_total_memory"] == 143771 * 1024 * 1024
    assert told["get_device_capability"] == "9.0"


@pytest.mark.parametrize("name", SITUATIONS)
def test_the_report_can_be_shown(name: str) -> None:
    titles = [section.title for section in sections(captured(name))]
    assert titles[0] == "Environment"
    assert "Platform (seen)" in titles


def test_markdown_is_blanked() -> None:
    blank = Blank("/home/mia", {"mia": "<user>", "gpu-box-7": "<host>"})
    assert blank("/home/mia/x and /home/otto/y on gpu-box-7") == "~/x and ~/y on <host>"
    assert blank("gpu-box-7.corp.example: /mnt/home/otto/x, /data/users/otto") == (
        "<host>: /mnt/home/<user>/x, /data/users/<user>"
    )
    assert blank(r"C:\Users\Otto Maier\x, C:/Users/Otto Maier/x, D:\Users\otto") == r"~\x, ~/x, ~"
    found = captured("raises")
    findings, _ = judge_all(DOCTOR_CODES, diagnosis=found)
    page = doctor_markdown(replace(found, findings=findings), blank, "0.1.0")
    assert "VP620" in page
    assert "libmydevice.so.2" in page
