"""Lines that wrap under their own beginning on a terminal, and never in a pipe."""

from __future__ import annotations

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
