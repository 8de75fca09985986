"""What a baseline knows: findings that were there when it was written."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class KnownFinding:
    """A finding that a baseline keeps quiet.

    Attributes:
        fingerprint: as :attr:`vplug.model.Finding.fingerprint`.
        count: how many findings of this fingerprint are kept quiet; at least 1.
        distribution: whose it is: the distribution's normalised name; empty where it has none.
        code: the rule's code.
        path: where it stood, relative to the project; empty where it had no place.
        message: what it said; for people, never compared.
        subject: the plugin as ``group:name``, or ``None``.
    """

    fingerprint: str
    count: int
    distribution: str
    code: str
    path: str
    message: str
    subject: str | None = None
