"""What the command line does about Ctrl-C, SIGTERM and a closed terminal."""

from __future__ import annotations

import contextlib
import signal
import sys
from collections.abc import Iterator
from typing import Any, NoReturn

#: Seconds after which an interrupt that nothing acts on is raised again.
_AGAIN_SECONDS = 0.3
_SIGNALS = [getattr(signal, n) for n in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, n)]
_noted = False


def note_interrupts() -> None:
    """Let :func:`one_interrupt` know of a Ctrl-C that comes before it, while commands are imported.

    Python drops a ``KeyboardInterrupt`` that a callback of a weak reference or a ``__del__`` raises, and
    every import of a module makes such a callback: a Ctrl-C there would have no effect.
    """

    def note(_number: int, _frame: object) -> NoReturn:
        global _noted  # noqa: PLW0603 - a signal has no other way to be told of
        _noted = True
        raise KeyboardInterrupt

    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, note)


@contextlib.contextmanager
def one_interrupt() -> Iterator[None]:
    """Let SIGTERM and a closed terminal clear up as Ctrl-C does, and the clearing up be finished.

    After the first, all three are ignored to the end of the process: a second Ctrl-C in the middle of
    it would leave something behind. It is bounded: children are killed, not waited for. A signal that
    was ignored from the start, under ``nohup`` for instance, stays so.

    Raises:
        KeyboardInterrupt: one came, before this was entered too.
    """
    if _noted:
        raise KeyboardInterrupt
    came = False

    def interrupt(_number: int, _frame: object) -> NoReturn:
        nonlocal came
        came = True
        for number in before:
            signal.signal(number, signal.SIG_IGN)
        _look_again()
        raise KeyboardInterrupt

    before: dict[int, Any] = {}
    for number in _SIGNALS:
        handler = signal.getsignal(number)
        if handler not in (signal.SIG_IGN, None):  # None: not set from Python
            before[number] = handler
    try:
        for number in before:
            signal.signal(number, interrupt)
        yield
    finally:
        if hasattr(signal, "setitimer"):
            signal.setitimer(signal.ITIMER_REAL, 0)
        if not came:
            for number, handler in before.items():
                signal.signal(number, handler)


def _look_again() -> None:
    """Raise the interrupt anew, now and then, as long as nobody acts on it; see `note_interrupts`."""
    if not hasattr(signal, "setitimer"):
        return  # Windows, where nothing is run that would have to be cleared up

    def look(_number: int, _frame: object) -> None:
        error = sys.exc_info()[1]
        while error is not None and not isinstance(error, KeyboardInterrupt):
            error = error.__context__
        if error is None:  # else what is running now clears up after it
            raise KeyboardInterrupt

    signal.signal(signal.SIGALRM, look)
    signal.setitimer(signal.ITIMER_REAL, _AGAIN_SECONDS, _AGAIN_SECONDS)
