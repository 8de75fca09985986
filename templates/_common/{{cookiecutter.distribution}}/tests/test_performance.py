"""What loading the plugin costs: vLLM does it in its front end, its engine core and each worker."""

import subprocess
import sys

CODE = """
import sys, time
before, began = set(sys.modules), time.process_time()
import {{ cookiecutter.package }}.plugin
print(time.process_time() - began, *sorted(set(sys.modules) - before))
"""
# Each takes tenths of a second or more: they are imported where they are used.
HEAVY = {"fastapi", "numpy", "pydantic", "rasterio", "torch", "transformers", "vllm"}


def loaded() -> tuple[float, set[str]]:
    """Return the seconds of the processor that loading takes, and what it imports."""
    done = subprocess.run(
        [sys.executable, "-c", CODE], capture_output=True, text=True, check=True, timeout=60
    )
    seconds, *names = done.stdout.split()
    return float(seconds), set(names)


def test_loading_imports_nothing_heavy() -> None:
    assert not loaded()[1] & HEAVY


def test_loading_takes_next_to_no_time() -> None:
    # The best of three: a machine may be busy.
    assert min(loaded()[0] for _ in range(3)) < 0.5
