"""Findings that a comment on their line keeps quiet (``# vplug: ignore[CODE]``), or nobody asked for."""

from __future__ import annotations

import difflib
import io
import re
import tokenize
from collections.abc import Iterable, Iterator
from dataclasses import replace

from vplug.discovery.tree import Tree
from vplug.errors import Unreadable
from vplug.model import (
    Finding,
    Location,
    Outcome,
    OutcomeKind,
    Report,
    Severity,
    TargetReport,
)
from vplug.rules.codes import CODES

_COMMENT = re.compile(r"#\s*vplug:\s*ignore\[([^\]]*)\]")

#: What is meant as such a comment, however it is written.
_MEANT = re.compile(
    r"#\s*vplug(?:\s*:\s*ignore\b|\W{0,3}ignore\s*[\[({:=]|\W{1,3}\w+\W{0,3}VP\d)[^#\n]*",
    re.IGNORECASE,
)
_CODE = re.compile(r"\bVP\d{3}\b", re.IGNORECASE)


class Comments:
    """The ignore comments of a target's files, read as they are asked for.

    A comment stands on a finding's own line and names codes or rule names, comma-separated. It works
    wherever ``#`` begins a comment: Python, TOML and INI files.
    """

    def __init__(self, tree: Tree) -> None:
        self._tree = tree
        self._lines: dict[str, list[str]] = {}

    def quiet(self, code: str, rule: str, place: Location | None) -> bool:
        """Return whether a comment at ``place`` keeps the rule quiet."""
        if place is None or place.line is None:
            return False
        if place.path not in self._lines:
            self._lines[place.path] = _lines(self._tree, place.path)
        text = self._lines[place.path]
        line = text[place.line - 1] if place.line <= len(text) else ""
        return bool(_names(line) & {code.lower(), rule})


def suppress(findings: Iterable[Finding], tree: Tree) -> tuple[tuple[Finding, ...], int]:
    """Return the findings that no comment keeps quiet, and how many one does."""
    comments = Comments(tree)
    told = tuple(findings)
    kept = tuple(f for f in told if not comments.quiet(f.code, f.rule, f.location))
    return kept, len(told) - len(kept)


def settle(outcomes: Iterable[Outcome], tree: Tree) -> tuple[Outcome, ...]:
    """Return the outcomes; what cannot be told on a line whose comment names the rule is skipped."""
    comments = Comments(tree)
    return tuple(
        replace(item, kind=OutcomeKind.SKIPPED, reason="an ignore comment stands on the line")
        if item.kind is OutcomeKind.UNKNOWN
        and comments.quiet(item.code, CODES[item.code].name, item.location)
        else item
        for item in outcomes
    )


def _names(line: str) -> set[str]:
    return {
        name.strip().lower() for match in _COMMENT.finditer(line) for name in match[1].split(",")
    }


def invalid_comments(text: str, *, python: bool) -> Iterator[tuple[int, str, str]]:
    """Yield what is meant as an ignore comment and keeps nothing quiet: its line, a message, a hint.

    Args:
        text: a file's.
        python: whether it is Python, where a string may hold what looks like a comment.
    """
    if _MEANT.search(text) is None:
        return
    for line, comment in _python_comments(text) if python else enumerate(text.splitlines(), 1):
        for meant in _MEANT.finditer(comment):
            yield from ((line, *told) for told in _wrong_with(meant[0].strip()))


def _wrong_with(comment: str) -> Iterator[tuple[str, str]]:
    """What is wrong with one comment, each with a hint."""
    if _COMMENT.match(comment) is None:
        codes = ", ".join(code.upper() for code in _CODE.findall(comment)) or "CODE"
        yield (
            f"`{comment}` keeps nothing quiet: it is not of the form `# vplug: ignore[CODE]`",
            f"write # vplug: ignore[{codes}]",
        )
        return
    known = {code.lower(): code for code in CODES} | {row.name: row.name for row in CODES.values()}
    names = sorted(_names(comment))
    if names == [""]:
        yield f"`{comment}` names no rule and keeps nothing quiet", "name the rules: ignore[VP210]"
    for name in names:
        if name and name not in known:
            is_code = re.match(r"vp[\doil]", name) is not None
            shown = name.upper() if is_code else name
            yield (
                f"`{comment}` names {shown}, which no rule has as its code or name",
                _meant(name, known),
            )


def _meant(name: str, known: dict[str, str]) -> str:
    """The hint for a name that no rule has: the one meant, where that is clear."""
    digits = name.translate(str.maketrans("oil", "011"))
    if digits in known:
        return f"did you mean {known[digits]}?"
    near = difflib.get_close_matches(name, [row.name for row in CODES.values()], 1, 0.8)
    return f"did you mean {near[0]}?" if near else "`vplug rule` lists them"


def _python_comments(text: str) -> Iterator[tuple[int, str]]:
    try:
        for token in tokenize.generate_tokens(io.StringIO(text).readline):
            if token.type == tokenize.COMMENT:
                yield token.start[0], token.string
    except (tokenize.TokenError, SyntaxError):
        return  # VP001 tells of it


def _lines(tree: Tree, path: str) -> list[str]:
    try:
        return tree.read(path).decode("utf-8", errors="replace").splitlines()
    except (Unreadable, ValueError):
        return []


def hide_milder(report: Report, least: Severity) -> Report:
    """Return the report with the findings hidden that are milder than ``least``.

    What fails a target is always shown; statuses and counts stay as they are.
    """
    return replace(report, targets=tuple(_hide(target, least) for target in report.targets))


def _hide(target: TargetReport, least: Severity) -> TargetReport:
    shown: list[Finding] = []
    hidden: list[Finding] = []
    for finding in target.findings:
        fails = target.fail_on is not None and finding.severity.at_least(target.fail_on)
        (shown if fails or finding.severity.at_least(least) else hidden).append(finding)
    return replace(target, findings=tuple(shown), hidden=tuple(hidden))
