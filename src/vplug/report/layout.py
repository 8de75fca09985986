"""Lines that wrap under their own beginning on a terminal, and never in a pipe."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.console import Console
    from rich.text import Text


def hanging(console: Console, text: Text, indent: int, hang: int = 0) -> None:
    """Print ``text`` indented; on a terminal what wraps is indented by ``hang`` more.

    Args:
        console: where to; one that is no terminal gets one line, whatever its length.
        text: one line.
        indent: columns before it.
        hang: columns more before what does not fit on the line.
    """
    from rich.text import Text as Line

    if not console.is_terminal:
        console.print(Line(" " * indent).append_text(text), soft_wrap=True)
        return
    width = max(console.width - indent, 20)
    first, *rest = _wrapped(console, text, width, max(width - hang, 16))
    console.print(Line(" " * indent).append_text(first), soft_wrap=True)
    for line in rest:
        console.print(Line(" " * (indent + hang)).append_text(line), soft_wrap=True)


def labelled(console: Console, key: str, value: Text, *, width: int, indent: int = 2) -> None:
    """Print ``key: value``; on a terminal what wraps stands below the value, and no word is cut.

    A word longer than a line, a path say, is left to the terminal to break: so it can be copied.

    Args:
        console: where to; one that is no terminal gets one line, whatever its length.
        key: the label.
        value: one line.
        width: columns for the label and its colon.
        indent: columns before it.
    """
    from rich.text import Text as Line

    label = Line(" " * indent).append(f"{key + ':':<{width}}", style="dim")
    room = max(console.width - indent - width, 20)
    breaks = _between_words(value.plain, room) if console.is_terminal else []
    for number, line in enumerate(value.divide(breaks)):
        line.rstrip()
        before = Line(" " * (indent + width)) if number else label
        console.print(before.append_text(line), soft_wrap=True)


def _between_words(text: str, room: int) -> list[int]:
    """Where to break ``text`` into lines of at most ``room`` columns; never within a word."""
    from rich.cells import cell_len

    found, used = [], 0
    for match in re.finditer(r"\s*\S+", text):
        needed = cell_len(match[0])
        if used and used + needed > room:
            found.append(match.end() - len(match[0].lstrip()))
            needed = cell_len(match[0].lstrip())
            used = 0
        used += needed
    return found


def _wrapped(console: Console, text: Text, first: int, rest: int) -> list[Text]:
    """Break ``text``: a line as wide as ``first``, then lines as wide as ``rest``."""
    lines = text.wrap(console, first)
    if len(lines) < 2 or first == rest:
        return list(lines) or [text]
    head = lines[0]
    # The plain text is cut at the end of the first line; blanks where it broke are left out.
    cut = len(head.plain)
    tail = text[cut:]
    while tail.plain.startswith(" "):
        tail = tail[1:]
    return [head, *tail.wrap(console, rest)]
