"""What is kept of a child's output, and how its failures are put into words."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

import pytest

from vplug.release.backend import run_child
from vplug.release.failure import environment_failed
from vplug.release.output import KEPT_LINES, MAX_LINE, Output, reason_in, telling_lines


def test_megabytes_are_not_kept() -> None:
    output = Output()
    for _ in range(3000):
        output.feed(b"x" * 999 + b"\n")
    output.feed(b"y" * 3_000_000)
    output.feed(b"\nlast")
    output.end()
    assert len(output.lines) == KEPT_LINES
    assert max(map(len, output.lines)) <= MAX_LINE
    assert output.lines[-1] == "last"


def test_control_sequences_are_taken_out() -> None:
    output = Output()
    output.feed(b"10%\r20%\r\x1b[31mred\x1b[0m\x07 \x1b]0;title\x07end \xff\n")
    assert output.lines == ("red end \ufffd",)


def test_lines_arrive_whole_whatever_the_pieces() -> None:
    heard: list[str] = []
    output = Output(heard.append)
    for piece in (b"on", b"e\ntw", b"o\n", b"three"):
        output.feed(piece)
    output.end()
    assert heard == ["one", "two", "three"]


def test_telling_lines_leave_out_the_hook_caller() -> None:
    text = """
Traceback (most recent call last):
  File "/x/pyproject_hooks/_in_process/_in_process.py", line 389, in <module>
    main()
    ~~~~^^
  File "setup.py", line 3, in <module>
    boom()
    ^^^^^^
again
again
RuntimeError: boom
"""
    assert telling_lines(text.splitlines()) == (
        "Traceback (most recent call last):",
        '  File "setup.py", line 3, in <module>',
        "    boom()",
        "again",
        "RuntimeError: boom",
    )
    assert telling_lines(map(str, range(100))) == tuple(map(str, range(80, 100)))


@pytest.mark.parametrize(
    ("lines", "reason"),
    [
        (["x", "pkg.mod.SomeError: told"], "pkg.mod.SomeError: told"),
        (["KeyError: 1", "note: this error originates elsewhere"], "KeyError: 1"),
        (["error: metadata-generation-failed", "bye"], "metadata-generation-failed"),
        (["a.c:1: ok", "nothing here"], None),
        ([], None),
    ],
)
def test_reason(lines: list[str], reason: str | None) -> None:
    assert reason_in(lines) == reason


@pytest.mark.parametrize(
    ("stderr", "words"),
    [
        (
            (
                b"WARNING: Retrying after NewConnectionError('refused')\n"
                b"ERROR: No matching distribution found for setuptools>=61\n"
            ),
            "installing setuptools>=61 failed: the package index cannot be reached",
        ),
        (
            b"ERROR: No matching distribution found for nope>=3 (from x)\n",
            "installing nope>=3 failed: pip finds no such distribution",
        ),
        (b"ERROR: disk full\n", "installing setuptools failed: disk full"),
        (b"", "installing setuptools failed: its process exited with status 1"),
    ],
)
def test_offline(stderr: bytes, words: str) -> None:
    error = subprocess.CalledProcessError(1, ["pip"], output=b"Collecting\n", stderr=stderr)
    failure = environment_failed(error, {"setuptools"})
    assert words in failure.message
    assert "\n" not in failure.message
    assert "--no-isolation" in (failure.hint or "")
    assert failure.status == 4


def test_no_environment_at_all() -> None:
    failure = environment_failed(OSError(28, "No space left on device"), ())
    assert "No space left on device" in failure.message


def child(code: str, output: Output) -> None:
    run_child([sys.executable, "-c", code], output)


def test_a_child_has_no_stdin() -> None:
    output = Output()
    child("import sys; print(repr(sys.stdin.read()))", output)
    assert output.lines == ("''",)


def test_a_childs_status_and_last_words() -> None:
    output = Output()
    with pytest.raises(subprocess.CalledProcessError) as caught:
        child("import sys; print('words', file=sys.stderr); sys.exit(7)", output)
    assert caught.value.returncode == 7
    assert output.lines == ("words",)


@pytest.mark.skipif(sys.platform == "win32", reason="process groups are POSIX's")
def test_a_daemon_left_behind_is_ended(tmp_path: Path) -> None:
    note = tmp_path / "pid"
    code = (
        "import subprocess, sys, pathlib\n"
        "p = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(600)'])\n"
        f"pathlib.Path({str(note)!r}).write_text(str(p.pid))\n"
        "print('done', flush=True)\n"
        "p.returncode = 0\n"
    )
    output = Output()
    child(code, output)
    assert output.lines == ("done",)
    assert is_gone(int(note.read_text()))


def is_gone(pid: int) -> bool:
    import os

    for _ in range(200):
        try:
            os.kill(pid, 0)
            state = Path(f"/proc/{pid}/stat")
            if state.exists() and state.read_text().rpartition(")")[2].split()[0] == "Z":
                return True
        except ProcessLookupError:
            return True
        time.sleep(0.05)
    return False
