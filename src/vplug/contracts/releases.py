"""The releases of a store in order, and sets of them as intervals a person can read.

``0.9.0`` is one release, ``0.9.0-0.10.2`` a closed run, ``0.12.0-`` a run that reaches the newest.
Since an open run says nothing of the newest release by name, adding a release changes only the
lines of what changed in it.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cached_property


class Releases:
    """Release numbers, oldest first; bit *i* of a mask is release *i*."""

    def __init__(self, names: Iterable[str]) -> None:
        self.names = tuple(names)

    @cached_property
    def place(self) -> dict[str, int]:
        """Release → its bit."""
        return {name: place for place, name in enumerate(self.names)}

    @cached_property
    def everything(self) -> int:
        """The mask of all releases."""
        return (1 << len(self.names)) - 1

    def in_mask(self, mask: int) -> tuple[str, ...]:
        """Return the releases in ``mask``, oldest first."""
        return tuple(name for place, name in enumerate(self.names) if mask >> place & 1)

    def intervals(self, mask: int, within: int) -> str:
        """Return ``mask`` as comma-separated runs over the releases of ``within``.

        Releases outside ``within`` are of no interest, so a run may bridge them: what a module holds
        in every release that has the module is one run, though the module came and went.
        """
        runs: list[str] = []
        start: str | None = None
        last = ""
        places = [place for place in range(len(self.names)) if within >> place & 1]
        for place in places:
            name = self.names[place]
            if mask >> place & 1:
                start = start or name
                last = name
            elif start is not None:
                runs.append(start if start == last else f"{start}-{last}")
                start = None
        if start is not None:
            runs.append(f"{start}-")
        return ",".join(runs)

    def parse(self, text: str, within: int) -> int:
        """Return the mask that :meth:`intervals` wrote.

        Raises:
            ValueError: it names an unknown release or is no interval.
        """
        mask = 0
        for run in text.split(","):
            first, dash, last = run.partition("-")
            if first not in self.place or (last and last not in self.place):
                raise ValueError(f"unknown release in interval {run!r}")
            low = self.place[first]
            high = self.place[last] if last else (len(self.names) - 1 if dash else low)
            if high < low:
                raise ValueError(f"interval {run!r} runs backwards")
            mask |= ((1 << (high - low + 1)) - 1) << low
        return mask & within


def in_order(names: Iterable[str]) -> list[str]:
    """Return release numbers oldest first, as PEP 440 orders them.

    Raises:
        ValueError: one is no version.
    """
    # Not at the top: a look-up in the store has no need of it, and it costs as much as 20 look-ups.
    from packaging.version import InvalidVersion, Version

    try:
        return sorted(set(names), key=Version)
    except InvalidVersion as error:
        raise ValueError(str(error)) from None
