"""Finding a rule by its code or name, with its function and its explanation."""

from __future__ import annotations

import importlib
import inspect
import re
from collections.abc import Callable
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cache
from typing import Any

from vplug.model import RuleText, Severity
from vplug.rules.codes import CODES


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule.

    Attributes:
        code: e.g. ``VP104``.
        name: e.g. ``missing-attribute``.
        severity: of its findings, unless a finding says otherwise.
        since: the vplug version that brought it.
        function: asks for evidence by parameter name; yields faults.
        requires: codes of rules that must not have failed on the same subject.
    """

    code: str
    name: str
    severity: Severity
    since: str
    function: Callable[..., Any]
    requires: tuple[str, ...] = ()

    @property
    def parameters(self) -> tuple[str, ...]:
        """The names of the evidence it asks for."""
        return tuple(inspect.signature(self.function).parameters)

    @property
    def per_plugin(self) -> bool:
        """Whether it judges plugins one by one: it asks for evidence that one plugin has."""
        from vplug.rules.evidence import PluginEvidence

        names = self.parameters
        return "plugin" in names or any(hasattr(PluginEvidence, name) for name in names)

    @property
    def documentation(self) -> str:
        """Its explanation, Markdown: what it does, why it is bad, an example."""
        return inspect.getdoc(self.function) or ""

    @property
    def summary(self) -> str:
        """The first line of its explanation."""
        return self.documentation.partition("\n")[0]

    @property
    def text(self) -> RuleText:
        """What reports may say of it."""
        return RuleText(self.code, self.name, self.severity, self.summary, self.documentation)


def requires(*codes: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Mark a rule's function: it is skipped where one of ``codes`` failed on the same subject."""

    def mark(function: Callable[..., Any]) -> Callable[..., Any]:
        function.__vplug_requires__ = codes  # type: ignore[attr-defined]
        return function

    return mark


@cache
def all_rules() -> tuple[Rule, ...]:
    """Return every rule in code order."""
    return tuple(map(rule_of, CODES))


@cache
def rule_of(code: str) -> Rule:
    """Return the rule of a code; the modules of other rules are not imported for it.

    Raises:
        KeyError: there is no such code.
    """
    row = CODES[code]
    module = importlib.import_module(f"vplug.rules.{row.module}")
    function = getattr(module, row.name.replace("-", "_"))
    required = getattr(function, "__vplug_requires__", ())
    return Rule(code, row.name, row.severity, row.since, function, tuple(required))


def find_rule(text: str) -> Rule | None:
    """Return the rule with this code or name, letter case aside; ``None`` if there is none."""
    wanted = text.strip().lower()
    for rule in all_rules():
        if wanted in {rule.code.lower(), rule.name}:
            return rule
    return None


def near_rules(text: str) -> str:
    """Return a hint for somebody who named no rule: which were perhaps meant, and where all are."""
    wanted = text.strip()
    everything = "`vplug rule` lists them all"
    told = {f"{code} {row.name}": (code.lower(), row.name) for code, row in CODES.items()}
    written = [name for names in told.values() for name in names]
    number = re.fullmatch(r"VP(\d)(\d\d)", wanted, re.IGNORECASE)
    if number is None:
        close = get_close_matches(wanted.lower(), written, n=2, cutoff=0.6)
        meant = [title for name in close for title, names in told.items() if name in names]
        return f"did you mean {' or '.join(meant)}? {everything}" if meant else everything
    family = [title for title in told if title.startswith(f"VP{number[1]}")]
    if not family:
        families = dict.fromkeys(code[:3] for code in CODES)
        return f"codes begin with {', '.join(families)}; {everything}"
    family.sort(key=lambda title: abs(int(title[3:5]) - int(number[2])))
    return f"the nearest are {', '.join(family[:2])}; {everything}"


#: Beginnings of codes → the command that has the evidence; `validate` has it for all others.
_COMMANDS = {"VP6": "doctor", "VP7": "verify"}


def command_of(code: str) -> str:
    """Return the command whose evidence a rule judges: ``validate``, ``doctor`` or ``verify``."""
    return _COMMANDS.get(code[:3], "validate")


def select_codes(select: tuple[str, ...], ignore: tuple[str, ...]) -> tuple[str, ...]:
    """Return the codes that the selections leave, in order.

    A selector is a code, a rule's name, or the beginning of codes (``VP1``, ``VP4``).

    Raises:
        ValueError: a selector that fits no rule; its text is the message.
    """
    chosen = set(CODES) if not select else set()
    for text in select:
        chosen |= _matching(text)
    for text in ignore:
        chosen -= _matching(text)
    return tuple(code for code in CODES if code in chosen)


def _matching(text: str) -> set[str]:
    wanted = text.strip()
    found = {
        code
        for code, row in CODES.items()
        if row.name == wanted.lower() or (wanted and code.startswith(wanted.upper()))
    }
    if not found:
        raise ValueError(wanted)
    return found
