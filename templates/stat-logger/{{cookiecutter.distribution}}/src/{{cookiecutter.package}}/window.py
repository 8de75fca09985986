"""What one engine did since its last line, summed up."""

import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from enum import Enum
from threading import Lock
from typing import Any

from .fields import is_structure, number, public_fields

# Statistics nested deeper than this are a connector's or a library's own; they are left out.
DEPTH = 3


@dataclass
class Spread:
    """Many measurements of one thing: how many, their sum, the least and the greatest."""

    count: int = 0
    sum: float = 0.0
    min: float = 0.0
    max: float = 0.0

    def add(self, value: float) -> None:
        """Take one more measurement in."""
        self.min = value if self.count == 0 else min(self.min, value)
        self.max = value if self.count == 0 else max(self.max, value)
        self.count += 1
        self.sum += value


class Window:
    """Sums of what is recorded until it is taken. Recording and taking may be in two threads."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = Lock()
        self._reset()

    def _reset(self) -> None:
        self._since = self._clock()
        self._steps = 0
        self._rejected: dict[str, int] = {}
        self._sections: dict[str, dict[str, Any]] = {}

    def record(self, scheduler: object, iteration: object, cache: object) -> None:
        """Add one step. Each of the three may be None, and is read by what it holds."""
        with self._lock:
            self._steps += 1
            if scheduler is not None:
                self._add_states("scheduler", scheduler)
            if iteration is not None:
                self._add_counts("iteration", iteration)
            if cache is not None:
                self._add_counts("mm_cache", cache)

    def reject(self, reason: str) -> None:
        """Count a request that was turned away before it reached the engine."""
        with self._lock:
            self._rejected[reason] = self._rejected.get(reason, 0) + 1

    def take(self) -> dict[str, Any] | None:
        """Return what was summed up and begin anew; None if nothing was recorded."""
        with self._lock:
            if not self._steps and not self._rejected:
                self._since = self._clock()
                return None
            taken: dict[str, Any] = {
                "seconds": round(self._clock() - self._since, 3),
                "steps": self._steps,
                **({"rejected": self._rejected} if self._rejected else {}),
                **{name: _as_json(section) for name, section in self._sections.items()},
            }
            self._reset()
        return taken

    def _add_states(self, name: str, stats: object) -> None:
        """The scheduler's own numbers are states, so that the last one counts.

        What it nests, and whatever vLLM calls `…_stats`, is counted since the last step.
        """
        section = self._section(name)
        for field, value in public_fields(stats):
            if (state := number(value)) is not None:
                section[field] = state
            elif isinstance(value, Mapping) and not field.endswith("_stats"):
                section[field] = {
                    key: state
                    for key, inner in public_fields(value)
                    if (state := number(inner)) is not None
                }
            elif is_structure(value):
                self._add_counts(f"{name}.{field}", value)
            elif isinstance(value, list | tuple):
                _add_measured(section, field, value)

    def _add_counts(self, name: str, stats: object) -> None:
        section = self._section(name)
        for field, value in public_fields(stats):
            if (count := number(value)) is not None:
                section[field] = section.get(field, 0) + count
            elif isinstance(value, list | tuple):
                _add_measured(section, field, value)
            elif is_structure(value) and name.count(".") < DEPTH:
                self._add_counts(f"{name}.{field}", value)

    def _section(self, name: str) -> dict[str, Any]:
        return self._sections.setdefault(name, {})


def _add_measured(section: dict[str, Any], field: str, values: Iterable[object]) -> None:
    """Add a list of numbers as one spread, and a list of objects as one for each of their fields.

    Of an object's texts only enums are counted, by name: the others are requests' ids and the like.
    """
    for value in values:
        if (one := number(value)) is not None:
            section.setdefault(field, Spread()).add(one)
        elif is_structure(value):
            inner = section.setdefault(field, {"count": 0})
            inner["count"] += 1
            for name, part in public_fields(value):
                if isinstance(part, Enum):
                    named = inner.setdefault(name, {})
                    named[part.name.lower()] = named.get(part.name.lower(), 0) + 1
                elif (one := number(part)) is not None:
                    inner.setdefault(name, Spread()).add(one)


def _as_json(value: Any) -> Any:
    if isinstance(value, Spread):
        return vars(value)
    if isinstance(value, dict):
        return {key: _as_json(inner) for key, inner in value.items()}
    return value
