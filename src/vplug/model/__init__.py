"""The nouns of vplug: frozen, typed, free of I/O, and built on the standard library alone.

Every other room speaks in these. Import them from here; the files below are how they are kept apart.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from vplug.model.compat import CompatMatrix, CompatReason, PluginCompat, Verdict
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
    from vplug.model.observation import (
        Attempt,
        Change,
        ChangeKind,
        Forked,
        ImportOrder,
        Observation,
        Raised,
        SeenClass,
        Step,
    )
    from vplug.model.plugin import Plugin, Standing, StandingKind
    from vplug.model.signature import Parameter, ParameterKind, Signature

#: Noun → the file below that holds it. Loaded when first asked for: making a dataclass takes a third
#: of a millisecond, and `vplug list` needs eight of forty.
_FILES = {
    "Attempt": "observation",
    "Change": "observation",
    "ChangeKind": "observation",
    "ClassContract": "contract",
    "CompatMatrix": "compat",
    "CompatReason": "compat",
    "DeclaredRange": "declared",
    "DescribedClass": "inspection",
    "Description": "inspection",
    "Distribution": "distribution",
    "EntryPoint": "distribution",
    "Finding": "finding",
    "Forked": "observation",
    "FunctionContract": "contract",
    "ImportOrder": "observation",
    "InspectedPlugin": "inspection",
    "Inspection": "inspection",
    "LoaderContract": "contract",
    "Location": "location",
    "Member": "contract",
    "MemberKind": "contract",
    "ModuleHistory": "contract",
    "NameHistory": "contract",
    "Observation": "observation",
    "Origin": "distribution",
    "OriginKind": "distribution",
    "Outcome": "finding",
    "OutcomeKind": "finding",
    "Parameter": "signature",
    "ParameterKind": "signature",
    "Plugin": "plugin",
    "PluginCompat": "compat",
    "Raised": "observation",
    "Registered": "inspection",
    "Report": "finding",
    "Script": "distribution",
    "SeenClass": "observation",
    "Severity": "finding",
    "Signature": "signature",
    "Standing": "plugin",
    "StandingKind": "plugin",
    "Step": "observation",
    "TargetReport": "finding",
    "Undecided": "declared",
    "Verdict": "compat",
    "normalize_name": "names",
}


def __getattr__(name: str) -> Any:
    if name not in _FILES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(importlib.import_module(f"{__name__}.{_FILES[name]}"), name)
    globals()[name] = value
    return value


__all__ = [
    "Attempt",
    "Change",
    "ChangeKind",
    "ClassContract",
    "CompatMatrix",
    "CompatReason",
    "DeclaredRange",
    "DescribedClass",
    "Description",
    "Distribution",
    "EntryPoint",
    "Finding",
    "Forked",
    "FunctionContract",
    "ImportOrder",
    "InspectedPlugin",
    "Inspection",
    "LoaderContract",
    "Location",
    "Member",
    "MemberKind",
    "ModuleHistory",
    "NameHistory",
    "Observation",
    "Origin",
    "OriginKind",
    "Outcome",
    "OutcomeKind",
    "Parameter",
    "ParameterKind",
    "Plugin",
    "PluginCompat",
    "Raised",
    "Registered",
    "Report",
    "Script",
    "SeenClass",
    "Severity",
    "Signature",
    "Standing",
    "StandingKind",
    "Step",
    "TargetReport",
    "Undecided",
    "Verdict",
    "normalize_name",
]
