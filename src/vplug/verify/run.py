"""Verifying targets: each laid over the environment, looked at by running it, and judged."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from vplug.errors import ExitStatus, NothingFound, VplugError
from vplug.loader import Allowlist, group_of, nearest_group, plan, unread_text
from vplug.model import OutcomeKind, Report, TargetReport
from vplug.probe.overlay import NoVllm, Overlay, overlay
from vplug.probe.own_paths import OwnPaths
from vplug.rules.config import Settings, combine, project_settings
from vplug.rules.engine import run_rules
from vplug.rules.evidence import Evidence
from vplug.rules.seen import tells_nothing
from vplug.rules.suppress import suppress


@dataclass(frozen=True, slots=True)
class Options:
    """How targets are run.

    Attributes:
        python: an interpreter or an environment's root; vplug's own when ``None``.
        isolation: whether build backends get environments of their own.
        seconds: how long each child may take.
        memory_bytes: how much memory each child may hold; ``None`` for no limit.
        on_step: called with one line as each step begins.
        on_output: called with each line that a build backend prints.
        other: what other looks need to know, by name.
    """

    python: Path | None = None
    isolation: bool = True
    seconds: float = 120.0
    memory_bytes: int | None = None
    on_step: Callable[[str], None] | None = None
    on_output: Callable[[str], None] | None = None
    other: Mapping[str, Any] = field(default_factory=dict)

    def step(self, line: str) -> None:
        """Tell what begins."""
        if self.on_step is not None:
            self.on_step(line)


#: One way of looking at a plugin that is laid over an environment: runs it, and returns what was seen
#: as keyword arguments of :class:`TargetReport`, such as ``observations``. The rules get the same as
#: evidence of the same names.
Look = Callable[[Overlay, Options], Mapping[str, Any]]


def verify(
    labels: Sequence[str], settings: Settings, options: Options, looks: Sequence[Look]
) -> Report:
    """Return a report on every target, in the order given.

    A target that cannot be built or installed becomes a report with its error; the others are still
    done.

    Raises:
        NoVllm: the environment has no vLLM.
        UsageFault: there is no such interpreter.
    """
    reports: list[TargetReport] = []
    release = ""
    for label in labels:
        try:
            with overlay(
                label,
                options.python,
                isolation=options.isolation,
                on_step=options.on_step,
                on_output=options.on_output,
            ) as laid:
                release = f"{laid.vllm.distribution or 'vllm'} {laid.vllm.version or '?'}"
                reports.append(_one(label, laid, settings, options, looks))
        except NoVllm:
            raise
        except VplugError as error:
            reports.append(
                TargetReport(label, error=error.message, hint=error.hint, status=int(error.status))
            )
    labels_used = {"vllm": release, "note": "ran"} if release else {}
    return Report(tuple(reports), settings.threshold, labels_used)


def _one(
    label: str, laid: Overlay, settings: Settings, options: Options, looks: Sequence[Look]
) -> TargetReport:
    if not laid.entry_points:
        raise NothingFound(
            f"{label} declares no vLLM plugin",
            'declare one, e.g. [project.entry-points."vllm.general_plugins"]',
        )
    if all(group_of(item.group) is None for item in laid.entry_points):
        (first, *_) = laid.entry_points
        message, hint = unread_text(first, nearest_group(first.group))
        raise NothingFound(f"{label}: {message}", hint)
    project = project_settings(laid.config, label).for_command("verify")
    chosen = combine(project, settings)
    paths = OwnPaths(laid.folder, laid.source) if laid.path else None
    seen: dict[str, Any] = {}
    try:
        for look in looks:
            seen |= look(laid, options)
    except VplugError as error:
        if paths is not None:  # a plugin's words may be in it
            error.message, error.hint = paths.shown((error.message, error.hint))
        raise
    evidence = Evidence(laid.target, seen=seen)
    findings, outcomes = run_rules(evidence, chosen.codes("--select/--ignore", "verify"))
    kept, quiet = suppress(findings, laid.target.tree)
    if paths is not None:
        # Behind the rules: these look places up in what was installed.
        kept, outcomes, seen = paths.shown((kept, outcomes, seen))
    planned = plan((laid.distribution,), Allowlist(None), laid.vllm.release)
    report = TargetReport(
        target=label,
        kind=str(laid.given),
        distribution=laid.distribution,
        plugins=tuple(item for item in planned if item.group.startswith("vllm.")),
        findings=kept,
        outcomes=outcomes,
        suppressed=quiet,
        **seen,
    )
    return replace(report, status=int(_status(report, chosen)))


def _status(report: TargetReport, settings: Settings) -> ExitStatus:
    if any(outcome.kind is OutcomeKind.CRASHED for outcome in report.outcomes):
        return ExitStatus.FAILED
    if any(map(tells_nothing, report.observations)):
        return ExitStatus.FAILED  # nobody may take it for a pass
    unsure = any(outcome.kind is OutcomeKind.UNKNOWN for outcome in report.outcomes)
    failing = any(item.severity.at_least(settings.threshold) for item in report.findings)
    return ExitStatus.FINDINGS if failing or (settings.strict and unsure) else ExitStatus.CLEAN
