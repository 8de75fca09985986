"""Lines of keys in a TOML file: :mod:`tomllib` gives values, people want places."""

from __future__ import annotations

import re
import tomllib
from typing import Any

_HEADER = re.compile(r"^\s*(\[{1,2})(.+?)\]{1,2}\s*(#.*)?$")
_KEY = re.compile(
    r"""^\s*((?:[A-Za-z0-9_-]+|"[^"]*"|'[^']*')(?:\s*\.\s*(?:[A-Za-z0-9_-]+|"[^"]*"|'[^']*'))*)\s*="""
)


def key_lines(text: str) -> dict[tuple[str, ...], int]:
    """Return the 1-based line on which each key and table of ``text`` first stands.

    Keys are full paths, e.g. ``("project", "entry-points", "vllm.general_plugins", "mine")``.
    Inline tables and multi-line arrays are known by the line of their own key. The text need not
    parse as a whole: what cannot be placed is left out.
    """
    lines: dict[tuple[str, ...], int] = {}
    table: tuple[str, ...] = ()
    in_array = False
    quote: str | None = None
    for number, line in enumerate(text.splitlines(), start=1):
        if quote is not None:  # inside a multi-line string
            if quote in line:
                quote = None
            continue
        header = _HEADER.match(line)
        if header is not None:
            path = _path(header[2])
            if path:
                # Keys of an array's tables have an index in their path: none is asked for.
                in_array = line.lstrip().startswith("[[")
                table = path
                _note(lines, table, number)
                continue
        key = _KEY.match(line)
        if key is not None and not in_array:
            path = _path(key[1])
            if path:
                _note(lines, table + path, number)
        quote = _opened(line)
    return lines


#: Strings on one line, whole; a string that stays open; a comment.
_TOKEN = re.compile(
    r"""(\"{3}(?:\\.|[^\\])*?\"{3}|'{3}.*?'{3}|"(?!"")(?:\\.|[^"\\])*"|'(?!'')[^']*')"""
    r"""|(\"{3}|'{3})|(\#)"""
)


def _opened(line: str) -> str | None:
    """The quotes of a multi-line string that ``line`` opens and does not close."""
    for match in _TOKEN.finditer(line):
        if match[2]:
            return match[2]
        if match[3]:
            return None
    return None


def _note(lines: dict[tuple[str, ...], int], path: tuple[str, ...], number: int) -> None:
    for end in range(1, len(path) + 1):
        lines.setdefault(path[:end], number)


def _path(dotted: str) -> tuple[str, ...]:
    """Let tomllib itself read a dotted key, quoting rules and all."""
    try:
        value: Any = tomllib.loads(f"{dotted} = 0")
    except tomllib.TOMLDecodeError:
        return ()
    parts = []
    while isinstance(value, dict):
        key, value = next(iter(value.items()))
        parts.append(key)
    return tuple(parts)
