"""Fingerprints: what of a finding stays the same while lines move."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from dataclasses import replace

from vplug.discovery.target import Target
from vplug.errors import Unreadable
from vplug.model import Finding

#: What messages say besides the fact: the release judged against, and places in other lines.
_RELEASE = re.compile(r" \(vLLM [^)]*\)")
_PLACE = re.compile(r"(\.(?:py|toml|cfg|txt)):\d+(?::\d+)?")
#: The version in a metadata folder's name: a release of the plugin must not renew its findings.
_INFO = re.compile(r"(^|/)([^/]+?)-[^/-]+(\.(?:dist|egg)-info)(?=/|$)")


def with_fingerprints(findings: Iterable[Finding], target: Target) -> tuple[Finding, ...]:
    """Return the findings, each with its fingerprint.

    It is made of the rule, the path relative to the project, the plugin, the message, and the text of
    the line without its blanks; never of a line number. Equal findings on equal lines have equal
    fingerprints: whoever compares them counts.
    """
    lines: dict[str, list[str]] = {}
    done = []
    for finding in findings:
        text = ""
        place = finding.location
        if place is not None and place.line is not None:
            if place.path not in lines:
                lines[place.path] = _lines(target, place.path)
            known = lines[place.path]
            text = known[place.line - 1] if place.line <= len(known) else ""
        parts = (
            finding.code,
            stable_path(finding, target),
            finding.subject or "",
            _stable_message(finding.message, target),
            "".join(text.split()),
        )
        digest = hashlib.sha256("\0".join(parts).encode("utf-8", "surrogatepass")).hexdigest()
        done.append(replace(finding, fingerprint=digest))
    return tuple(done)


def _stable_message(message: str, target: Target) -> str:
    """The message without the release judged against, without line numbers, without this machine."""
    root = _root(target)
    told = message.replace("\\", "/")
    if root:
        told = told.replace(f"{root}/", "")
    return _PLACE.sub(r"\1", _RELEASE.sub("", told))


def _root(target: Target) -> str:
    """The folder that absolute paths of the target begin with; empty where paths are relative."""
    return target.tree.display("").replace("\\", "/").rstrip("/")


def stable_path(finding: Finding, target: Target) -> str:
    """Return where a finding stands: relative to the project, ``/``-separated, the same on Windows.

    The version in the name of a metadata folder is left out; empty where there is no place.
    """
    if finding.location is None:
        return ""
    path = finding.location.path.replace("\\", "/")
    root = _root(target)
    if root and path.startswith(f"{root}/"):
        path = path[len(root) + 1 :]
    return _INFO.sub(r"\1\2\3", path)


def _lines(target: Target, path: str) -> list[str]:
    try:
        return target.tree.read(path).decode("utf-8", errors="replace").splitlines()
    except (Unreadable, ValueError):
        return []
