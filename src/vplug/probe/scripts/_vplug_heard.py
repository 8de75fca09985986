"""What is printed and logged while something is asked, heard in the process itself."""

from __future__ import annotations

import contextlib
import re
import sys
from collections.abc import Callable, Iterator

#: How much is kept.
MOST_WRITES = 10_000
MOST_LINES = 5
LINE_LENGTH = 500


@contextlib.contextmanager
def listening(said: list[str]) -> Iterator[None]:
    """Keep a copy of what is written to ``sys.stdout`` and ``sys.stderr``, where loggers write too.

    The streams stay the objects that they are: handlers hold them. What a library writes to the
    descriptor is not heard.
    """
    heard = []
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(Exception):  # a plugin may have put anything there
            write = stream.write

            def copying(text: str, write: Callable[[str], int] = write) -> int:
                if len(said) < MOST_WRITES:
                    said.append(str(text))
                return write(text)

            stream.write = copying
            heard.append((stream, copying))
    try:
        yield
    finally:
        for stream, copying in heard:
            with contextlib.suppress(Exception):
                if vars(stream).get("write") is copying:
                    del stream.write


def last_lines(said: list[str]) -> list[str]:
    """The last lines of a text, without colours and blank ones."""
    text = re.sub("\x1b\\[[0-9;]*m", "", "".join(said))
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return [line[:LINE_LENGTH] for line in lines[-MOST_LINES:]]
