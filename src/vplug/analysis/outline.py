"""A module's source with the bodies of its functions left out: all that importing it runs.

Most of a module's text stands in functions, and parsing takes as long as the text is. Where only what
importing a module imports is asked for, as of a worker's modules, the rest need not be parsed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

#: Comments and strings: what looks like a statement within one is none. An open one goes on to the
#: end of its line, or of the file.
QUOTED = re.compile(
    r"""
      \#[^\n]*
    | \"{3} (?: [^"\\]++ | \\. | "(?!"") )*+ (?: \"{3} | \\?\Z )
    | '{3} (?: [^'\\]++ | \\. | '(?!'') )*+ (?: '{3} | \\?\Z )
    | " (?: [^"\\\n]++ | \\. )*+ "?
    | ' (?: [^'\\\n]++ | \\. )*+ '?
    """,
    re.DOTALL | re.VERBOSE,
)
_DEFINITION = re.compile(r"^([ \t]*)(?:async[ \t]+)?def[ \t]+\w", re.MULTILINE)
#: The end of a definition's head; a body on the same line is none.
_HEAD_END = re.compile(r":[ \t]*(?:\#[^\n]*)?\n")
_BRACKETS = (("(", ")"), ("[", "]"), ("{", "}"))


def outlined(text: str) -> str:
    """Return a source with ``pass`` in place of what functions and methods do; lines keep their numbers.

    What cannot be told apart, such as code within a string, may be left in or cut in two: a text that
    then does not parse says nothing about the source.
    """
    if "\r" in text:
        return text
    parts: list[str] = []
    done = 0
    double = single = 0
    while (found := _DEFINITION.search(text, done)) is not None:
        kept = text[done : found.start()]
        double += kept.count('"""')
        single += kept.count("'''")
        start = end = None
        if double % 2 == 0 and single % 2 == 0:  # not within a string: source made by source
            start = _head_end(text, found.start())
        if start is not None:
            end = _body_end(text, start, len(found[1]))
        if start is None or end is None or end <= start:
            parts += (kept, found[0])
            done = found.end()
        else:
            lines = text.count("\n", start, end)
            parts += (kept, text[found.start() : start], found[1], " pass", "\n" * lines)
            done = end
    parts.append(text[done:])
    return "".join(parts)


def _head_end(text: str, start: int) -> int | None:
    """Where the line after a definition's head begins; ``None`` for a body on the same line."""
    for colon in _HEAD_END.finditer(text, start):
        head = text[start : colon.start()]
        if all(head.count(opening) == head.count(closing) for opening, closing in _BRACKETS):
            return colon.end() if "\n" not in head or "(" in head.partition("\n")[0] else None
        if head.count("\n") > 200:
            break
    return None


def _body_end(text: str, start: int, indent: int) -> int:
    """Where the first line after a body begins that is not indented farther than its definition."""
    following = _FOLLOWING.get(indent)
    if following is None:
        following = _FOLLOWING[indent] = re.compile(rf"^[ \t]{{0,{indent}}}[^\s#]", re.MULTILINE)
    quoted: Iterator[re.Match[str]] | None = None
    inside: re.Match[str] | None = None
    for found in following.finditer(text, start):
        end = found.start()
        # Within a string that goes over several lines, anything may stand at the margin.
        if quoted is None:
            body = text[start:end]
            if body.count('"""') % 2 == 0 and body.count("'''") % 2 == 0:
                return end
            quoted = QUOTED.finditer(text, start)
            inside = next(quoted, None)
        while inside is not None and inside.end() <= end:
            inside = next(quoted, None)
        if inside is None or inside.start() >= end:
            return end
    return len(text)


_FOLLOWING: dict[int, re.Pattern[str]] = {}
