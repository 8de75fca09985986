"""The nouns of vplug: frozen, typed, free of I/O, and built on the standard library alone.

Every other room speaks in these. Import them from here; the files below are how they are kept apart.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from vplug.model.baseline import KnownFinding
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
    from vplug.model.devices import DeviceReport, DriverDevice, DriverReport, Told
    from vplug.model.diagnosis import (
        Adapter,
        Diagnosis,
        Duplicate,
        EnvironmentFacts,
        LoadPlan,
        ModelFacts,
        PlannedPlugin,
        ResolverFacts,
        Unmet,
        Variable,
    )
    from vplug.model.distribution import Distribution, EntryPoint, Origin, OriginKind, Script
    from vplug.model.finding import Finding, Outcome, OutcomeKind, Report, Severity, TargetReport
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
    from vplug.model.platform import (
        UNSPECIFIED,
        Answer,
        AnswerKind,
        Basis,
        Candidate,
        PlatformChoice,
        PlatformReport,
        WinRule,
    )
    from vplug.model.plugin import Plugin, Standing, StandingKind
    from vplug.model.rule import RuleText
    from vplug.model.signature import Parameter, ParameterKind, Signature

#: Noun → the file below that holds it. Loaded when first asked for: making a dataclass takes a third
#: of a millisecond, and `vplug list` needs eight of forty.
_FILES = {
    "Adapter": "diagnosis",
    "Answer": "platform",
    "AnswerKind": "platform",
    "Attempt": "observation",
    "Basis": "platform",
    "Candidate": "platform",
    "Change": "observation",
    "ChangeKind": "observation",
    "ClassContract": "contract",
    "CompatMatrix": "compat",
    "CompatReason": "compat",
    "DeclaredRange": "declared",
    "DescribedClass": "inspection",
    "Description": "inspection",
    "DeviceReport": "devices",
    "Diagnosis": "diagnosis",
    "Distribution": "distribution",
    "DriverDevice": "devices",
    "DriverReport": "devices",
    "Duplicate": "diagnosis",
    "EntryPoint": "distribution",
    "EnvironmentFacts": "diagnosis",
    "Finding": "finding",
    "Forked": "observation",
    "FunctionContract": "contract",
    "ImportOrder": "observation",
    "InspectedPlugin": "inspection",
    "Inspection": "inspection",
    "KnownFinding": "baseline",
    "LoadPlan": "diagnosis",
    "LoaderContract": "contract",
    "Location": "location",
    "Member": "contract",
    "MemberKind": "contract",
    "ModelFacts": "diagnosis",
    "ModuleHistory": "contract",
    "NameHistory": "contract",
    "Observation": "observation",
    "Origin": "distribution",
    "OriginKind": "distribution",
    "Outcome": "finding",
    "OutcomeKind": "finding",
    "Parameter": "signature",
    "ParameterKind": "signature",
    "PlannedPlugin": "diagnosis",
    "PlatformChoice": "platform",
    "PlatformReport": "platform",
    "Plugin": "plugin",
    "PluginCompat": "compat",
    "Raised": "observation",
    "Registered": "inspection",
    "Report": "finding",
    "ResolverFacts": "diagnosis",
    "RuleText": "rule",
    "Script": "distribution",
    "SeenClass": "observation",
    "Severity": "finding",
    "Signature": "signature",
    "Standing": "plugin",
    "StandingKind": "plugin",
    "Step": "observation",
    "TargetReport": "finding",
    "Told": "devices",
    "UNSPECIFIED": "platform",
    "Undecided": "declared",
    "Unmet": "diagnosis",
    "Variable": "diagnosis",
    "Verdict": "compat",
    "WinRule": "platform",
    "normalize_name": "names",
}


def __getattr__(name: str) -> Any:
    if name not in _FILES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(importlib.import_module(f"{__name__}.{_FILES[name]}"), name)
    globals()[name] = value
    return value


__all__ = [
    "UNSPECIFIED",
    "Adapter",
    "Answer",
    "AnswerKind",
    "Attempt",
    "Basis",
    "Candidate",
    "Change",
    "ChangeKind",
    "ClassContract",
    "CompatMatrix",
    "CompatReason",
    "DeclaredRange",
    "DescribedClass",
    "Description",
    "DeviceReport",
    "Diagnosis",
    "Distribution",
    "DriverDevice",
    "DriverReport",
    "Duplicate",
    "EntryPoint",
    "EnvironmentFacts",
    "Finding",
    "Forked",
    "FunctionContract",
    "ImportOrder",
    "InspectedPlugin",
    "Inspection",
    "KnownFinding",
    "LoadPlan",
    "LoaderContract",
    "Location",
    "Member",
    "MemberKind",
    "ModelFacts",
    "ModuleHistory",
    "NameHistory",
    "Observation",
    "Origin",
    "OriginKind",
    "Outcome",
    "OutcomeKind",
    "Parameter",
    "ParameterKind",
    "PlannedPlugin",
    "PlatformChoice",
    "PlatformReport",
    "Plugin",
    "PluginCompat",
    "Raised",
    "Registered",
    "Report",
    "ResolverFacts",
    "RuleText",
    "Script",
    "SeenClass",
    "Severity",
    "Signature",
    "Standing",
    "StandingKind",
    "Step",
    "TargetReport",
    "Told",
    "Undecided",
    "Unmet",
    "Variable",
    "Verdict",
    "WinRule",
    "normalize_name",
]
