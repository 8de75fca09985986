"""What a person and a program get of engines and costs."""

from __future__ import annotations

import io
import json

import pytest
from rich.console import Console

from vplug.model import (
    BenchFigure,
    BenchReport,
    Cell,
    CellKind,
    Difference,
    EngineProcess,
    EngineRun,
    LiveObservation,
    Role,
    Truth,
    Use,
)
from vplug.report.live import bench_json, live_json, print_bench, print_live

A, B = "vllm.general_plugins:a", "vllm.general_plugins:b"
TRACE = 'Traceback (most recent call last):\n  File "b.py", line 1, in register\nOSError: no'
LIVE = LiveObservation(
    vllm="0.32.0",
    platform="vllm.platforms.cpu.CpuPlatform",
    subjects=(A, B),
    engines=(
        EngineRun(
            "generates",
            False,
            {"model": "m"},
            came_up=False,
            ending="raised while starting the engine: RuntimeError: see above",
            processes=(
                EngineProcess(1, Role.FRONT_END),
                EngineProcess(2, Role.WORKER, rank=0, forked=True),
                EngineProcess(3, Role.WORKER, rank=1),
            ),
            cells=(
                Cell(A, 1, CellKind.LOADED, load_seconds=1.0, call_seconds=0.5, calls=1),
                Cell(A, 2, CellKind.INHERITED),
                Cell(A, 3, CellKind.SKIPPED, "not named by VLLM_PLUGINS='b'"),
                Cell(B, 1, CellKind.NOT_ASKED),
                Cell(B, 2, CellKind.CALL_FAILED, error="OSError: no", traceback=TRACE),
                Cell(B, 3, CellKind.CALL_FAILED, error="OSError: no", traceback=TRACE),
            ),
            telling=("OSError: no",),
            log="/tmp/engine.log",
            peak_bytes=2**30,
        ),
    ),
    control=EngineRun("without the plugins", False, came_up=True, start_seconds=25.0),
    uses=(Use(B, "each process", Truth.FAILS, "failed when called: OSError: no"),),
    differences=(Difference(A, "worker 1", "loads (general plugins …)", "skipped"),),
    notes=("VLLM_PLUGINS was set",),
)


def printed(show, value) -> str:
    stream = io.StringIO()
    show(value, Console(file=stream, width=200, emoji=False, markup=False, highlight=False))
    return stream.getvalue()


def test_the_matrix_names_every_cell_and_tells_a_traceback_once() -> None:
    text = printed(print_live, LIVE)
    rows = [line.split("  ") for line in text.splitlines()]
    (head,) = [line for line in text.splitlines() if line.startswith("  plugin")]
    assert head.split() == ["plugin", "front", "end", "worker", "0", "(forked)", "worker", "1"]
    (row,) = [line for line in text.splitlines() if line.startswith("  a ")]
    assert "loaded 1.50 s" in row
    assert "inherited" in row
    assert "skipped: not named by VLLM_PLUGINS='b'" in row
    assert text.count("in register") == 1, "the same in two processes"
    assert "log: /tmp/engine.log" in text
    assert "without the plugins: came up in 25 s" in text
    assert "a, worker 1: foretold: loads" in text
    assert "note: VLLM_PLUGINS was set" in text
    assert rows


def test_telling_lines_are_shown_where_no_plugin_is_to_blame() -> None:
    run = EngineRun("generates", True, ending="did not come up in 9 s", telling=("out of memory",))
    text = printed(print_live, LiveObservation(subjects=(A,), engines=(run,)))
    assert "vllm serve: generates: did not come up in 9 s" in text
    assert "    out of memory" in text


def test_on_a_narrow_terminal_no_word_is_cut_and_sentences_have_lines_of_their_own() -> None:
    stream = io.StringIO()
    out = Console(file=stream, width=80, markup=False, force_terminal=True, color_system=None)
    trace = 'Traceback:\n  File "/a/path/that/is/longer/than/what/a/terminal/holds/of/eighty/columns.py"'
    run = EngineRun("generates", False, ending="raised", telling=tuple(trace.splitlines()))
    name = "a_plugin_of_a_long_name"
    use = Use(f"vllm.general_plugins:{name}", "each process", Truth.FAILS, "a sentence " * 12)
    print_live(LiveObservation(engines=(run,), uses=(use,)), out)
    text = stream.getvalue()
    assert f"  {name}, each process: fails\n      a sentence" in text
    assert all(len(line) <= 80 for line in text.splitlines() if "sentence" in line)
    assert "of/eighty/columns.py" in text, "a path can be copied"
    assert "…" not in text


def test_workers_stand_by_rank_and_what_did_not_return_is_told() -> None:
    workers = tuple(EngineProcess(10 + rank, Role.WORKER, rank) for rank in (1, 0))
    run = EngineRun(
        "generates",
        False,
        ending="did not come up in 9 s",
        processes=(EngineProcess(1, Role.FRONT_END), *workers),
        cells=(
            Cell(A, 1, CellKind.LOADED, load_seconds=1.0),
            Cell(A, 10, CellKind.UNFINISHED, "calling it", 0.0, traceback="it was here:\n  line 3"),
            Cell(A, 11, CellKind.LOADED, load_seconds=2.0),
        ),
        telling=("waiting for a lock",),
    )
    text = printed(print_live, LiveObservation(subjects=(A,), engines=(run,)))
    (head,) = [line for line in text.splitlines() if line.startswith("  plugin")]
    assert head.index("worker 0") < head.index("worker 1")
    (row,) = [line for line in text.splitlines() if "loaded 2.00 s" in line]
    assert row.index("did not return") < row.index("loaded 2.00 s")
    assert "  a (calling it) did not return in the worker 0:\n    it was here:" in text
    assert "    waiting for a lock" in text


def test_the_json_holds_all_of_it() -> None:
    data = json.loads(json.dumps(live_json(LIVE)))
    (engine,) = data["engines"]
    assert [process["label"] for process in engine["processes"]] == [
        "front end",
        "worker 0",
        "worker 1",
    ]
    assert [cell["what"] for cell in engine["cells"]] == [
        "loaded",
        "inherited",
        "skipped",
        "not asked for",
        "failed when called",
        "failed when called",
    ]
    assert engine["peak_rss_bytes"] == 2**30
    assert data["control"]["came_up"] is True
    assert data["uses"][0]["truth"] == "fails"
    assert data["differences"][0]["process"] == "worker 1"


BENCH = BenchReport(
    3,
    (
        BenchFigure("start-up", "s", (20.0, 21.0, 22.0), (25.0, 26.0, 24.0)),
        BenchFigure("request", "s", (0.010, 0.012, 0.011), (0.011, 0.010, 0.012)),
        BenchFigure("peak memory", "bytes", (2.0**30,), (2.0**30 + 2**20,)),
        BenchFigure("loading the plugins", "s", (), (1.0,)),
    ),
    failed=("an engine with the plugins did not come up",),
)


def test_costs_are_medians_with_their_spread() -> None:
    text = printed(print_bench, BENCH)
    assert "21.00 s (20.00 s to 22.00 s)" in text
    assert "+4.00 s" in text
    assert "+0.0 ms, within the spread" in text
    assert "1,024 MiB" in text
    assert "not counted: an engine with the plugins did not come up" in text
    figures = {figure["name"]: figure for figure in bench_json(BENCH)["figures"]}
    assert figures["start-up"]["cost"] == 4.0
    assert figures["start-up"]["apart"] is True
    assert figures["request"]["apart"] is False
    assert figures["loading the plugins"]["cost"] is None


@pytest.mark.parametrize(
    ("without", "with_", "apart"),
    [
        ((1.0, 1.1, 1.2), (2.0, 2.1, 2.2), True),
        ((1.0, 1.1, 1.2), (1.1, 1.3, 1.4), False),
        # Beyond each other, as two times two are by chance in one case of three.
        ((0.048, 0.056), (0.062, 0.160), False),
        ((1.0,), (1.5,), True),
        ((), (1.0,), False),
    ],
)
def test_a_cost_is_one_where_it_is_beyond_the_spread(
    without: tuple[float, ...], with_: tuple[float, ...], apart: bool
) -> None:
    assert BenchFigure("request", "s", without, with_).apart is apart
