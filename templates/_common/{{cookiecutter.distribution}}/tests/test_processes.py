"""vLLM runs in several processes and calls a plugin in more than one of them, at times twice."""

import subprocess
import sys

CODE = """
from {{ cookiecutter.package }}.plugin import register
print([register(), register()])
"""


def test_two_processes_register_alike_and_at_once() -> None:
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", CODE],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for _ in range(2)
    ]
    answers = [process.communicate(timeout=300) for process in processes]
    assert [process.returncode for process in processes] == [0, 0], answers
    first, second = (stdout.splitlines()[-1] for stdout, _ in answers)
    assert first == second
