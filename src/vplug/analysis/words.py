"""Words by which source text is searched before its syntax trees are."""

from __future__ import annotations

import re

from vplug.analysis.bindings import BindingKind
from vplug.analysis.modules import Module, Source

#: What may make a platform function fail where its device is missing.
DECLINING = re.compile(r"\b(?:raise|import|assert)\b|\(")
#: What may raise in a function: ``raise``, look-ups and conversions of the environment.
RAISING = re.compile(r"\b(?:raise|environ|getenv)\b")
#: Calls on accelerators' modules, and arguments that put something on one.
DEVICES = re.compile(
    r"(?:cuda|npu|xpu|hpu|musa|mlu|gcu|mps|accelerator)\b[\w.]*[ \t]*\(|device[ \t]*=[ \t]*[\w\"'(]"
    r"|\.to\([ \t]*[\"']"
)
#: Calls of the builtin ``print``.
PRINT = re.compile(r"(?<![\w.])print[ \t]*\(")
#: Readings of the environment.
ENVIRONMENT = re.compile(r"environ\b|getenv\b")
#: Assignments to attributes of something other than the object itself.
SETTING = re.compile(r"\n[ \t]*(?!self\.|cls\.)[A-Za-z_]\w*\.[\w.]*[ \t]*(?:,[^=\n()]*)?=(?!=)")
#: Other ways to replace something.
REPLACING = re.compile(r"\bsetattr[ \t]*\(|\bmodules[ \t]*\[")
#: Calls of functions that register something.
REGISTERING = re.compile(r"\bregister\w*\b")


def renamed(pattern: re.Pattern[str], module: Module, names: frozenset[str]) -> re.Pattern[str]:
    """Return ``pattern`` with what the module's top level calls ``names`` when it imports them."""
    source = module.source
    if not isinstance(source, Source):
        return pattern
    others = [
        name
        for name, bindings in source.bindings.by_name.items()
        if name not in names
        and any(b.kind is BindingKind.FROM and b.imported in names for b in bindings)
    ]
    if not others:
        return pattern
    return re.compile(rf"{pattern.pattern}|\b(?:{'|'.join(map(re.escape, others))})\b")


#: What of ``os`` reads the environment.
READERS = frozenset({"environ", "getenv"})


def own_names(text: str, top: str) -> dict[int, list[str]]:
    """Return the dotted names below ``top`` that stand in quotes by themselves, by line."""
    found: dict[int, list[str]] = {}
    line, last = 1, 0
    if f'"{top}.' not in text and f"'{top}." not in text:
        return found
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    quoted = rf"""(?P<q>["'])(?P<name>{re.escape(top)}(?:\.[^\W\d]\w*)+(?::[^\W\d]\w*)?)(?P=q)"""
    for match in re.finditer(quoted, text):
        line += text.count("\n", last, match.start())
        last = match.start()
        found.setdefault(line, []).append(match["name"])
    return found


def lines_with_imports(text: str) -> list[int]:
    """Return the numbers of the lines that hold the word, counted as the parser counts them."""
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    found: list[int] = []
    line, last = 1, 0
    while (at := text.find("import", last)) >= 0:
        line += text.count("\n", last, at)
        found.append(line)
        last = at + 1
    return found
