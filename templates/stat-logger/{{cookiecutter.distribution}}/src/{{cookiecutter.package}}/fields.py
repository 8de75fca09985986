"""Reading vLLM's statistics by what is there.

vLLM says that its statistics are no stable interface: fields come, go and move between releases.
So none is named here but those whose meaning differs from their kind's, and an object that is new
is read like the others.
"""

import dataclasses
import math
from collections.abc import Iterator, Mapping
from enum import Enum
from numbers import Integral, Real
from typing import Any

# Neither a quantity nor a state: moments, positions in a sequence, and settings.
NOT_QUANTITIES = frozenset(
    {"iteration_timestamp", "iteration_index", "arrival_time", "compute_nans_in_logits"}
)

_DECLARED: dict[type[Any], tuple[str, ...]] = {}


def public_fields(stats: Any) -> Iterator[tuple[str, object]]:
    """Yield the name and value of each public attribute and property of `stats`.

    A property that fails is left out: it belongs to vLLM, and so does its failure.
    """
    if isinstance(stats, Mapping):
        for key, value in stats.items():
            if isinstance(key, Enum):
                yield key.name.lower(), value
            elif isinstance(key, str):
                yield key, value
        return
    for name in (*getattr(stats, "__dict__", ()), *_declared(type(stats))):
        if name.startswith("_") or name in NOT_QUANTITIES:
            continue
        try:
            yield name, getattr(stats, name)
        except Exception:
            continue


def _declared(kind: type[Any]) -> tuple[str, ...]:
    """Return the names of a class's properties and slots; worked out once a class."""
    if (known := _DECLARED.get(kind)) is not None:
        return known
    names: dict[str, None] = {}
    for base in reversed(kind.__mro__):
        names |= dict.fromkeys(
            name for name, value in vars(base).items() if isinstance(value, property)
        )
        slots = vars(base).get("__slots__", ())
        names |= dict.fromkeys((slots,) if isinstance(slots, str) else slots)
    return _DECLARED.setdefault(kind, tuple(names))


def number(value: object) -> int | float | None:
    """Return `value` if it is a number that JSON has; None for anything else, enums included."""
    if isinstance(value, bool | Enum) or not isinstance(value, Real):
        return None
    if isinstance(value, Integral):
        return int(value)
    return float(value) if math.isfinite(value) else None


def is_structure(value: object) -> bool:
    """Return whether `value` is made of fields: a mapping, a dataclass, or an object of vLLM's.

    Of other objects, a tensor for one, the properties may compute.
    """
    if isinstance(value, type | Enum):
        return False
    if isinstance(value, Mapping) or dataclasses.is_dataclass(value):
        return True
    return type(value).__module__.partition(".")[0] == "vllm"
