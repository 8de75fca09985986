"""Where something stands: a path, and a line and column where there is one."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, order=True)
class Location:
    """A place in a file.

    Attributes:
        path: as a person would type it: relative to the target for projects, ``ARCHIVE!member``-free
            member paths for archives (the archive is the target), absolute for environments.
        line: 1-based, or ``None`` where the whole file is meant.
        column: 1-based, or ``None``.
        end_line: 1-based, inclusive, or ``None``.
        end_column: 1-based, exclusive, or ``None``.
    """

    path: str
    line: int | None = None
    column: int | None = None
    end_line: int | None = None
    end_column: int | None = None

    def __str__(self) -> str:
        parts = [self.path]
        if self.line is not None:
            parts.append(str(self.line))
            if self.column is not None:
                parts.append(str(self.column))
        return ":".join(parts)
