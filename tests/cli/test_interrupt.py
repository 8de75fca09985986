"""Ctrl-C has its effect wherever it comes, and what it clears up is cleared up."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from textwrap import dedent

import pytest

pytestmark = pytest.mark.skipif(os.name == "nt", reason="no signals to send there")

PRELUDE = """
import os, signal, sys, time
from vplug.cli.interrupt import note_interrupts, one_interrupt


class Dropped:
    '''Python drops what is raised here, a KeyboardInterrupt too.'''

    def __del__(self):
        os.kill(os.getpid(), signal.SIGINT)
        for _ in range(1000):
            pass


note_interrupts()
"""


def run(body: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", PRELUDE + dedent(body)],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_an_interrupt_that_python_dropped_is_raised_again() -> None:
    done = run("""
        try:
            with one_interrupt():
                Dropped()
                print("dropped", flush=True)
                time.sleep(50)
                print("never")
        except KeyboardInterrupt:
            print("interrupted")
    """)
    assert done.stdout.split() == ["dropped", "interrupted"]
    assert "Exception ignored" in done.stderr


def test_one_that_was_dropped_before_a_command_began_counts() -> None:
    done = run("""
        Dropped()
        try:
            with one_interrupt():
                print("never")
        except KeyboardInterrupt:
            print("interrupted")
    """)
    assert done.stdout.split() == ["interrupted"]


def test_clearing_up_is_not_interrupted_again() -> None:
    done = run("""
        from contextlib import contextmanager

        @contextmanager
        def room():
            try:
                yield
            finally:
                try:
                    raise TimeoutError
                except TimeoutError:
                    time.sleep(1.0)
                os.kill(os.getpid(), signal.SIGINT)
                os.kill(os.getpid(), signal.SIGTERM)
                print("cleared")

        try:
            with one_interrupt(), room():
                os.kill(os.getpid(), signal.SIGINT)
                time.sleep(50)
        except KeyboardInterrupt:
            print("interrupted")
        time.sleep(1.0)
        print("left")
    """)
    assert done.stdout.split() == ["cleared", "interrupted", "left"]
    assert done.stderr == ""


def test_what_was_ignored_from_the_start_stays_so() -> None:
    done = run("""
        signal.signal(signal.SIGHUP, signal.SIG_IGN)
        with one_interrupt():
            os.kill(os.getpid(), signal.SIGHUP)
        print("went on")
    """)
    assert done.stdout == "went on\n"


def test_handlers_are_put_back() -> None:
    from vplug.cli.interrupt import one_interrupt

    before = [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)]
    with one_interrupt():
        pass
    assert [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)] == before
