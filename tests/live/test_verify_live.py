"""``vplug verify --live`` where a real engine fails, is interrupted, and is measured."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

import psutil
import pytest

pytestmark = pytest.mark.live

PROJECT = """\
[build-system]
requires = ["hatchling"]
build-backend = "hatchling.build"

[project]
name = "tried"
version = "1"

[project.entry-points."vllm.general_plugins"]
tried = "tried:register"

[tool.hatch.build.targets.wheel]
include = ["tried.py"]
"""
IN_A_WORKER = """\
import multiprocessing


def register():
    if multiprocessing.current_process().name.startswith("VllmWorker"):
        raise LookupError("no such device in a worker")
"""


#: A shared machine may take minutes for a start.
PATIENT = ("--start-timeout", "900")


def project(folder: Path, source: str) -> Path:
    folder.mkdir()
    (folder / "pyproject.toml").write_text(PROJECT, encoding="utf-8")
    (folder / "tried.py").write_text(source, encoding="utf-8")
    return folder


def words(target: Path, live: Any, *options: str | Path) -> list[str]:
    command = [sys.executable, "-m", "vplug", "verify", target, "--python", live.python]
    return [
        *map(str, [*command, "--no-isolation", "--select", "VP75", "--json", *PATIENT, *options])
    ]


def test_an_engine_that_fails_in_a_worker_tells_why(live: Any, tmp_path: Path) -> None:
    target = project(tmp_path / "tried", IN_A_WORKER)
    logs = tmp_path / "logs"
    done = subprocess.run(
        words(target, live, "--live", "--logs", logs), capture_output=True, text=True, check=False
    )
    assert done.returncode == 1, done.stderr
    (report,) = json.loads(done.stdout)["targets"]
    assert {finding["code"] for finding in report["findings"]} == {"VP752"}
    (engine,) = report["live"]["engines"]
    assert not engine["came_up"]
    assert engine["telling"][-1] == "LookupError: no such device in a worker"
    assert "no such device in a worker" in Path(engine["log"]).read_text(encoding="utf-8")
    assert report["live"]["control"]["came_up"]


def below(process: subprocess.Popen[bytes]) -> list[psutil.Process]:
    """All that came of a process: vplug's supervisors hold on to what they started."""
    with suppress(psutil.Error):
        return psutil.Process(process.pid).children(recursive=True)
    return []


def is_worker(process: psutil.Process) -> bool:
    # vLLM's processes give themselves titles, such as "VLLM::Worker" (vllm/utils/system_utils.py).
    with suppress(psutil.Error):
        return "VLLM::Worker" in " ".join(process.cmdline())
    return False


def test_an_interrupt_leaves_nothing_of_a_real_engine(live: Any, tmp_path: Path) -> None:
    target = project(tmp_path / "tried", "def register():\n    pass\n")
    room = tmp_path / "room"
    room.mkdir()
    process = subprocess.Popen(
        words(target, live, "--live"),
        env={**os.environ, "TMPDIR": str(room)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        deadline = time.monotonic() + 900
        # As soon as the worker is there: the engine is in the middle of starting.
        while not any(map(is_worker, found := below(process))):
            assert process.poll() is None, "it ended before there was a worker"
            assert time.monotonic() < deadline
            time.sleep(0.1)
        assert len(found) >= 4, "a supervisor, the front end, the engine core, the worker"
        process.send_signal(signal.SIGINT)
        process.wait(180)
    finally:
        process.kill()
    assert process.returncode == 130
    _, alive = psutil.wait_procs(found, timeout=60)
    assert alive == []
    assert list(room.iterdir()) == []


def test_each_of_two_workers_is_seen(live: Any, tmp_path: Path) -> None:
    told = tmp_path / "told.toml"
    told.write_text(
        "engine = { tensor_parallel_size = 2 }\n"
        'env = { VLLM_CPU_OMP_THREADS_BIND = "0|0" }\n'  # both on one core: there may be no other
    )
    target = project(tmp_path / "tried", "def register():\n    pass\n")
    done = subprocess.run(
        words(target, live, "--live", "--live-settings", told),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    (report,) = json.loads(done.stdout)["targets"]
    (engine,) = report["live"]["engines"]
    labels = {process["label"] for process in engine["processes"]}
    # vLLM looks at the model's class in a process of its own, unless it remembers what it saw there.
    labels.discard("model inspection")
    assert labels == {"engine core", "front end", "worker 0", "worker 1"}
    count = len(engine["processes"])
    assert [cell["what"] for cell in engine["cells"]] == ["loaded"] * count
    (use,) = report["live"]["uses"]
    assert use["message"] == f"ran in {count} of {count} processes"


def test_what_a_slow_plugin_costs(live: Any, tmp_path: Path) -> None:
    source = "import time\n\n\ndef register():\n    time.sleep(2)\n"
    target = project(tmp_path / "tried", source)
    done = subprocess.run(
        words(target, live, "--bench", "--runs", "1"), capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    (report,) = json.loads(done.stdout)["targets"]
    figures = {figure["name"]: figure for figure in report["bench"]["figures"]}
    for name in ("start-up", "request", "peak memory"):
        assert len(figures[name]["without"]) == len(figures[name]["with"]) == 1
        assert figures[name]["cost"] is not None
    assert figures["loading the plugins"]["with"][0] >= 2
