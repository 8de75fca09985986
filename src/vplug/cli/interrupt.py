"""What commands that run plugin code do about Ctrl-C, SIGTERM and a closed terminal."""

from __future__ import annotations

import contextlib
import signal
from collections.abc import Iterator
from typing import NoReturn


@contextlib.contextmanager
def one_interrupt() -> Iterator[None]:
    """Let SIGTERM and a closed terminal clear up as Ctrl-C does, and the clearing up be finished.

    After the first, all three are ignored to the end of the process: a second Ctrl-C in the middle of
    it would leave something behind. It is bounded: children are killed, not waited for.
    """
    numbers = [getattr(signal, n) for n in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, n)]
    came = False

    def interrupt(_number: int, _frame: object) -> NoReturn:
        nonlocal came
        came = True
        for number in numbers:
            signal.signal(number, signal.SIG_IGN)
        raise KeyboardInterrupt

    before = {number: signal.signal(number, interrupt) for number in numbers}
    try:
        yield
    finally:
        if not came:
            for number, handler in before.items():
                signal.signal(number, handler)
