"""The nouns of a build: artifacts, what became of each check, and the report that holds them."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from vplug.errors import ExitStatus
from vplug.model import Finding, OutcomeKind, TargetReport


class ArtifactKind(StrEnum):
    """What a build makes."""

    SDIST = "sdist"
    WHEEL = "wheel"


@dataclass(frozen=True, slots=True)
class Artifact:
    """One file made.

    Attributes:
        kind: sdist or wheel.
        path: where it lies, relative where the output folder was given so.
        size: in bytes.
        sha256: of the whole file, in hexadecimal.

    """

    kind: ArtifactKind
    path: str
    size: int
    sha256: str


@dataclass(frozen=True, slots=True)
class CheckResult:
    """What became of one check. Only ``pass`` is a pass.

    Attributes:
        name: the check's name.
        outcome: what became of it.
        message: the fact, one sentence.
        details: one line a fault, each with its mend where there is one.

    """

    name: str
    outcome: OutcomeKind
    message: str
    details: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class BuildReport:
    """What a build made, and what the checks say of it.

    Attributes:
        project: the project folder as the person gave it.
        distribution: the name in the artifacts, or ``None`` where neither can be read.
        version: the version in the artifacts, or ``None``.
        artifacts: the sdist, then the wheel.
        checks: every check, in the order they are listed.
        notes: what is no fault and yet wants saying.
        judged: what the rules on built files say of each artifact, in their order.

    """

    project: str
    distribution: str | None
    version: str | None
    artifacts: tuple[Artifact, ...]
    checks: tuple[CheckResult, ...]
    notes: tuple[str, ...] = ()
    judged: tuple[TargetReport, ...] = ()

    def artifact(self, kind: ArtifactKind) -> Artifact | None:
        """Return the artifact of a kind, or ``None``."""
        return next((item for item in self.artifacts if item.kind is kind), None)

    @property
    def findings(self) -> tuple[Finding, ...]:
        """What the rules found in all artifacts."""
        return tuple(finding for item in self.judged for finding in item.findings)

    @property
    def failed(self) -> tuple[CheckResult, ...]:
        """The checks that failed."""
        return tuple(check for check in self.checks if check.outcome is OutcomeKind.FAIL)

    @property
    def status(self) -> ExitStatus:
        """The exit status that checks and rules call for; a crashed one is a fault of the tool."""
        statuses = {item.status for item in self.judged}
        if self.failed or ExitStatus.FINDINGS in statuses:
            return ExitStatus.FINDINGS
        crashed = any(check.outcome is OutcomeKind.CRASHED for check in self.checks)
        if crashed or ExitStatus.FAILED in statuses:
            return ExitStatus.FAILED
        return ExitStatus.CLEAN
