"""The nouns of publishing: files, where they go, gates, and the report that holds them."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from vplug.errors import ExitStatus
from vplug.model import OutcomeKind, TargetReport
from vplug.release.summary import ArtifactKind


class FileState(StrEnum):
    """What became of a file."""

    #: It would be sent: a dry run, or a gate that did not pass.
    WAITING = "waiting"
    #: The server took it.
    SENT = "sent"
    #: It was on the index before.
    PRESENT = "present"
    #: The server refused it, or the sending failed before the server had it.
    REFUSED = "refused"
    #: The sending broke off, and the index could not be asked.
    UNKNOWN = "unknown"
    #: Its turn never came.
    NOT_SENT = "not-sent"


class Seen(StrEnum):
    """What the index shows of a file that is up."""

    MATCHES = "matches"
    DIFFERS = "differs"
    ABSENT = "absent"
    UNKNOWN = "cannot-tell"
    NOT_ASKED = "not-asked"


@dataclass(frozen=True, slots=True)
class DistFile:
    """One file to send.

    Attributes:
        path: where it lies, as the person gave it.
        kind: sdist or wheel.
        size: in bytes.
        sha256: of the whole file, in hexadecimal.
        attestations: the attestation files that go with it.
        state: what became of it.
        seen: what the index shows of it.
    """

    path: Path
    kind: ArtifactKind
    size: int
    sha256: str
    attestations: tuple[Path, ...] = ()
    state: FileState = FileState.WAITING
    seen: Seen = Seen.NOT_ASKED

    @property
    def name(self) -> str:
        """Its file name."""
        return self.path.name


@dataclass(frozen=True, slots=True)
class Chosen:
    """What is to be published.

    Attributes:
        distribution: the name in the files' metadata.
        version: the version there, in its normal form.
        files: wheels first, as twine sends them.
        project: the folder they were built from, or ``None`` where it is not at hand.
        words: the person's own words for the files, for commands that are to be typed again.
        notes: what is no fault and yet wants saying.
    """

    distribution: str
    version: str
    files: tuple[DistFile, ...]
    project: Path | None
    words: tuple[str, ...]
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Gate:
    """What became of one gate. Only ``pass`` and ``skipped`` let files through.

    Attributes:
        name: as reports name it.
        outcome: what became of it.
        message: the fact, one sentence.
        details: one line a fault.
        hint: the mend, or ``None``.
        reports: the findings behind it, by target.
    """

    name: str
    outcome: OutcomeKind
    message: str
    details: tuple[str, ...] = ()
    hint: str | None = None
    reports: tuple[TargetReport, ...] = ()


@dataclass(frozen=True, slots=True)
class Failure:
    """Why files were not sent or not found again.

    Attributes:
        message: the fact, one sentence.
        hint: the mend, or ``None``.
        again: whether the same command may succeed another time.
    """

    message: str
    hint: str | None = None
    again: bool = True


@dataclass(frozen=True, slots=True)
class PublishReport:
    """What was to be published, what the gates say, and what became of it.

    Attributes:
        chosen: the files.
        repository: the repository's name in the configuration, or ``None`` for a bare URL.
        url: where uploads go, credentials blanked.
        index: the address of the simple index that was asked, or ``None`` where none was found.
        gates: every gate, in order.
        dry_run: whether nothing was to be sent.
        sending: whether twine was started.
        failure: why not all is up, or ``None``.
        install: the command that installs it, or ``None`` while it is not up.
        finish: the command that sends the rest, or ``None`` where there is no rest, or it would fail again.
        status: the exit status.
    """

    chosen: Chosen
    repository: str | None
    url: str
    index: str | None
    gates: tuple[Gate, ...]
    dry_run: bool = False
    sending: bool = False
    failure: Failure | None = None
    install: str | None = None
    finish: str | None = None
    status: ExitStatus = ExitStatus.CLEAN

    def blocking(self, allow_unknown: bool) -> tuple[Gate, ...]:
        """Return the gates that do not let the files through."""
        through = {OutcomeKind.PASS, OutcomeKind.SKIPPED}
        if allow_unknown:
            through.add(OutcomeKind.UNKNOWN)
        return tuple(gate for gate in self.gates if gate.outcome not in through)
