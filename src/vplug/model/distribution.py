"""Distributions and the entry points they declare."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property

from vplug.model.location import Location
from vplug.model.names import normalize_name

# The grammar that importlib.metadata.EntryPoint.pattern applies to a value (CPython 3.11 to 3.13);
# the reference in the packaging specifications is the same, with optional blanks.
_VALUE = re.compile(r"(?P<module>[\w.]+)\s*(:\s*(?P<attr>[\w.]+)\s*)?((?P<extras>\[.*\])\s*)?$")


class OriginKind(StrEnum):
    """What kind of place a distribution was found in."""

    ENVIRONMENT = "environment"
    PROJECT = "project"
    WHEEL = "wheel"
    SDIST = "sdist"


@dataclass(frozen=True, slots=True)
class Origin:
    """The place a distribution was found in.

    Attributes:
        kind: the kind of place.
        path: the metadata folder in an environment; else the project folder, wheel or sdist.
    """

    kind: OriginKind
    path: str


@dataclass(frozen=True)
class EntryPoint:
    """One entry point as declared.

    Attributes:
        group: the entry-point group, e.g. ``vllm.general_plugins``.
        name: the entry point's name, what ``VLLM_PLUGINS`` is matched against.
        value: the object reference, ``module:attr``, as written.
        location: where it is declared, if known to the line.
    """

    group: str
    name: str
    value: str
    location: Location | None = field(default=None, compare=False)

    @cached_property
    def _match(self) -> re.Match[str] | None:
        return _VALUE.match(self.value)

    @property
    def is_valid(self) -> bool:
        """Whether ``importlib.metadata`` can load the value: it matches and names a module."""
        return self._match is not None and all(
            part.isidentifier() for part in (self.module + "." + (self.attr or "x")).split(".")
        )

    @property
    def module(self) -> str:
        """The module the value names; empty when the value is malformed."""
        return self._match["module"] if self._match else ""

    @property
    def attr(self) -> str | None:
        """The attribute the value names, maybe dotted; ``None`` when only a module is named."""
        return self._match["attr"] if self._match else None

    @property
    def extras(self) -> str | None:
        """The extras in brackets, or ``None``."""
        return self._match["extras"] if self._match else None


@dataclass(frozen=True, slots=True)
class Script:
    """A console script; kept apart from plugins since vLLM never loads one."""

    entry_point: EntryPoint


@dataclass(frozen=True)
class Distribution:
    """A distribution's metadata, as far as its place gives it.

    Attributes:
        name: as written in the metadata, or ``None`` where the source computes it.
        version: as written, or ``None`` where the source computes it (``dynamic``).
        origin: where it was found.
        entry_points: those of groups that concern vLLM, in order of declaration.
        scripts: its console scripts.
        requires: requirement strings (``Requires-Dist``), extras' markers included.
        requires_python: the specifier, or ``None``.
        summary: one line, or ``None``.
        license: expression or text's first line, or ``None``.
        readme: the readme's path, or a word for a long description that is there; or ``None``.
        homepage: a project address, or ``None``.
        shadowed_by: the origin of earlier metadata for the same name, which hides this; or ``None``.
        editable_project: for an editable install, the folder its modules are in; or ``None``.
    """

    name: str | None
    version: str | None
    origin: Origin
    entry_points: tuple[EntryPoint, ...] = ()
    scripts: tuple[Script, ...] = ()
    requires: tuple[str, ...] = ()
    requires_python: str | None = None
    summary: str | None = None
    license: str | None = None
    readme: str | None = None
    homepage: str | None = None
    shadowed_by: Origin | None = None
    editable_project: str | None = None

    @property
    def normalized_name(self) -> str | None:
        """The name as indexes compare it, or ``None``."""
        return normalize_name(self.name) if self.name is not None else None

    @property
    def label(self) -> str:
        """``name version`` for a person, with what is unknown left out."""
        return " ".join(part for part in (self.name or "(unnamed)", self.version) if part)
