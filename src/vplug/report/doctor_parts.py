"""What a doctor's report is made of: sections of lines, whatever dresses them."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Line:
    """One line: what, its value, and its mood: ``good``, ``bad``, ``doubt``, ``off`` or plain."""

    key: str
    value: str
    mood: str = ""


@dataclass(frozen=True, slots=True)
class Section:
    """A part of the report, with its lines."""

    title: str
    lines: tuple[Line, ...]
