"""Times of `vplug doctor`, both sides in one run; give the interpreter of an environment with vLLM.

Usage: python benchmarks/doctor.py PYTHON [--runs N] [--foretell-only]
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import time
from statistics import median

TOUCH = "from vllm.platforms import current_platform; current_platform.device_type"


def seconds(command: list[str]) -> float:
    """Wall-clock seconds of one run; its status is not looked at, findings are no failure."""
    kept = {key: value for key, value in os.environ.items() if not key.startswith("VLLM_")}
    begun = time.perf_counter()
    subprocess.run(command, env=kept, capture_output=True, check=False)
    return time.perf_counter() - begun


def compare(name: str, ours: list[str], theirs: list[str], runs: int, bound: float) -> None:
    """Print the medians of both sides, interleaved, and their ratio against the bound."""
    pairs = [(seconds(ours), seconds(theirs)) for _ in range(runs)]
    mine, other = median(a for a, _ in pairs), median(b for _, b in pairs)
    print(f"{name}: {mine:.2f} s / {other:.2f} s = {mine / other:.2f} (bound {bound})")


def main() -> None:
    """Compare foretelling with `vplug list`, and the full report with importing vLLM once."""
    parser = argparse.ArgumentParser()
    parser.add_argument("python")
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--foretell-only", action="store_true")
    options = parser.parse_args()
    vplug = [sys.executable, "-m", "vplug"]
    where = ["--python", options.python]
    compare(
        "doctor --no-run / list",
        [*vplug, "doctor", "--no-run", *where],
        [*vplug, "list", *where],
        options.runs,
        2.0,
    )
    if not options.foretell_only:
        compare(
            "doctor / first touch of the platform",
            [*vplug, "doctor", *where],
            [options.python, "-c", TOUCH],
            options.runs,
            1.3,
        )


if __name__ == "__main__":
    main()
