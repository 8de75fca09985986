"""What ``compat`` and ``validate --vllm`` cost, with griffe loading the same package beside them.

    python benchmarks/compat.py TREE PACKAGE [--runs N]

``TREE`` is an unpacked plugin project (vllm-ascend's sdist, say), ``PACKAGE`` its import package.
griffe is a development dependency of this script alone: ``pip install griffe``.
"""

from __future__ import annotations

import argparse
import sys

from timing import alone, pair, wall

GRIFFE = "import sys, griffe; griffe.load(sys.argv[2], search_paths=[sys.argv[1]], allow_inspection=False)"


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("tree")
    parser.add_argument("package")
    parser.add_argument("--runs", type=int, default=9)
    options = parser.parse_args()
    vplug = [sys.executable, "-m", "vplug"]
    one = [*vplug, "validate", options.tree, "--vllm", "0.33.0"]
    without = [*vplug, "validate", options.tree, "--ignore", "VP21,VP22"]
    pair(
        "compat over all releases / validate for one",
        wall([*vplug, "compat", options.tree]),
        wall(one),
        runs=options.runs,
        bound="at most 1.5",
    )
    pair(
        "validate --vllm, the store cold in each process / without it",
        wall(one),
        wall(without),
        runs=options.runs,
        bound="at most 1.3",
    )
    try:
        import griffe  # noqa: F401
    except ImportError:
        print("griffe is not installed: not timed")
        return
    alone(
        "griffe.load of the same package",
        wall([sys.executable, "-c", GRIFFE, options.tree, options.package]),
        runs=options.runs,
        bound="for comparison",
    )


if __name__ == "__main__":
    main()
