"""Timing two things in turn: A B A B …, medians, and the ratio pair by pair."""

from __future__ import annotations

import statistics
import subprocess
import time
from collections.abc import Callable, Sequence


def wall(command: Sequence[str], env: dict[str, str] | None = None) -> Callable[[], float]:
    """Return a function that runs ``command`` and gives its wall time in seconds."""

    def run() -> float:
        start = time.perf_counter()
        done = subprocess.run(command, capture_output=True, env=env, check=False)
        elapsed = time.perf_counter() - start
        if done.returncode not in (0, 1):
            raise SystemExit(f"{command} failed:\n{done.stderr.decode()}")
        return elapsed

    return run


def pair(
    name: str, a: Callable[[], float], b: Callable[[], float], *, runs: int, bound: str
) -> float:
    """Time ``a`` against ``b`` and print medians in milliseconds and the median ratio A/B."""
    a(), b()  # warm the caches of files and byte code
    first, second = [], []
    for _ in range(runs):
        first.append(a())
        second.append(b())
    ratio = statistics.median(x / y for x, y in zip(first, second, strict=True))
    print(
        f"{name:<58} {statistics.median(first) * 1e3:9.1f} ms "
        f"{statistics.median(second) * 1e3:9.1f} ms   ratio {ratio:6.3f}   ({bound})"
    )
    return ratio


def alone(name: str, a: Callable[[], float], *, runs: int, bound: str) -> float:
    """Time ``a`` and print its median in milliseconds."""
    a()
    seconds = statistics.median(a() for _ in range(runs))
    print(f"{name:<58} {seconds * 1e3:9.1f} ms   ({bound})")
    return seconds
