"""What is printed and logged while something is asked, heard in the process itself."""

from __future__ import annotations

import contextlib
import re
import sys
from collections import deque
from collections.abc import Callable, Iterable, Iterator

#: How much is kept.
MOST_WRITES = 1_000
MOST_LINES = 5
LINE_LENGTH = 500


@contextlib.contextmanager
def listening() -> Iterator[deque[str]]:
    """Give a copy of what is written to ``sys.stdout`` and ``sys.stderr`` meanwhile, the last of it.

    Loggers write there too. The streams stay the objects that they are: handlers hold them. What a
    library writes to the descriptor is not heard.
    """
    said: deque[str] = deque(maxlen=MOST_WRITES)
    heard = []
    for stream in {id(stream): stream for stream in (sys.stdout, sys.stderr)}.values():
        with contextlib.suppress(Exception):  # a plugin may have put anything there
            own = vars(stream).get("write")
            write = stream.write

            def copying(text: str, write: Callable[[str], int] = write) -> int:
                said.append(str(text)[-MOST_LINES * LINE_LENGTH :])
                return write(text)

            stream.write = copying
            heard.append((stream, own, copying))
    try:
        yield said
    finally:
        for stream, own, copying in heard:
            with contextlib.suppress(Exception):
                if vars(stream).get("write") is not copying:
                    continue
                if own is None:
                    del stream.write
                else:
                    stream.write = own


def last_lines(said: Iterable[str]) -> list[str]:
    """Return the last lines of a text, without colours and blank ones."""
    text = re.sub("\x1b\\[[0-9;]*m", "", "".join(said))
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return [line[:LINE_LENGTH] for line in lines[-MOST_LINES:]]
