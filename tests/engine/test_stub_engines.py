"""Engines that come up, die, hang and are interrupted; with the stand-in, so in seconds."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from .conftest import Project, gone, marked

pytestmark = pytest.mark.skipif(os.name != "posix", reason="vLLM runs on POSIX alone")


def verify(
    target: Path, python: Path, *options: str, status: int | None = None, **env: str
) -> dict[str, Any]:
    """The JSON of ``vplug verify --live`` on a target, with a model named so that none is made."""
    done = subprocess.run(
        command(target, python, *options),
        capture_output=True,
        text=True,
        timeout=600,
        env={**os.environ, **env},
        check=False,
    )
    assert done.stdout, done.stderr
    report: dict[str, Any] = json.loads(done.stdout)
    if status is not None:
        assert done.returncode == status, done.stdout + done.stderr
    return report


def command(target: Path, python: Path, *options: str) -> list[str]:
    words = [sys.executable, "-m", "vplug", "verify", str(target), "--python", str(python)]
    # VP75 alone: the probes have tests of their own.
    words += ["--no-isolation", "--live", "--model", "none", "--select", "VP75", "--json"]
    return [*words, *options]


def codes(report: dict[str, Any]) -> set[str]:
    (target,) = report["targets"]
    return {finding["code"] for finding in target["findings"]}


def test_a_general_plugin_is_seen_in_each_process(
    project: Project, stub_python: Path, room: Path
) -> None:
    report = verify(project("def register(): pass\n"), stub_python, status=0)
    live = report["targets"][0]["live"]
    (engine,) = live["engines"]
    labels = [process["label"] for process in engine["processes"]]
    assert labels == ["front end", "engine core", "worker 0"]
    assert [cell["what"] for cell in engine["cells"]] == ["loaded"] * 3
    assert [cell["calls"] for cell in engine["cells"]] == [1, 1, 1]
    (use,) = live["uses"]
    assert use["truth"] == "works"
    assert live["differences"] == []
    assert list(room.iterdir()) == [], "nothing is left in the folder for temporary files"


@pytest.mark.parametrize(
    "change", ["os.environ.clear()", "os.environ['PYTHONPATH'] = '/elsewhere'"]
)
def test_a_plugin_that_changes_the_environment_is_seen_in_each_process_all_the_same(
    change: str, project: Project, stub_python: Path, room: Path
) -> None:
    """Installed, its processes would find it without PYTHONPATH."""
    report = verify(project(f"import os\ndef register():\n    {change}\n"), stub_python, status=0)
    (engine,) = report["targets"][0]["live"]["engines"]
    assert [cell["what"] for cell in engine["cells"]] == ["loaded"] * 3
    assert [use["truth"] for use in report["targets"][0]["live"]["uses"]] == ["works"]
    assert list(room.iterdir()) == []


def test_an_engine_that_dies_in_a_worker_shows_the_traceback_and_the_log(
    project: Project, stub_python: Path, room: Path
) -> None:
    source = (
        "import multiprocessing\n"
        "def register():\n"
        "    if multiprocessing.current_process().name == 'VllmWorker-0':\n"
        "        raise LookupError('no such device in a worker')\n"
    )
    report = verify(project(source), stub_python, status=1)
    assert "VP752" in codes(report)
    assert "VP753" not in codes(report), "told once"
    live = report["targets"][0]["live"]
    (engine,) = live["engines"]
    assert not engine["came_up"]
    by_label = {
        process["label"]: cell["what"]
        for process, cell in zip(engine["processes"], engine["cells"], strict=True)
    }
    assert by_label == {
        "front end": "loaded",
        "engine core": "loaded",
        "worker 0": "failed when called",
    }
    failed = engine["cells"][-1]
    assert failed["error"] == "LookupError: no such device in a worker"
    assert "in register" in failed["traceback"]
    assert engine["telling"][-1] == "LookupError: no such device in a worker"
    log = Path(engine["log"])
    assert "no such device in a worker" in log.read_text(encoding="utf-8")
    assert list(room.iterdir()) == [log], "the log alone is kept"
    assert live["control"]["came_up"], "without the plugin the engine comes up"


def test_a_plugin_that_ends_the_engine_core_without_a_word_is_blamed(
    project: Project, stub_python: Path, room: Path
) -> None:
    source = (
        "import multiprocessing, os, signal\n"
        "def register():\n"
        "    if multiprocessing.current_process().name == 'EngineCore':\n"
        "        os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    report = verify(project(source), stub_python, status=1)
    assert "VP753" in codes(report)
    (engine,) = report["targets"][0]["live"]["engines"]
    assert "Engine core initialization failed" in engine["ending"]


def test_what_the_front_end_raises_is_in_the_log(
    project: Project, stub_python: Path, room: Path
) -> None:
    source = "def register():\n    raise SystemExit('no licence')\n"
    report = verify(project(source), stub_python, status=1)
    (engine,) = report["targets"][0]["live"]["engines"]
    assert engine["telling"][-1] == "SystemExit: no licence"
    assert codes(report) == {"VP752"}


def test_an_engine_that_hangs_is_ended_when_its_time_is_up(
    project: Project, stub_python: Path, room: Path
) -> None:
    reached = room.parent / "reached"
    source = (
        "import multiprocessing, pathlib, time\n"
        "def register():\n"
        "    if multiprocessing.current_process().name == 'EngineCore':\n"
        "        print('waiting for a lock', flush=True)\n"
        f"        pathlib.Path({str(reached)!r}).touch()\n"
        "        time.sleep(600)\n"
    )
    target = project(source)
    # On a slow machine the first may be too short for any engine, with the plugin or without it.
    for seconds in ("12", "40", "100"):
        report = verify(target, stub_python, "--start-timeout", seconds, ENGINE_TEST="hangs")
        assert gone("hangs"), marked("hangs")
        if reached.exists() and report["targets"][0]["status"] != 4:
            break
        reached.unlink(missing_ok=True)
    assert report["status"] == 1
    (engine,) = report["targets"][0]["live"]["engines"]
    assert engine["ending"] == f"did not come up in {seconds} s (it was starting the engine)"
    assert engine["telling"][-1] == "waiting for a lock", "what came of ending it is not shown"
    front, core = engine["cells"]
    assert (front["what"], core["what"]) == ("loaded", "did not return")
    assert core["reason"] == "calling it"
    *_, frame = core["traceback"].splitlines()
    assert frame == '  File "tried.py", line 6, in register', "as the project has it"
    (finding,) = report["targets"][0]["findings"]
    assert finding["code"] == "VP753"
    assert finding["message"].endswith(": calling it (tried) did not return in the engine core")
    log = Path(engine["log"]).read_text(encoding="utf-8")
    assert "KeyboardInterrupt" not in log, "it was ended at once"


def test_an_engine_that_does_not_come_up_without_the_plugin_is_not_its_fault(
    project: Project, stub_python: Path, room: Path, tmp_path: Path
) -> None:
    folder = project("def register(): pass\n")
    broken = tmp_path / "broken"
    broken.mkdir()
    # The environment's own sitecustomize, which the recorder stands in front of.
    (broken / "sitecustomize.py").write_text(
        "import multiprocessing\n"
        "if multiprocessing.current_process().name == 'EngineCore':\n"
        "    raise SystemExit('no devices here')\n"
        "import os\n"
        "if os.environ.get('VPLUG_RECORD'):\n"
        "    import vllm.v1.engine.llm_engine as engine\n"
        "    def fail(self, settings): raise RuntimeError('no devices here')\n"
        "    engine.LLMEngine.__init__ = fail\n"
    )
    (site,) = (stub_python.parent.parent / "lib").glob("python3.*/site-packages")
    custom = site / "sitecustomize.py"
    custom.write_text((broken / "sitecustomize.py").read_text())
    try:
        report = verify(folder, stub_python, status=4)
    finally:
        custom.unlink()
    (target,) = report["targets"]
    assert target["error"] == (
        "vLLM's engine does not come up without the plugins either: RuntimeError: no devices here"
    )
    assert target["hint"].startswith("its log: ")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupt_leaves_no_process_and_no_folder(
    project: Project, stub_python: Path, room: Path, number: int
) -> None:
    source = (
        "import multiprocessing, pathlib, time\n"
        "def register():\n"
        "    if multiprocessing.current_process().name == 'VllmWorker-0':\n"
        f"        pathlib.Path({str(room.parent / 'reached')!r}).touch()\n"
        "        time.sleep(600)\n"
    )
    mark = f"interrupt-{number}"
    process = subprocess.Popen(
        command(project(source), stub_python),
        env={**os.environ, "ENGINE_TEST": mark},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        start_new_session=True,
    )
    try:
        deadline = time.monotonic() + 300
        while not (room.parent / "reached").exists():
            assert process.poll() is None, process.communicate()[0]
            assert time.monotonic() < deadline
            time.sleep(0.1)
        assert len(marked(mark)) >= 4, "vplug, the front end, the engine core, the worker"
        process.send_signal(number)
        process.communicate(timeout=180)
    finally:
        process.kill()
    assert process.returncode == 130
    assert gone(mark), marked(mark)
    assert list(room.iterdir()) == []


def test_a_process_that_differs_from_the_forecast_is_a_finding(
    project: Project, stub_python: Path, room: Path
) -> None:
    # The front end's plugin switches every plugin off for the processes that it starts.
    source = "import os\ndef register():\n    os.environ['VLLM_PLUGINS'] = 'nobody'\n"
    report = verify(project(source), stub_python)
    assert "VP750" in codes(report)
    differences = report["targets"][0]["live"]["differences"]
    assert [item["process"] for item in differences] == ["engine core", "worker 0"]
    assert all(item["seen"].startswith("skipped") for item in differences)


def test_what_is_switched_off_is_skipped_with_its_reason(
    project: Project, stub_python: Path, room: Path
) -> None:
    report = verify(project("def register(): pass\n"), stub_python, "--plugins", "other", status=0)
    live = report["targets"][0]["live"]
    cells = live["engines"][0]["cells"]
    assert {cell["what"] for cell in cells} == {"skipped"}
    assert {cell["reason"] for cell in cells} == {"not named by VLLM_PLUGINS='other'"}
    assert live["differences"] == []


def test_a_platform_that_is_taken_and_one_that_is_not(
    project: Project, stub_python: Path, room: Path
) -> None:
    source = "def register(): return 'tried.Mine'\nclass Mine:\n    device_type = 'cpu'\n"
    report = verify(project(source, group="vllm.platform_plugins"), stub_python)
    live = report["targets"][0]["live"]
    (use,) = live["uses"]
    assert use["truth"] == "works"
    assert {p["platform"] for p in live["engines"][0]["processes"]} == {"tried.Mine"}
    other = project("def register(): return None\n", group="vllm.platform_plugins", name="declines")
    (use,) = verify(other, stub_python)["targets"][0]["live"]["uses"]
    assert use["truth"] == "cannot tell"
    assert "declined on this machine" in use["message"]


STAT_LOGGER = """
class register:
    def __init__(self, config, engine_index):
        pass

    def record(self, scheduler_stats, iteration_stats):
        {body}
"""


@pytest.mark.parametrize(
    ("body", "truth"), [("pass", "works"), ("raise OSError('disk full')", "fails")]
)
def test_a_stat_logger_is_served_and_receives_records(
    project: Project, stub_python: Path, room: Path, body: str, truth: str
) -> None:
    target = project(STAT_LOGGER.format(body=body), group="vllm.stat_logger_plugins")
    report = verify(target, stub_python, ENGINE_TEST=truth)
    live = report["targets"][0]["live"]
    (engine,) = live["engines"]
    assert engine["served"]
    assert engine["came_up"]
    labels = [process["label"] for process in engine["processes"]]
    assert labels == ["API server", "engine core", "worker 0"]
    assert [cell["what"] for cell in engine["cells"]] == [
        "loaded",
        "not asked for",
        "not asked for",
    ]
    (use,) = live["uses"]
    assert use["truth"] == truth
    assert ("disk full" in use["message"]) is (truth == "fails")
    assert codes(report) == ({"VP754"} if truth == "fails" else set())
    assert live["differences"] == []
    assert gone(truth), "the server and its processes are ended"


KILLS = "for child in multiprocessing.active_children(): child.kill(); child.join()"


def test_a_server_whose_engine_core_dies_in_use_is_no_pass(
    project: Project, stub_python: Path, room: Path
) -> None:
    source = "import multiprocessing\n" + STAT_LOGGER.format(body=KILLS)
    target = project(source, group="vllm.stat_logger_plugins")
    report = verify(target, stub_python, status=1)
    live = report["targets"][0]["live"]
    (engine,) = live["engines"]
    assert engine["came_up"]
    assert engine["ending"] == "was no longer healthy after the requests"
    assert Path(engine["log"]).exists()
    assert live["control"]["came_up"]
    (finding,) = report["targets"][0]["findings"]
    assert finding["code"] == "VP753"
    assert "(generates) came up and was no longer healthy" in finding["message"]


def test_an_engine_whose_core_dies_in_use_is_no_pass(
    project: Project, stub_python: Path, room: Path
) -> None:
    source = (
        "import multiprocessing\n"
        "def kills(self, *args, **kwargs):\n"
        f"    {KILLS}\n"
        "    return ask(self)\n"
        "def register():\n"
        "    global ask\n"
        "    from vllm.v1.engine.llm_engine import LLMEngine\n"
        "    if LLMEngine.ask is not kills:\n"
        "        ask, LLMEngine.ask = LLMEngine.ask, kills\n"
    )
    report = verify(project(source), stub_python, status=1)
    (engine,) = report["targets"][0]["live"]["engines"]
    assert engine["came_up"]
    assert engine["ending"] == "died while answering requests"
    assert engine["telling"][-1].endswith("EngineDeadError: EngineCore encountered an issue.")
    assert codes(report) == {"VP753"}


def test_what_a_plugin_costs(project: Project, stub_python: Path, room: Path) -> None:
    source = "import time\ndef register():\n    time.sleep(0.5)\n"
    words = [word for word in command(project(source), stub_python) if word != "--live"]
    done = subprocess.run(
        [*words, "--bench", "--runs", "2"], capture_output=True, text=True, timeout=600, check=False
    )
    assert done.returncode == 0, done.stderr
    bench = json.loads(done.stdout)["targets"][0]["bench"]
    figures = {figure["name"]: figure for figure in bench["figures"]}
    assert bench["runs"] == 2
    for name in ("start-up", "request", "peak memory"):
        assert len(figures[name]["without"]) == len(figures[name]["with"]) == 2
    assert figures["loading the plugins"]["with"][0] >= 0.5
    assert list(room.iterdir()) == []


def test_no_vllm_is_a_sentence_and_status_4(project: Project, tmp_path: Path) -> None:
    folder = tmp_path / "bare"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(folder)], check=True)
    words = command(project("def register(): pass\n"), folder)
    words.remove("--json")
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    assert done.returncode == 4
    assert done.stderr.splitlines()[-2].startswith("error: there is no vLLM in ")
    assert "pip install vllm" in done.stderr.splitlines()[-1]
    assert done.stdout == ""
    report = verify(tmp_path / "tried", folder, status=4)
    (target,) = report["targets"]
    assert target["error"].startswith("there is no vLLM in ")
    assert "pip install vllm" in target["hint"]


def test_a_path_that_leads_nowhere_is_told_before_that_there_is_no_vllm(tmp_path: Path) -> None:
    folder = tmp_path / "bare"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(folder)], check=True)
    missing = tmp_path / "acme"
    report = verify(missing, folder, status=2)
    assert report["targets"][0]["error"] == f"{missing}: no such file or folder"
