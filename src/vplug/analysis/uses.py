"""Imports with the stage at which a plugin runs them."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from vplug.analysis.conditions import ALWAYS, Condition
from vplug.analysis.imported import Import


class Stage(StrEnum):
    """When an import runs."""

    LOAD = "load"
    """When vLLM imports the entry point, or the class it names, or calls its function."""
    LATER = "later"
    """Inside a function, when that is called."""
    UNREACHED = "unreached"
    """In a module that nothing reaches."""


@dataclass(frozen=True, slots=True)
class Use:
    """A vLLM import with the stage at which a plugin runs it.

    Attributes:
        what: the import.
        stage: when it runs.
        module: where it stands.
        reach: under which condition something leads to its module later; what stands in the module
            hangs on more (``what.condition``).
    """

    what: Import
    stage: Stage
    module: str
    reach: Condition = ALWAYS
