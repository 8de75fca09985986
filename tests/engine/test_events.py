"""From the recorder's files to the matrix; ``captured/offline`` is of vLLM 0.32.0 on a CPU."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from vplug.loader import Allowlist, plan
from vplug.loader.processes import EngineKind, foretell
from vplug.model import Distribution, EntryPoint, Origin, OriginKind, Plugin
from vplug.model.live import CellKind, EngineRun, Role
from vplug.probe.engine_compare import differences, skip_reasons
from vplug.probe.engine_events import cells, processes, read_events

from .conftest import CAPTURED

RESOLVER = "vllm.general_plugins:lora_filesystem_resolver"


def plugin(group: str, name: str, allowed: str | None = None) -> Plugin:
    entry = EntryPoint(group, name, f"{name}:register")
    origin = Origin(OriginKind.ENVIRONMENT, f"/env/{name}.dist-info")
    (found,) = plan((Distribution(name, "1", origin, (entry,)),), Allowlist(allowed))
    return found


def event(kind: str, pid: int, at: float, **more: Any) -> dict[str, Any]:
    return {"event": kind, "pid": pid, "at": at, "name": "MainProcess", **more}


def test_the_processes_of_a_real_engine() -> None:
    seen = processes(read_events(CAPTURED / "offline"), Role.FRONT_END)
    assert [item.label for item in seen] == ["front end", "engine core", "worker 0"]
    front, core, worker = seen
    assert core.parent == front.pid
    assert worker.parent == core.pid
    assert {item.platform for item in seen} == {"vllm.platforms.cpu.CpuPlatform"}
    assert worker.attention == ("vllm.v1.attention.backends.cpu_attn.CPUAttentionBackend",)
    assert not any(item.forked for item in seen)


def test_what_each_made_of_a_plugin_that_vllm_ships() -> None:
    events = read_events(CAPTURED / "offline")
    seen = processes(events, Role.FRONT_END)
    found = cells(events, seen, (RESOLVER, "vllm.general_plugins:other"), {})
    loaded, other = found[::2], found[1::2]
    assert [cell.kind for cell in loaded] == [CellKind.LOADED] * 3
    assert all(cell.calls == 1 and cell.load_seconds is not None for cell in loaded)
    assert [cell.kind for cell in other] == [CellKind.SKIPPED] * 3, "its group was asked for"


def test_a_line_that_was_cut_is_left_out(tmp_path: Path) -> None:
    (tmp_path / "1.jsonl").write_text('{"event": "process", "pid": 1, "at": 1}\n{"event": "loa')
    assert [item["event"] for item in read_events(tmp_path)] == ["process"]


def test_a_fork_inherits_what_its_parent_loaded() -> None:
    subject = "vllm.general_plugins:a"
    events = [
        event("process", 1, 1.0),
        event("load", 1, 1.1, subject=subject, ok=True, seconds=0.1),
        event("call", 1, 1.2, subject=subject, ok=True, seconds=0.2),
        event("process", 2, 2.0, parent=1, forked=True),
        event("role", 2, 2.1, role="engine core", rank=None),
        event("process", 3, 3.0, parent=1, forked=True),
    ]
    seen = processes(events, Role.FRONT_END)
    assert [item.label for item in seen] == ["front end", "engine core"], "helpers are no column"
    assert [cell.kind for cell in cells(events, seen, (subject,), {})] == [
        CellKind.LOADED,
        CellKind.INHERITED,
    ]


def test_an_engine_core_with_its_worker_inside_is_the_engine_core() -> None:
    events = [
        event("process", 2, 1.0),
        event("role", 2, 1.1, role="engine core", rank=None),
        event("role", 2, 1.2, role="worker", rank=0),
    ]
    (seen,) = processes(events, Role.FRONT_END)
    assert seen.role is Role.ENGINE_CORE


def test_the_process_that_inspects_models_is_named() -> None:
    argv = ["python", "-m", "vllm.model_executor.models.registry"]
    events = [event("process", 1, 1.0), event("process", 2, 2.0, argv=argv)]
    assert [p.label for p in processes(events, Role.FRONT_END)] == ["front end", "model inspection"]


def test_a_failed_load_and_a_failed_call() -> None:
    events = [
        event("process", 1, 1.0),
        event("load", 1, 1.1, subject="g:a", ok=False, error="ImportError: x", traceback="T"),
        event("load", 1, 1.2, subject="g:b", ok=True, seconds=0.1),
        event("call", 1, 1.3, subject="g:b", ok=False, seconds=0.1, error="OSError: y"),
    ]
    seen = processes(events, Role.FRONT_END)
    load, call = cells(events, seen, ("g:a", "g:b"), {})
    assert (load.kind, load.error) == (CellKind.LOAD_FAILED, "ImportError: x")
    assert (call.kind, call.error, call.calls) == (CellKind.CALL_FAILED, "OSError: y", 1)


def test_what_began_and_did_not_end() -> None:
    events = [
        event("process", 1, 1.0),
        event("begins", 1, 1.1, subject="g:a", what="load"),
        event("begins", 1, 1.2, subject="g:b", what="load"),
        event("load", 1, 1.3, subject="g:b", ok=True, seconds=0.1),
        event("begins", 1, 1.4, subject="g:b", what="call"),
        event("call", 1, 1.5, subject="g:b", ok=True, seconds=0.1),
        event("begins", 1, 1.6, subject="g:b", what="call"),
        event("stuck", 1, 1.7, frames=['  File "b.py", line 3, in register']),
    ]
    seen = processes(events, Role.FRONT_END)
    a, b = cells(events, seen, ("g:a", "g:b"), {})
    assert (a.kind, a.reason) == (CellKind.UNFINISHED, "loading it")
    assert (b.kind, b.reason) == (CellKind.UNFINISHED, "calling it"), "a second call"
    assert b.traceback is not None
    assert b.traceback.endswith("line 3, in register")


def test_where_a_call_was_when_stacks_were_written(tmp_path: Path) -> None:
    recorder = "/lib/vplug/probe/scripts/engine_recorder/_vplug_watch.py"
    (tmp_path / "7.stacks").write_text(
        "Timeout (0:00:05)!\n"
        "Thread 0x00007f01 (most recent call first):\n"
        '  File "/lib/threading.py", line 9 in wait\n\n'
        "Thread 0x00007f02 (most recent call first):\n"
        '  File "/site/acme/locks.py", line 7 in acquire\n'
        '  File "<frozen importlib._bootstrap>", line 241 in _call_with_frames_removed\n'
        '  File "/site/acme/__init__.py", line 3 in register\n'
        f'  File "{recorder}", line 64 in call\n'
        '  File "/site/vllm/plugins/__init__.py", line 90 in load_general_plugins\n'
    )
    (tmp_path / "8.stacks").write_text("")
    (event,) = read_events(tmp_path)
    assert (event["event"], event["pid"]) == ("stuck", 7)
    assert event["frames"] == [
        '  File "/site/acme/__init__.py", line 3, in register',
        '  File "/site/acme/locks.py", line 7, in acquire',
    ]


GENERATES, POOLS = EngineKind(), EngineKind(pooling=True, io_processor="x")


@pytest.mark.parametrize(
    ("group", "role", "kind", "expected"),
    [
        ("vllm.general_plugins", Role.WORKER, GENERATES, True),
        ("vllm.general_plugins", Role.INSPECTION, GENERATES, True),
        ("vllm.general_plugins", Role.OTHER, GENERATES, None),
        ("vllm.platform_plugins", Role.ENGINE_CORE, GENERATES, True),
        ("vllm.platform_plugins", Role.FRONT_END, EngineKind(target_device="cpu"), None),
        ("vllm.io_processor_plugins", Role.FRONT_END, GENERATES, False),
        ("vllm.io_processor_plugins", Role.API_SERVER, POOLS, True),
        ("vllm.io_processor_plugins", Role.WORKER, POOLS, False),
        ("vllm.stat_logger_plugins", Role.API_SERVER, GENERATES, True),
        ("vllm.stat_logger_plugins", Role.FRONT_END, GENERATES, False),
        ("vllm.logits_processors", Role.WORKER, GENERATES, True),
        ("vllm.logits_processors", Role.WORKER, POOLS, False),
        ("vllm.logits_processors", Role.FRONT_END, GENERATES, None),
        ("vllm.logits_processors", Role.ENGINE_CORE, GENERATES, False),
        # Opt-in, and VLLM_PLUGINS is not set: nobody loads it.
        ("vllm.endpoint_plugins", Role.API_SERVER, GENERATES, False),
        ("vllm.model_plugins", Role.WORKER, GENERATES, False),
    ],
)
def test_what_is_foretold_of_a_process(
    group: str, role: Role, kind: EngineKind, expected: bool | None
) -> None:
    assert foretell(plugin(group, "x"), role, kind).loads is expected


def test_foretold_and_seen_side_by_side() -> None:
    events = read_events(CAPTURED / "offline")
    seen = processes(events, Role.FRONT_END)
    named = plugin("vllm.general_plugins", "lora_filesystem_resolver")
    off = plugin("vllm.general_plugins", "lora_filesystem_resolver", "another")
    absent = plugin("vllm.general_plugins", "absent")

    def compared(*plugins: Plugin, came_up: bool = True) -> list[str]:
        subjects = tuple(f"{item.group}:{item.name}" for item in plugins)
        found = cells(events, seen, subjects, skip_reasons(plugins))
        run = EngineRun("t", False, came_up=came_up, processes=seen, cells=found)
        return [f"{d.process}: {d.seen}" for d in differences(run, GENERATES, plugins)]

    assert compared(named) == []
    assert compared(off) == ["front end: loaded", "engine core: loaded", "worker 0: loaded"]
    assert compared(absent) == ["front end: skipped", "engine core: skipped", "worker 0: skipped"]


def test_a_process_that_died_early_is_no_difference() -> None:
    events = [event("process", 1, 1.0), event("role", 1, 1.1, role="front end", rank=None)]
    seen = processes(events, Role.FRONT_END)
    one = plugin("vllm.general_plugins", "a")
    found = cells(events, seen, ("vllm.general_plugins:a",), {})
    died = EngineRun("t", False, came_up=False, processes=seen, cells=found)
    lived = EngineRun("t", False, came_up=True, processes=seen, cells=found)
    assert differences(died, GENERATES, (one,)) == ()
    assert [d.seen for d in differences(lived, GENERATES, (one,))] == ["not asked for"]
