"""A ``vplug.doctor/1`` document read back into nouns, so that captured reports can be judged again."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from vplug.model import (
    Answer,
    AnswerKind,
    Basis,
    Candidate,
    DeviceReport,
    Diagnosis,
    Distribution,
    DriverDevice,
    DriverReport,
    Duplicate,
    EntryPoint,
    EnvironmentFacts,
    LoadPlan,
    Origin,
    OriginKind,
    PlannedPlugin,
    PlatformChoice,
    PlatformReport,
    Plugin,
    Standing,
    StandingKind,
    Told,
    Unmet,
    Variable,
    WinRule,
)

H200 = Path(__file__).parent / "h200"


def captured(name: str) -> Diagnosis:
    """The diagnosis of one captured report, without its findings."""
    return diagnosis_of(json.loads((H200 / f"{name}.json").read_text(encoding="utf-8")))


def diagnosis_of(document: dict[str, Any]) -> Diagnosis:
    found = document["environment"]
    vllm, torch = found["vllm"], found["torch"]
    foretold = document["foretold"]
    return Diagnosis(
        EnvironmentFacts(
            found["label"],
            found["python"],
            vllm["distribution"],
            vllm["version"],
            vllm["path"],
            vllm["variant"],
            vllm["stand_in"],
            vllm["named_vllm"],
            torch["version"],
            torch["build"],
            tuple(Unmet(**item) for item in found["unmet"]),
            tuple(Duplicate(item["name"], tuple(item["paths"])) for item in found["duplicates"]),
            tuple(found["hooks"]),
            tuple((item["path"], item["reason"]) for item in found["unreadable"]),
            tuple(vllm.get("rivals", ())),
        ),
        tuple(
            Variable(item["name"], item["value"], item["effect"], tuple(item["readers"]))
            for item in document["variables"]
        ),
        _plan(document["load_plan"]),
        _platform(document["platform"]),
        _platform(foretold) if foretold is not None else None,
        _devices(document["devices"]),
        (),
        None,
        document["machine"],
    )


def _plan(plan: dict[str, Any]) -> LoadPlan:
    planned = []
    for item in plan["plugins"]:
        origin = Origin(OriginKind.ENVIRONMENT, item["path"])
        entry_point = EntryPoint(item["group"], item["name"], item["value"])
        owner = Distribution(item["distribution"], item["version"], origin, (entry_point,))
        standing = Standing(StandingKind(item["standing"]), item["reason"], tuple(item["paths"]))
        planned.append(
            PlannedPlugin(
                Plugin(entry_point, owner, standing),
                item["loads"],
                item["load_reason"],
                item["on_failure"],
                item["fatal"],
                item.get("raises"),
            )
        )
    return LoadPlan(
        plan["release"],
        plan["note"],
        plan["vllm_plugins"],
        tuple(planned),
        {p: {g: tuple(n) for g, n in groups.items()} for p, groups in plan["processes"].items()},
        plan["exactly"],
        plan["all_but"],
        tuple(plan["unmatched"]),
    )


def _platform(report: dict[str, Any]) -> PlatformReport:
    return PlatformReport(
        Basis(report["basis"]),
        report["release"],
        tuple(
            Candidate(
                item["name"],
                item["built_in"],
                _answer(item["answer"]),
                _answer(item["second"]) if item["second"] is not None else None,
                item["distribution"],
                item["value"],
                item["origin"],
            )
            for item in report["candidates"]
        ),
        PlatformChoice(
            WinRule(report["rule"]),
            report["winner"],
            report["built_in"],
            report["class_name"],
            report["choice_error"],
            tuple(report["possible"]),
        ),
        report["current"],
        report["error"],
        report["traceback"],
        report["note"],
        report["seconds"],
    )


def _answer(answer: dict[str, Any]) -> Answer:
    said = tuple(answer.get("said", ()))
    return Answer(**{**answer, "kind": AnswerKind(answer["kind"]), "said": said})


def _devices(report: dict[str, Any]) -> DeviceReport:
    return DeviceReport(
        tuple(Told(**item) for item in report["platform"]),
        tuple(Told(**item) for item in report["torch"]),
        tuple(
            DriverReport(
                item["source"],
                item["version"],
                item["runtime"],
                tuple(DriverDevice(item["source"], **device) for device in item["devices"]),
                item["error"],
            )
            for item in report["drivers"]
        ),
        report["torch_error"],
        report["lost"],
    )
