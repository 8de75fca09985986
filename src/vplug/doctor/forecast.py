"""Whether an entry point loads, as a noun of the doctor."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Forecast:
    """Whether vLLM can load an entry point.

    Attributes:
        loads: ``True`` where nothing speaks against it, ``None`` where it cannot be told.
        reason: the exception it ends in, or what cannot be told; ``None`` where it loads.
        ends_process: whether that exception is none that vLLM catches.
        path: the file in which it is raised, or ``None`` where that is not known.
        line: where in that file.
        hook: whether only a ``.pth`` file's code, which was not run, keeps it from being told.
    """

    loads: bool | None
    reason: str | None = None
    ends_process: bool = False
    path: str | None = None
    line: int | None = None
    hook: bool = False
