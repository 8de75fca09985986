"""A rule as reports show it: its name and its texts, without its function."""

from __future__ import annotations

from dataclasses import dataclass

from vplug.model.finding import Severity


@dataclass(frozen=True, slots=True)
class RuleText:
    """What a report may say of a rule.

    Attributes:
        code: e.g. ``VP104``.
        name: e.g. ``missing-attribute``.
        severity: of its findings, unless one says otherwise.
        summary: one line.
        documentation: Markdown: what it does, why it is bad, an example.
    """

    code: str
    name: str
    severity: Severity
    summary: str
    documentation: str
