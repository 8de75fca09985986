"""vLLM runs in several processes and calls a plugin in each of them, at times twice."""

import os
import subprocess
import sys

import pytest

from {{ cookiecutter.package }}.environment import REPLACES
from {{ cookiecutter.package }}.plugin import BACKEND

CODE = """
from {{ cookiecutter.package }}.plugin import register
register()
register()
from vllm.v1.attention.backends.registry import AttentionBackendEnum as names
print(names.CUSTOM.get_path(), names.CPU_ATTN.get_path())
"""


def test_two_processes_register_alike_and_at_once() -> None:
    pytest.importorskip("vllm", reason="vLLM is not installed: there is nothing to register with")
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", CODE],
            env={**os.environ, REPLACES: "CPU_ATTN"},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for _ in range(2)
    ]
    answers = [process.communicate(timeout=300) for process in processes]
    assert [process.returncode for process in processes] == [0, 0], answers
    for stdout, _ in answers:
        assert stdout.splitlines()[-1].split() == [BACKEND, BACKEND]


def test_without_vllm_a_wrong_setting_is_still_told(monkeypatch: pytest.MonkeyPatch) -> None:
    from {{ cookiecutter.package }}.plugin import register

    monkeypatch.setenv(REPLACES, "no such name")
    with pytest.raises(ValueError, match=REPLACES):
        register()
