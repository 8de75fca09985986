"""Judgements: findings, what became of each rule, and the report that holds them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

from vplug.model.distribution import Distribution
from vplug.model.location import Location
from vplug.model.plugin import Plugin

if TYPE_CHECKING:  # most reports hold none of these
    from vplug.model.baseline import KnownFinding
    from vplug.model.live import BenchReport, LiveObservation
    from vplug.model.observation import Observation, Together


class Severity(StrEnum):
    """How bad a finding is."""

    ERROR = "error"
    WARNING = "warning"
    INFO = "info"

    @property
    def rank(self) -> int:
        """0 for the worst."""
        return list(Severity).index(self)

    def at_least(self, threshold: Severity) -> bool:
        """Whether this is as bad as ``threshold`` or worse."""
        return self.rank <= threshold.rank


@dataclass(frozen=True, slots=True)
class Finding:
    """One judgement on one place.

    Attributes:
        code: the rule's code, e.g. ``VP104``.
        rule: the rule's name, e.g. ``missing-attribute``.
        severity: how bad.
        message: the fact, then why it matters where that is short.
        location: where, or ``None`` where the whole target is meant.
        hint: the mend, or ``None``.
        subject: the plugin it speaks of as ``group:name``, or ``None``.
        fingerprint: what stays the same while lines move: 64 hex digits, or ``None`` where it was not
            worked out. Equal findings have equal ones.
        also: the other plugins of the target that run into the very same.
    """

    code: str
    rule: str
    severity: Severity
    message: str
    location: Location | None = None
    hint: str | None = None
    subject: str | None = None
    fingerprint: str | None = None
    also: tuple[str, ...] = ()


class OutcomeKind(StrEnum):
    """What became of a rule on a target. Only ``pass`` is a pass."""

    PASS = "pass"  # noqa: S105 - not a password
    FAIL = "fail"
    SKIPPED = "skipped"
    UNKNOWN = "cannot-tell"
    CRASHED = "crashed"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one rule on one subject.

    Attributes:
        code: the rule's code.
        kind: what became of it.
        reason: why it was skipped, could not tell, or crashed; else ``None``.
        subject: the plugin as ``group:name``, or ``None`` for a rule about the whole target.
        location: for ``cannot-tell``, the construct that could not be decided, if it has a place.
    """

    code: str
    kind: OutcomeKind
    reason: str | None = None
    subject: str | None = None
    location: Location | None = None


@dataclass(frozen=True, slots=True)
class TargetReport:
    """What was found in one target.

    Attributes:
        target: as the person gave it.
        kind: ``project``, ``wheel``, ``sdist`` or ``environment``; ``None`` when unreadable.
        distribution: its metadata, or ``None`` when unreadable.
        plugins: what it declares.
        findings: sorted by place.
        outcomes: every rule's outcome, in code order.
        hidden: findings that are counted but not shown: milder than ``--min-severity``.
        suppressed: how many findings an ignore comment kept quiet.
        error: why the target could not be looked at, or ``None``.
        hint: the mend for ``error``.
        status: the exit status that ``error`` calls for.
        observations: what a run saw of each entry point; empty where nothing was run.
        together: what came of several of its plugins in one process; ``None`` where that was not tried.
        live: what real engines showed; ``None`` where none was started.
        bench: what the plugins cost; ``None`` where that was not measured.
        fail_on: the severity from which this target's findings fail; ``None`` when unreadable.
        strict: whether "cannot tell" fails too.
        baselined: how many findings the baseline kept quiet.
        expired: what the baseline expects and is no longer found.
        baseline: the baseline that the project's configuration names, relative to it, or ``None``.
        anchor: the project's folder or the archive, ``/``-separated: relative to the folder that
            reports count from (empty for that folder), absolute outside it; ``None`` where unknown.
    """

    target: str
    kind: str | None = None
    distribution: Distribution | None = None
    plugins: tuple[Plugin, ...] = ()
    findings: tuple[Finding, ...] = ()
    outcomes: tuple[Outcome, ...] = ()
    suppressed: int = 0
    error: str | None = None
    hint: str | None = None
    status: int = 0
    observations: tuple[Observation, ...] = ()
    together: Together | None = None
    live: LiveObservation | None = None
    bench: BenchReport | None = None
    fail_on: Severity | None = None
    strict: bool = False
    baselined: int = 0
    expired: tuple[KnownFinding, ...] = ()
    baseline: str | None = None
    anchor: str | None = None
    hidden: tuple[Finding, ...] = ()


@dataclass(frozen=True, slots=True)
class Report:
    """Everything ``vplug validate`` has to say.

    Attributes:
        targets: one report a target, in the order given.
        fail_on: the severity from which findings fail.
        labels: ``vllm``, the release judged against, and ``note``, why it is that one.
    """

    targets: tuple[TargetReport, ...] = ()
    fail_on: Severity = Severity.ERROR
    labels: Mapping[str, str] = field(default_factory=dict)

    def count(self, severity: Severity) -> int:
        """How many findings of exactly this severity, the hidden ones included."""
        return sum(
            finding.severity is severity
            for target in self.targets
            for finding in (*target.findings, *target.hidden)
        )
