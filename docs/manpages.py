"""Manual pages, made of the command line's own texts: ``vplug.1`` and one page a command."""

from __future__ import annotations

import re
from pathlib import Path

from commandline import Command, Parameter, tree

from vplug import __version__

PAGES = "man"
_REFERENCE = Path(__file__).parent / "reference.md"


def pages() -> dict[str, str]:
    """Return every page's text by its name."""
    root = tree()
    found = {"vplug.1": _root(root)}
    for command in root.commands:
        found[f"{'-'.join(command.words)}.1"] = _page(command, root)
    return found


def _root(root: Command) -> str:
    lines = [*_head(root), ".SH SYNOPSIS", *_synopsis(root), ".SH DESCRIPTION", _said(root.summary)]
    lines += [".SH COMMANDS"]
    for command in root.commands:
        lines += [".TP", rf"\fB{_said('-'.join(command.words))}\fR(1)", _said(command.summary)]
    lines += [".SH OPTIONS", *_items(root.parameters)]
    for title, heading in (
        ("EXIT STATUS", "Exit status"),
        ("ENVIRONMENT", "Environment variables"),
    ):
        lines += [f".SH {title}"]
        for term, text in _table(heading):
            lines += [".TP", rf"\fB{_said(term)}\fR", _said(text)]
    return _whole(lines)


def _page(command: Command, root: Command) -> str:
    lines = [*_head(command), ".SH SYNOPSIS"]
    for each in command.commands or (command,):
        lines += [*_synopsis(each), ".br"]
    lines.pop()
    lines += [".SH DESCRIPTION", *_description(command)]
    lines += _parameters(command, ".SH", upper=True)
    for below in command.commands:
        lines += [f".SH {below.name.upper()}", *_description(below)]
        lines += _parameters(below, ".SS", upper=False)
    others = [
        rf"\fB{_said('-'.join(other.words))}\fR(1)"
        for other in (root, *root.commands)
        if other != command
    ]
    lines += [".SH SEE ALSO", ",\n".join(others)]
    return _whole(lines)


def _head(command: Command) -> list[str]:
    name = "-".join(command.words)
    return [
        r".\" Written by docs/generate.py from the texts of --help.",
        # No date: the page must be the same whenever it is made.
        f'.TH {name.upper()} 1 "" "vplug {__version__}" "vplug"',
        ".SH NAME",
        rf"{_said(name)} \- {_said(command.summary.rstrip('.'))}",
    ]


def _synopsis(command: Command) -> list[str]:
    return [
        rf"\fB{_said(command.name)}\fR {_said(command.usage.removeprefix(command.name).strip())}"
    ]


def _description(command: Command) -> list[str]:
    lines = [_said(command.summary)]
    for block in command.body:
        if block.startswith(" "):
            lines += [".PP", ".nf", *(_said(line) for line in block.splitlines()), ".fi"]
        else:
            lines += [".PP", _said(block)]
    if command.examples:
        lines += [".PP", "Example:", ".PP", ".nf"]
        lines += [*(f"    {_said(line)}" for line in command.examples), ".fi"]
    return lines


def _parameters(command: Command, mark: str, *, upper: bool) -> list[str]:
    lines: list[str] = []
    for title, wanted in (("Arguments", False), ("Options", True)):
        chosen = tuple(item for item in command.parameters if item.is_option is wanted)
        if chosen:
            lines += [f"{mark} {title.upper() if upper else title}", *_items(chosen)]
    return lines


def _items(items: tuple[Parameter, ...]) -> list[str]:
    lines = []
    for item in items:
        names = ", ".join(rf"\fB{_said(name)}\fR" for name in item.names)
        value = rf" \fI{_said(item.value)}\fR" if item.value else ""
        text = item.help + (f" Default: {item.default}." if item.default else "")
        lines += [".TP", names + value, _said(text)]
    return lines


def _table(heading: str) -> list[tuple[str, str]]:
    """The rows of the reference's table under a heading."""
    text = _REFERENCE.read_text(encoding="utf-8")
    part = text.partition(f"\n## {heading}\n")[2].partition("\n## ")[0]
    rows = re.findall(r"^\| (.+?) \| (.+?) \|$", part, re.MULTILINE)
    return [(a.replace("`", ""), b.replace("`", "")) for a, b in rows[1:]]


def _said(text: str) -> str:
    """Text as roff takes it literally."""
    text = text.replace("\\", r"\e").replace("-", r"\-").replace("…", "...").replace("→", r"\(->")
    return rf"\&{text}" if text.startswith((".", "'")) else text


def _whole(lines: list[str]) -> str:
    return "\n".join(lines) + "\n"
