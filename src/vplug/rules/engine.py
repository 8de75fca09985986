"""Running rules on evidence: every rule ends as pass, fail, skipped, cannot tell or crashed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from vplug.errors import DamagedStore
from vplug.model import Finding, Outcome, OutcomeKind
from vplug.rules.codes import CODES
from vplug.rules.registry import Rule, find_rule, rule_of
from vplug.rules.verdict import CannotTell, Fault, Skip

if TYPE_CHECKING:
    from vplug.rules.evidence import Evidence, PluginEvidence


def judge(code: str, **evidence: Any) -> tuple[list[Finding], Outcome]:
    """Run one rule on made-up evidence, given by the names that the rule asks for.

    Raises:
        KeyError: there is no such rule, or it asks for evidence that is not given.
    """
    rule = find_rule(code)
    if rule is None:
        raise KeyError(code)
    given = {name: evidence[name] for name in rule.parameters}
    subject = getattr(given.get("plugin"), "subject", None)
    return _apply(rule, given, subject)


def judge_all(
    codes: Sequence[str], **evidence: Any
) -> tuple[tuple[Finding, ...], tuple[Outcome, ...]]:
    """Run the rules of ``codes`` on evidence given by name, without a target.

    Returns:
        The findings, worst first, and every rule's outcome, in code order.
    """
    run = _Run()
    for rule in _chosen(codes):
        run.rule(rule, evidence, None)
    ordered = sorted(run.findings, key=lambda item: (item.severity.rank, item.code))
    return tuple(ordered), tuple(run.outcomes)


def run_rules(
    evidence: Evidence, codes: Sequence[str]
) -> tuple[tuple[Finding, ...], tuple[Outcome, ...]]:
    """Run the rules of ``codes`` on a target's evidence.

    Returns:
        The findings, sorted by place, and every rule's outcome on every subject, in code order.
        A rule that raises is an outcome of kind ``crashed``, never a pass.

    Raises:
        DamagedStore: a rule asked the contract store, and it cannot be read.
    """
    run = _Run()
    undecided = evidence.target.undecided_about("entry-points")
    for rule in _chosen(codes):
        subjects: list[PluginEvidence | None] = (
            list(evidence.plugins) if rule.per_plugin else [None]
        )
        for subject in subjects:
            name = subject.subject if subject is not None else None
            run.rule(rule, _Given(evidence, subject), name)
        if rule.per_plugin and undecided is not None:
            reason = f"entry points: {undecided.reason}"
            run.outcomes.append(
                Outcome(rule.code, OutcomeKind.UNKNOWN, reason, location=undecided.location)
            )
        elif not subjects:
            run.outcomes.append(Outcome(rule.code, OutcomeKind.SKIPPED, "no plugin is declared"))
    return tuple(sorted(_unique(run.findings), key=_by_place)), tuple(run.outcomes)


def _chosen(codes: Sequence[str]) -> list[Rule]:
    wanted = set(codes)
    return [rule_of(code) for code in CODES if code in wanted]


class _Run:
    """One run of rules: what was found, and what failed on which subject, for those that require it."""

    def __init__(self) -> None:
        self.findings: list[Finding] = []
        self.outcomes: list[Outcome] = []
        self._failed: set[tuple[str, str | None]] = set()

    def rule(self, rule: Rule, given: Mapping[str, Any], subject: str | None) -> None:
        """Run one rule on one subject, unless one that it requires failed there."""
        blocked = [code for code in rule.requires if (code, subject) in self._failed]
        if blocked:
            reason = f"{', '.join(blocked)} failed"
            self.outcomes.append(Outcome(rule.code, OutcomeKind.SKIPPED, reason, subject))
            return
        found, outcome = _apply(rule, given, subject)
        self.findings += found
        self.outcomes.append(outcome)
        if outcome.kind is OutcomeKind.FAIL:
            self._failed.add((rule.code, subject))


class _Given(Mapping[str, Any]):
    """Evidence by name, worked out when a rule asks for it."""

    def __init__(self, evidence: Evidence, plugin: PluginEvidence | None) -> None:
        self._evidence = evidence
        self._plugin = plugin

    def __getitem__(self, name: str) -> Any:
        if name == "plugin":
            return self._plugin
        if name == "evidence":
            return self._evidence
        source = self._plugin if self._plugin is not None else self._evidence
        if hasattr(type(source), name):
            return getattr(source, name)
        return getattr(self._evidence, name)

    def __iter__(self) -> Any:
        raise TypeError("evidence is asked for by name")

    def __len__(self) -> int:
        return 0


def _apply(
    rule: Rule, given: Mapping[str, Any], subject: str | None
) -> tuple[list[Finding], Outcome]:
    findings: list[Finding] = []
    kind, reason, location = OutcomeKind.PASS, None, None
    try:
        faults: Iterable[Fault] = rule.function(**{name: given[name] for name in rule.parameters})
        for fault in faults or ():
            # One by one, not in a comprehension: a rule that raises keeps what it found before.
            findings.append(  # noqa: PERF401
                Finding(
                    code=rule.code,
                    rule=rule.name,
                    severity=fault.severity or rule.severity,
                    message=_one_line(fault.message) or "",
                    location=fault.location,
                    hint=_one_line(fault.hint),
                    subject=subject,
                )
            )
    except Skip as skip:
        kind, reason = OutcomeKind.SKIPPED, str(skip)
    except CannotTell as doubt:
        kind, reason, location = OutcomeKind.UNKNOWN, str(doubt), doubt.location
    except DamagedStore:
        raise  # no rule's fault, and none of them can do without
    except Exception as error:  # a crash must not hide the other rules
        kind = OutcomeKind.CRASHED
        reason = f"{type(error).__name__}: {error}"
    # Faults found before a doubt stand: what is known to be wrong does not wait for the rest.
    if findings and kind is not OutcomeKind.CRASHED:
        kind, reason = OutcomeKind.FAIL, None
    return findings, Outcome(rule.code, kind, _one_line(reason), subject, location)


def _one_line(text: str | None) -> str | None:
    """Names in messages are other people's: one may hold a line break."""
    return text.replace("\n", "\\n") if text is not None else None


def _unique(findings: Iterable[Finding]) -> list[Finding]:
    """One fault in code that several plugins share is one finding, which names them all."""
    seen: dict[tuple[object, ...], list[Finding]] = {}
    for finding in findings:
        key = (
            finding.code,
            finding.message,
            finding.location,
            None if finding.location is not None else finding.subject,
        )
        seen.setdefault(key, []).append(finding)
    return [_merged(*same) for same in seen.values()]


def _merged(first: Finding, *others: Finding) -> Finding:
    subjects = dict.fromkeys(item.subject for item in others if item.subject != first.subject)
    also = tuple(subject for subject in subjects if subject is not None)
    return replace(first, also=also) if also else first


def _by_place(finding: Finding) -> tuple[object, ...]:
    place = finding.location
    if place is None:
        return ("", 0, 0, finding.code, finding.message)
    return (place.path, place.line or 0, place.column or 0, finding.code, finding.message)
