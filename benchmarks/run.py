"""What vplug's speed is held to, both sides of every comparison in one run.

    python benchmarks/run.py [--engine PYTHON] [--tree FOLDER] [--runs N]

``--engine``: an interpreter with vLLM and vplug installed (``pip install .`` into it).
``--tree``: an unpacked vllm-ascend sdist, or any large plugin project.
Without them, only what needs neither is timed.
"""

from __future__ import annotations

import argparse
import os
import random
import shutil
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from timing import alone, pair, wall

TRIVIAL = """
import typer

app = typer.Typer()


@app.command()
def main(name: str = "x"):
    print(name)


app()
"""
LOADER = """
from vllm.plugins import load_plugins_by_group

for group in ("vllm.general_plugins", "vllm.platform_plugins", "vllm.io_processor_plugins"):
    load_plugins_by_group(group)
"""


def _make_distributions(folder: Path, count: int) -> None:
    """Lay down made-up distributions as an environment has them: a fifth with scripts, few plugins."""
    chance = random.Random(7)
    for number in range(count):
        info = folder / f"made_up_{number}-1.{number}.dist-info"
        info.mkdir()
        text = f"Metadata-Version: 2.1\nName: made-up-{number}\nVersion: 1.{number}\n"
        (info / "METADATA").write_text(text + "Requires-Dist: x\n" * 20)
        (info / "RECORD").write_text("")
        if chance.random() < 0.2:
            (info / "entry_points.txt").write_text(f"[console_scripts]\nx{number} = x:main\n")
        if number % 100 == 0:
            entry = f"[vllm.general_plugins]\nplugin_{number} = made_up_{number}:register\n"
            (info / "entry_points.txt").write_text(entry)


def _in_process(function: Callable[[], object]) -> Callable[[], float]:
    def run() -> float:
        start = time.perf_counter()
        function()
        return time.perf_counter() - start

    return run


def scan_many(runs: int) -> None:
    """The scan alone, against the standard library's own, over 2,000 distributions."""
    import importlib
    import importlib.metadata

    import importlib_metadata  # noqa: F401 - before sys.path is emptied

    from vplug.discovery.environment import Environment
    from vplug.discovery.installed import scan

    with tempfile.TemporaryDirectory() as tmp:
        _make_distributions(Path(tmp), 2_000)
        environment = Environment("made up", (tmp,))

        def theirs() -> None:
            importlib.metadata.entry_points(group="vllm.general_plugins")

        before = sys.path[:]
        try:
            sys.path[:] = [tmp]
            found = scan(environment)
            assert len(found.distributions) == 20
            assert len(importlib.metadata.entry_points(group="vllm.general_plugins")) == 20
            pair(
                "scan of 2,000 distributions / entry_points(group=…)",
                _in_process(lambda: scan(environment)),
                _in_process(theirs),
                runs=runs,
                bound="at most 1.3",
            )
        finally:
            sys.path[:] = before


def list_in_engine(engine: str, runs: int) -> None:
    """``vplug list`` in a real vLLM environment, against a trivial Typer command and vLLM's loader."""
    vplug = str(Path(engine).with_name("vplug"))
    if not Path(vplug).exists():
        sys.exit(f"no vplug beside {engine}: pip install vplug's checkout into its environment")
    with tempfile.TemporaryDirectory() as tmp:
        trivial = Path(tmp) / "trivial.py"
        trivial.write_text(TRIVIAL)
        pair(
            "vplug list / trivial Typer command",
            wall([vplug, "list"]),
            wall([engine, str(trivial)]),
            runs=runs,
            bound="at most 1.5",
        )
    pair(
        "vplug list / vLLM's load_plugins_by_group",
        wall([vplug, "list"]),
        wall([engine, "-c", LOADER], {**os.environ, "VLLM_LOGGING_LEVEL": "ERROR"}),
        runs=max(3, runs // 4),
        bound="at most 1/16 = 0.0625",
    )


def validate_tree(tree: str, runs: int) -> None:
    """``vplug validate`` on a large tree, and on the same tree with files that nothing reaches."""
    command = [sys.executable, "-m", "vplug", "validate", tree]
    alone("vplug validate on the tree", wall(command), runs=runs, bound="at most 1500 ms")
    with tempfile.TemporaryDirectory() as tmp:
        copy = Path(tmp) / "copy"
        shutil.copytree(tree, copy, symlinks=True)
        modules = [path for path in copy.rglob("*.py") if "tests" not in path.parts]
        for number in range(4):
            for path in modules:
                target = copy / f"unreached_{number}" / path.relative_to(copy)
                target.parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(path, target)
        pair(
            f"validate with {4 * len(modules)} more, unreached modules / without",
            wall([sys.executable, "-m", "vplug", "validate", str(copy)]),
            wall(command),
            runs=max(3, runs // 2),
            bound="near 1",
        )


def main() -> None:
    """Run what the arguments allow."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--engine")
    parser.add_argument("--tree")
    parser.add_argument("--runs", type=int, default=15)
    options = parser.parse_args()
    print(
        f"Python {sys.version.split()[0]}, {os.cpu_count()} cores, medians of {options.runs} runs"
    )
    scan_many(options.runs)
    if options.engine:
        list_in_engine(options.engine, options.runs)
    if options.tree:
        validate_tree(options.tree, options.runs)


if __name__ == "__main__":
    main()
