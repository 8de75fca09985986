"""The nouns of vplug: frozen, typed, free of I/O, and built on the standard library alone.

Every other room speaks in these. Import them from here; the files below are how they are kept apart.
"""

from __future__ import annotations

from vplug.model.contract import (
    ClassContract,
    FunctionContract,
    LoaderContract,
    Member,
    MemberKind,
    ModuleHistory,
    NameHistory,
)
from vplug.model.declared import DeclaredRange, Undecided
from vplug.model.distribution import Distribution, EntryPoint, Origin, OriginKind, Script
from vplug.model.finding import (
    Finding,
    Outcome,
    OutcomeKind,
    Report,
    Severity,
    TargetReport,
)
from vplug.model.inspection import (
    DescribedClass,
    Description,
    InspectedPlugin,
    Inspection,
    Registered,
)
from vplug.model.location import Location
from vplug.model.names import normalize_name
from vplug.model.plugin import Plugin, Standing, StandingKind
from vplug.model.signature import Parameter, ParameterKind, Signature

__all__ = [
    "ClassContract",
    "DeclaredRange",
    "DescribedClass",
    "Description",
    "Distribution",
    "EntryPoint",
    "Finding",
    "FunctionContract",
    "InspectedPlugin",
    "Inspection",
    "LoaderContract",
    "Location",
    "Member",
    "MemberKind",
    "ModuleHistory",
    "NameHistory",
    "Origin",
    "OriginKind",
    "Outcome",
    "OutcomeKind",
    "Parameter",
    "ParameterKind",
    "Plugin",
    "Registered",
    "Report",
    "Script",
    "Severity",
    "Signature",
    "Standing",
    "StandingKind",
    "TargetReport",
    "Undecided",
    "normalize_name",
]
