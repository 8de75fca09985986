"""Baselines: findings that were there before are kept quiet, new ones fail, gone ones are told."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from vplug.errors import ExitStatus, Unreadable, UsageFault
from vplug.model import Finding, KnownFinding, Outcome, OutcomeKind, TargetReport

SCHEMA = "vplug.baseline/1"
_TEXTS = ("fingerprint", "distribution", "code", "path", "message")
#: An absolute path into an environment: what is before its folder is this machine's.
_SITE = re.compile(r"[^\s'\"(]*[/\\](?:site|dist)-packages[/\\]")
#: Outcomes after which a finding that is not there is really gone.
_DECIDED = (OutcomeKind.PASS, OutcomeKind.FAIL)


def parse_baseline(data: bytes, where: str) -> tuple[KnownFinding, ...]:
    """Return what a baseline file holds.

    Raises:
        Unreadable: it is no JSON, of another schema, or an entry is damaged; ``where`` names it.
    """
    again = "mend it, or remove it and write it anew with --write-baseline"
    try:
        found: Any = json.loads(data.decode("utf-8-sig"))
    except (UnicodeDecodeError, ValueError, RecursionError) as error:
        raise Unreadable(f"{where} is no baseline: it is not JSON ({error})", again) from error
    schema = found.get("schema") if isinstance(found, dict) else None
    if schema != SCHEMA:
        newer = isinstance(schema, str) and schema.startswith("vplug.baseline/")
        raise Unreadable(
            f"{where} is no baseline: its schema is {schema!r}, not {SCHEMA!r}",
            "it was written by a newer vplug" if newer else again,
        )
    rows = found.get("findings")
    if not isinstance(rows, list):
        raise Unreadable(f"{where} is damaged: `findings` is no list", again)
    return tuple(_entry(row, number, where) for number, row in enumerate(rows, start=1))


def _entry(row: Any, number: int, where: str) -> KnownFinding:
    sound = (
        isinstance(row, dict)
        and all(isinstance(row.get(key), str) for key in _TEXTS)
        and type(row.get("count")) is int
        and row["count"] > 0
        and isinstance(row.get("plugin"), str | None)
    )
    if not sound:
        raise Unreadable(
            f"{where} is damaged: its finding {number} lacks a key or holds a wrong value",
            "mend it, or remove it and write it anew with --write-baseline",
        )
    return KnownFinding(
        row["fingerprint"],
        row["count"],
        row["distribution"],
        row["code"],
        row["path"],
        row["message"],
        row["plugin"],
    )


def read_baseline(path: Path) -> tuple[KnownFinding, ...]:
    """Return what the baseline at ``path`` holds.

    Raises:
        UsageFault: it is not there.
        Unreadable: it cannot be read, or is damaged.
    """
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        raise UsageFault(f"there is no baseline {path}", "--write-baseline makes it") from None
    except OSError as error:
        raise Unreadable(
            f"cannot read the baseline {path}: {error.strerror or error}",
            "--write-baseline makes it",
        ) from error
    return parse_baseline(data, str(path))


def entries_to_keep(path: Path) -> tuple[KnownFinding, ...]:
    """Return what is in a baseline that is about to be written; empty where there is none yet.

    Raises:
        Unreadable: something else is there, or a damaged baseline: neither is overwritten.
    """
    try:
        if not path.exists() or not path.read_bytes().strip():
            return ()
    except OSError:
        pass
    return read_baseline(path)


def apply_baseline(
    findings: Sequence[Finding],
    outcomes: Iterable[Outcome],
    known: Iterable[KnownFinding],
    distribution: str,
) -> tuple[tuple[Finding, ...], int, tuple[KnownFinding, ...]]:
    """Return the findings that are new, how many are not, and the entries that are no longer found.

    Only entries of ``distribution`` count. Of a fingerprint as many findings are kept quiet as the
    entry says; one more is new. An entry is expired only where its rule ran and decided.
    """
    mine = [entry for entry in known if entry.distribution == distribution]
    left: Counter[str] = Counter()
    for entry in mine:
        left[entry.fingerprint] += entry.count
    fresh = []
    quiet = 0
    for finding in findings:
        if finding.fingerprint is not None and left[finding.fingerprint] > 0:
            left[finding.fingerprint] -= 1
            quiet += 1
        else:
            fresh.append(finding)
    told = list(outcomes)
    undecided = {o.code for o in told if o.kind in (OutcomeKind.UNKNOWN, OutcomeKind.CRASHED)}
    decided = {o.code for o in told if o.kind in _DECIDED} - undecided
    expired = []
    for entry in mine:
        gone = min(left[entry.fingerprint], entry.count)
        if gone and entry.code in decided:
            left[entry.fingerprint] -= gone
            expired.append(replace(entry, count=gone))
    return tuple(fresh), quiet, tuple(expired)


def known_findings(target: TargetReport) -> tuple[KnownFinding, ...]:
    """Return a target's findings, which have fingerprints, as entries of a baseline."""
    owner = owner_of(target)
    entries: dict[str, KnownFinding] = {}
    for finding in target.findings:
        mark = finding.fingerprint or ""
        old = entries.get(mark)
        if old is not None:
            entries[mark] = replace(old, count=old.count + 1)
            continue
        path = finding.location.path.replace("\\", "/") if finding.location is not None else ""
        entries[mark] = KnownFinding(
            mark,
            1,
            owner,
            finding.code,
            _SITE.sub("", path),
            _SITE.sub("", finding.message),
            finding.subject,
        )
    return tuple(entries.values())


def owner_of(target: TargetReport) -> str:
    """Return the name under which a target's entries stand."""
    return (target.distribution.normalized_name if target.distribution is not None else None) or ""


def renewed(
    targets: Sequence[TargetReport], old: Iterable[KnownFinding]
) -> tuple[KnownFinding, ...]:
    """Return the entries of a baseline written anew for ``targets``.

    Entries of other distributions stay, and those of rules that did not run this time.
    """
    ran = {(owner_of(target), outcome.code) for target in targets for outcome in target.outcomes}
    stay = [entry for entry in old if (entry.distribution, entry.code) not in ran]
    return (*stay, *(entry for target in targets for entry in known_findings(target)))


def quieted(target: TargetReport) -> TargetReport:
    """Return the report of a target whose findings were just written to a baseline."""
    unsure = any(outcome.kind is OutcomeKind.UNKNOWN for outcome in target.outcomes)
    status = target.status
    if status == ExitStatus.FINDINGS and not (target.strict and unsure):
        status = int(ExitStatus.CLEAN)
    return replace(target, findings=(), baselined=len(target.findings), status=status)


def baseline_json(entries: Iterable[KnownFinding], version: str) -> dict[str, Any]:
    """Return the document of a baseline file, in an order that gives small diffs."""
    rows = sorted(entries, key=lambda e: (e.distribution, e.path, e.code, e.message, e.fingerprint))
    return {
        "schema": SCHEMA,
        "vplug": version,
        "findings": [
            {
                "distribution": entry.distribution,
                "code": entry.code,
                "path": entry.path,
                "plugin": entry.subject,
                "message": entry.message,
                "fingerprint": entry.fingerprint,
                "count": entry.count,
            }
            for entry in rows
        ],
    }
