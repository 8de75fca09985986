"""A fault in some releases, and what of a plugin is judged."""

from __future__ import annotations

import ast
from dataclasses import dataclass, field

from vplug.analysis.modules import Module
from vplug.analysis.registrations import Registration
from vplug.analysis.values import FunctionNode
from vplug.loader import Group
from vplug.model import Location, Severity

#: One worse to one better: for what may not run at all.
LOWER = {Severity.ERROR: Severity.WARNING, Severity.WARNING: Severity.INFO}


@dataclass(frozen=True, slots=True)
class ReleaseFault:
    """Something wrong with a plugin in some releases.

    Attributes:
        code: the rule that reports it.
        severity: how bad.
        message: the fact.
        releases: in which it is one.
        location: where.
        symbol: the vLLM name it is about, if any.
        hint: the mend, if it is the same for all releases.
    """

    code: str
    severity: Severity
    message: str
    releases: int
    location: Location | None = None
    symbol: str | None = None
    hint: str | None = None


@dataclass(frozen=True)
class Subject:
    """What of one plugin is judged.

    Attributes:
        name: ``group:name``.
        group: its group's facts.
        modules: the entry module and the modules of the classes it names.
        entry: the function vLLM calls, with its module; ``None`` for classes.
        classes: the classes that vLLM makes instances of.
        registrations: what it registers.
        doubts: why it could not be judged whole.
    """

    name: str
    group: Group
    modules: tuple[str, ...]
    entry: tuple[Module, FunctionNode] | None = None
    classes: tuple[tuple[Module, ast.ClassDef], ...] = ()
    registrations: tuple[Registration, ...] = ()
    doubts: tuple[tuple[str, Location | None], ...] = field(default=())
