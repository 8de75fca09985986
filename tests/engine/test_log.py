"""Which lines of a log tell; the captured one is of vLLM 0.32.0 and its own example platform."""

from __future__ import annotations

from vplug.probe.engine_log import (
    is_second_hand,
    last_error,
    telling_lines,
    unset_variable,
)

from .conftest import CAPTURED

REAL = (CAPTURED / "platform-without-worker.log").read_text(encoding="utf-8")


def test_the_first_hand_traceback_of_a_real_log() -> None:
    lines = telling_lines(REAL)
    assert lines[0] == "Traceback in EngineCore (most recent call last):"
    assert lines[-1] == "ValueError: not enough values to unpack (expected 2, got 1)"
    assert any("resolve_obj_by_qualname" in line for line in lines)
    assert len(lines) <= 24
    assert not any("pid=" in line or "ERROR 11-23" in line for line in lines), "no prefixes"
    assert not any("engine_recorder" in line for line in lines), "nor vplug's own frames"
    assert last_error(REAL) == lines[-1]


def test_second_hand_errors_are_passed_over() -> None:
    log = (
        "(Worker pid=7) ERROR 11-23 21:00:00 [w.py:1] Traceback (most recent call last):\n"
        '(Worker pid=7) ERROR 11-23 21:00:00 [w.py:1]   File "acme.py", line 3, in load\n'
        "(Worker pid=7) ERROR 11-23 21:00:00 [w.py:1] OSError: no device\n"
        "Traceback (most recent call last):\n"
        '  File "core.py", line 1, in run\n'
        "RuntimeError: Engine core initialization failed. See root cause above. "
        "Failed core proc(s): {}\n"
    )
    assert last_error(log) == "OSError: no device"
    only = log[log.index("\nTraceback") :]
    assert last_error(only) is not None, "better than nothing where it is all there is"


def test_tracebacks_of_two_processes_that_interleave() -> None:
    log = (
        "(A pid=1) Traceback (most recent call last):\n"
        "(B pid=2) Traceback (most recent call last):\n"
        '(A pid=1)   File "a.py", line 1, in a\n'
        '(B pid=2)   File "b.py", line 1, in b\n'
        "(B pid=2) KeyError: 'b'\n"
        "(A pid=1) ValueError: a\n"
    )
    assert telling_lines(log) == (
        "Traceback in A (most recent call last):",
        '  File "a.py", line 1, in a',
        "ValueError: a",
    )


def test_an_interrupt_is_nobodys_fault() -> None:
    log = 'Traceback (most recent call last):\n  File "x"\nKeyboardInterrupt\nlast words\n'
    assert last_error(log) is None
    assert telling_lines(log)[-1] == "last words"


def test_without_a_traceback_errors_then_the_last_lines() -> None:
    log = "INFO 11-23 21:00:00 [a.py:1] well\nERROR 11-23 21:00:01 [a.py:2] out of memory\nbye\n"
    assert telling_lines(log) == ("out of memory",)
    assert telling_lines("one\n\ntwo\n") == ("one", "two")
    assert telling_lines("") == ()


def test_of_an_engine_that_hung_the_last_lines_are_told_too() -> None:
    went_on = (
        "(A pid=1) WARNING 11-23 21:00:00 [a.py:1] Traceback (most recent call last):\n"
        '(A pid=1) WARNING 11-23 21:00:00 [a.py:1]   File "a.py", line 1, in a\n'
        "(A pid=1) WARNING 11-23 21:00:00 [a.py:1] ImportError: no fast path\n"
    )
    log = f"{went_on}waiting for a lock\n"
    assert telling_lines(log)[-1] == "ImportError: no fast path"
    assert telling_lines(log, hung=True) == (
        "Traceback in A (most recent call last):",
        '  File "a.py", line 1, in a',
        "ImportError: no fast path",
        "...",
        "waiting for a lock",
    )
    assert telling_lines(went_on, hung=True)[-1] == "ImportError: no fast path", "shown once"
    assert telling_lines("one\n\ntwo\n", hung=True) == ("one", "two")
    many = went_on + "".join(f"line {number}\n" for number in range(100))
    assert len(telling_lines(many, hung=True)) <= 24
    assert telling_lines(many, hung=True)[-1] == "line 99"


def test_a_line_that_is_a_whole_configuration_is_cut() -> None:
    (line,) = telling_lines("Initializing with " + "x" * 5000)
    assert len(line) < 400


def test_frames_of_the_import_system_are_left_out() -> None:
    log = (
        "Traceback (most recent call last):\n"
        '  File "/lib/python3.11/importlib/__init__.py", line 126, in import_module\n'
        "    return _bootstrap._gcd_import(name[level:], package, level)\n           ^^^^^^\n"
        '  File "<frozen importlib._bootstrap>", line 1204, in _gcd_import\n'
        '  File "acme.py", line 3, in <module>\n    import fms\n'
        "ModuleNotFoundError: No module named 'fms'\n"
    )
    assert telling_lines(log) == (
        "Traceback (most recent call last):",
        '  File "acme.py", line 3, in <module>',
        "    import fms",
        "ModuleNotFoundError: No module named 'fms'",
    )


def test_an_error_that_only_points_at_another() -> None:
    assert is_second_hand("RuntimeError: Engine core initialization failed. See root cause above.")
    assert not is_second_hand("KeyError: 'acme'")


def test_a_variable_that_is_not_set() -> None:
    log = (
        "Traceback (most recent call last):\n"
        '  File "acme.py", line 3, in load\n    open(os.environ["ACME"])\n'
        "  File \"<frozen os>\", line 679, in __getitem__\nKeyError: 'ACME'\n"
    )
    assert unset_variable(telling_lines(log)) == "ACME"
    assert unset_variable(telling_lines(log.replace("<frozen os>", "dict.py"))) is None
