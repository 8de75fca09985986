"""vLLM loads the class in the front end, to check requests, and in each worker, to apply it."""

import os
import subprocess
import sys

import pytest

from {{ cookiecutter.package }}.environment import MAX_TOKENS

CODE = """
from {{ cookiecutter.package }}.environment import max_tokens
from {{ cookiecutter.package }}.rules import BAN, parse_rule
print(parse_rule({BAN: "3,1,2"}, max_tokens()))
"""

VLLM_CODE = """
import {{ cookiecutter.package }}.plugin as plugin
first = plugin.TokenRules
print(first is plugin.TokenRules, first.__module__)
"""


def answers(code: str) -> list[str]:
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", code],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env={**os.environ, MAX_TOKENS: "3"},
        )
        for _ in range(2)
    ]
    outputs = [process.communicate(timeout=300) for process in processes]
    assert [process.returncode for process in processes] == [0, 0], outputs
    return [stdout.splitlines()[-1] for stdout, _ in outputs]


def test_two_processes_read_a_request_alike() -> None:
    first, second = answers(CODE)
    assert first == second == "TokenRule(allow=False, tokens=(1, 2, 3), first=None)"


def test_two_processes_find_the_class_at_once_and_again() -> None:
    pytest.importorskip("vllm", reason="vLLM is not installed: its class cannot be derived from")
    module = "{{ cookiecutter.package }}.processor"
    assert answers(VLLM_CODE) == [f"True {module}"] * 2
