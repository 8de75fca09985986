"""A diagnosis as JSON: ``vplug.doctor/1``, described in docs/reference.md."""

from __future__ import annotations

from typing import Any

from vplug.model import (
    Answer,
    Candidate,
    DeviceReport,
    Diagnosis,
    DriverReport,
    LoadPlan,
    PlatformReport,
    Told,
)
from vplug.report.as_json import finding_json, outcome_json, plugin_json

SCHEMA = "vplug.doctor/1"


def doctor_json(diagnosis: Diagnosis, version: str, status: int) -> dict[str, Any]:
    """Return everything the doctor has to say.

    Args:
        diagnosis: what was found.
        version: vplug's own.
        status: the exit status.
    """
    environment = diagnosis.environment
    return {
        "schema": SCHEMA,
        "vplug": version,
        "status": status,
        "machine": dict(diagnosis.machine),
        "environment": {
            "label": environment.label,
            "python": environment.python,
            "vllm": {
                "distribution": environment.vllm,
                "version": environment.vllm_version,
                "path": environment.vllm_path,
                "variant": environment.vllm_variant,
                "stand_in": environment.stand_in,
                "named_vllm": environment.named_vllm,
                "rivals": list(environment.rivals),
            },
            "torch": {"version": environment.torch, "build": environment.torch_build},
            "unmet": [
                {
                    "distribution": item.distribution,
                    "requirement": item.requirement,
                    "found": item.found,
                }
                for item in environment.unmet
            ],
            "duplicates": [
                {"name": item.name, "paths": list(item.paths)} for item in environment.duplicates
            ],
            "hooks": list(environment.hooks),
            "unreadable": [
                {"path": path, "reason": reason} for path, reason in environment.unreadable
            ],
        },
        "variables": [
            {
                "name": item.name,
                "value": item.value,
                "effect": item.effect,
                "readers": list(item.readers),
            }
            for item in diagnosis.variables
        ],
        "load_plan": _load_plan(diagnosis.load_plan),
        "platform": _platform(diagnosis.platform),
        "foretold": _platform(diagnosis.foretold) if diagnosis.foretold is not None else None,
        "devices": _devices(diagnosis.devices) if diagnosis.devices is not None else None,
        "resolvers": [
            {
                "name": item.name,
                "variable": item.variable,
                "value": item.value,
                "state": item.state,
                "problem": item.problem,
                "fatal": item.fatal,
                "adapters": [
                    {
                        "name": adapter.name,
                        "base_model": adapter.base_model,
                        "rank": adapter.rank,
                        "problem": adapter.problem,
                    }
                    for adapter in item.adapters
                ],
            }
            for item in diagnosis.resolvers
        ],
        "model": None
        if diagnosis.model is None
        else {
            "path": diagnosis.model.path,
            "io_processor": diagnosis.model.asked,
            "found": diagnosis.model.found,
            "state": diagnosis.model.state,
            "nearest": list(diagnosis.model.nearest),
            "problem": diagnosis.model.problem,
        },
        "findings": [finding_json(item) for item in diagnosis.findings],
        "outcomes": [outcome_json(item) for item in diagnosis.outcomes],
    }


def _load_plan(plan: LoadPlan) -> dict[str, Any]:
    return {
        "release": plan.release,
        "note": plan.note,
        "vllm_plugins": plan.allowlist,
        "unmatched": list(plan.unmatched),
        "processes": {
            process: {group: list(names) for group, names in groups.items()}
            for process, groups in plan.processes.items()
        },
        "plugins": [
            plugin_json(item.plugin)
            | {
                "loads": item.loads,
                "load_reason": item.reason,
                "on_failure": item.on_failure,
                "fatal": item.fatal,
                "raises": item.raises,
            }
            for item in plan.plugins
        ],
        "exactly": plan.exactly,
        "all_but": dict(plan.all_but),
    }


def _platform(report: PlatformReport) -> dict[str, Any]:
    return {
        "basis": str(report.basis),
        "release": report.release,
        "candidates": [_candidate(item) for item in report.candidates],
        "rule": str(report.choice.rule),
        "winner": report.choice.winner,
        "built_in": report.choice.built_in,
        "class_name": report.choice.class_name,
        "choice_error": report.choice.error,
        "possible": list(report.choice.possible),
        "current": report.current,
        "error": report.error,
        "traceback": report.traceback,
        "note": report.note,
        "seconds": report.seconds,
        "strays": [{"class_name": kind, "modules": list(names)} for kind, names in report.strays],
    }


def _candidate(item: Candidate) -> dict[str, Any]:
    return {
        "name": item.name,
        "built_in": item.built_in,
        "distribution": item.distribution,
        "value": item.value,
        "origin": item.origin,
        "answer": _answer(item.answer),
        "second": _answer(item.second) if item.second is not None else None,
    }


def _answer(answer: Answer) -> dict[str, Any]:
    return {
        "kind": str(answer.kind),
        "value": answer.value,
        "reason": answer.reason,
        "traceback": answer.traceback,
        "seconds": answer.seconds,
        "said": list(answer.said),
    }


def _devices(report: DeviceReport) -> dict[str, Any]:
    return {
        "platform": [_told(item) for item in report.platform],
        "torch": [_told(item) for item in report.torch],
        "torch_error": report.torch_error,
        "drivers": [_driver(item) for item in report.drivers],
        "lost": report.lost,
    }


def _told(item: Told) -> dict[str, Any]:
    return {
        "name": item.name,
        "device": item.device,
        "value": item.value,
        "error": item.error,
        "traceback": item.traceback,
        "hung": item.hung,
        "seconds": item.seconds,
    }


def _driver(report: DriverReport) -> dict[str, Any]:
    return {
        "source": report.source,
        "version": report.version,
        "runtime": report.runtime,
        "error": report.error,
        "devices": [
            {
                "index": item.index,
                "name": item.name,
                "uuid": item.uuid,
                "total_memory": item.total_memory,
                "used_memory": item.used_memory,
                "capability": item.capability,
                "pci": item.pci,
            }
            for item in report.devices
        ],
    }
