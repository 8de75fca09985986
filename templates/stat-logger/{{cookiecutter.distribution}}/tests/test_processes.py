"""vLLM may run several API servers, and each builds the logger: all write to one file."""

import json
import os
import subprocess
import sys
from pathlib import Path

from {{ cookiecutter.package }}.environment import FILE

CODE = """
from types import SimpleNamespace
from {{ cookiecutter.package }}.environment import settings
from {{ cookiecutter.package }}.window import Window
from {{ cookiecutter.package }}.writer import writer_for

writer = writer_for(settings())
for engine in range(2):
    window = Window()
    writer.add_source({"engine": engine}, window.take)
    for _ in range(10):
        window.record(SimpleNamespace(num_running_reqs=engine), None, None)
"""


def test_each_process_writes_its_engines_lines_when_it_ends(tmp_path: Path) -> None:
    file = tmp_path / "stats.jsonl"
    processes = [
        subprocess.Popen([sys.executable, "-c", CODE], env={**os.environ, FILE: str(file)})
        for _ in range(3)
    ]
    assert [process.wait(timeout=300) for process in processes] == [0, 0, 0]
    lines = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]
    assert {(line["pid"], line["engine"]) for line in lines} == {
        (process.pid, engine) for process in processes for engine in range(2)
    }
    assert {line["steps"] for line in lines} == {10}
