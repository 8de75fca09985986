"""Validating targets: each opened, judged and reported on its own, several side by side."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import contextmanager
from dataclasses import replace
from functools import cache

from vplug.contracts.store import ContractStore
from vplug.discovery.environment import Environment
from vplug.discovery.installed import scan
from vplug.discovery.open import Surroundings, open_target
from vplug.discovery.target import Target
from vplug.errors import ExitStatus, NothingFound, Unreadable, UsageFault, VplugError
from vplug.fit.judge import Asked
from vplug.fit.masks import Masks
from vplug.loader import Allowlist, is_meant_for_vllm, plan
from vplug.model import KnownFinding, OriginKind, OutcomeKind, Plugin, Report, TargetReport
from vplug.rules.baseline import apply_baseline, parse_baseline
from vplug.rules.config import Settings, combine, project_settings
from vplug.rules.engine import run_rules
from vplug.rules.evidence import Evidence
from vplug.rules.fingerprint import with_fingerprints
from vplug.rules.suppress import settle, suppress


def ask(vllm: str | None, surroundings: Callable[[], Surroundings]) -> Asked:
    """Return the release to judge against: the one named, else the installed, else the newest known.

    Raises:
        UsageFault: ``vllm`` names a release that the store does not know.
    """
    store = ContractStore.bundled()
    release, note = _asked(store, vllm, surroundings)
    return Asked(Masks(store, 1 << store.index(release)), release, note)


def _asked(
    store: ContractStore, vllm: str | None, surroundings: Callable[[], Surroundings]
) -> tuple[str, str | None]:
    if vllm is not None:
        return store.nearest(vllm)
    found = surroundings().installed.vllm
    if found is None or found.version is None:
        return store.newest, "the newest known; none is installed here"
    try:
        release, note = store.nearest(found.version)
    except UsageFault as error:
        return store.newest, f"installed is {found.version}: {error.message}"
    return release, note or "the installed one"


@contextmanager
def patient_collector() -> Iterator[None]:
    """Let the cyclic garbage collector run rarely.

    Syntax trees are millions of objects that all live to the end: looking through them again and
    again doubles the time of an analysis and frees nothing.
    """
    before = gc.get_threshold()
    gc.set_threshold(2_000_000, 50, 50)
    try:
        yield
    finally:
        # Into the oldest generation, or the next small collection would walk through all of it.
        gc.freeze()
        gc.unfreeze()
        gc.set_threshold(*before)


def validate(
    labels: Sequence[str],
    settings: Settings,
    environment: Callable[[], Environment],
    on_done: Callable[[TargetReport], None] | None = None,
    vllm: str | None = None,
) -> Report:
    """Return a report on every target, in the order given.

    Args:
        labels: paths or installed names.
        settings: the command line's settings; each project's own are combined with them.
        environment: gives the environment for names and clashes; called at most once, when needed.
        on_done: called as each target is finished, in any order.
        vllm: the vLLM release to judge against; the installed one, else the newest known, when
            ``None``.

    Raises:
        UsageFault: ``vllm`` is no release that the contract store knows.

    A target that cannot be looked at becomes a report with its error; the others are still done.
    """

    @cache
    def surroundings() -> Surroundings:
        chosen = environment()
        return Surroundings(chosen, scan(chosen))

    @cache
    def asked() -> Asked:
        return ask(vllm, surroundings)

    if vllm is not None:
        asked()

    def one(label: str) -> list[TargetReport]:
        return _validate_label(label, settings, surroundings, asked)

    results: dict[int, list[TargetReport]] = {}
    with patient_collector():
        if len(labels) == 1:
            results[0] = one(labels[0])
            for report in results[0]:
                if on_done is not None:
                    on_done(report)
        else:
            with ThreadPoolExecutor(max_workers=min(8, max(1, len(labels)))) as pool:
                futures = {pool.submit(one, label): i for i, label in enumerate(labels)}
                for future in as_completed(futures):
                    results[futures[future]] = future.result()
                    for report in results[futures[future]]:
                        if on_done is not None:
                            on_done(report)
    ordered = tuple(report for index in sorted(results) for report in results[index])
    labels_used = {}
    if asked.cache_info().currsize:  # some rule asked
        used = asked()
        labels_used = {"vllm": used.release, "note": used.note or ""}
    return Report(ordered, settings.threshold, labels_used)


def _validate_label(
    label: str,
    settings: Settings,
    surroundings: Callable[[], Surroundings],
    asked: Callable[[], Asked],
) -> list[TargetReport]:
    try:
        targets = open_target(label, surroundings)
    except VplugError as error:
        return [failed(label, error)]
    except Exception as error:  # one broken target must not hide the others
        return [failed(label, fault(error))]
    reports = []
    for target in targets:
        try:
            reports.append(validate_target(target, settings, surroundings, asked))
        except VplugError as error:
            reports.append(replace(failed(label, error), kind=str(target.kind)))
        except Exception as error:  # as above
            reports.append(replace(failed(label, fault(error)), kind=str(target.kind)))
    return reports


def fault(error: Exception) -> VplugError:
    """Return an exception that nobody foresaw as one that can be put into words."""
    return VplugError(
        f"vplug failed on it: {type(error).__name__}: {error}", "this is a fault in vplug"
    )


def failed(label: str, error: VplugError) -> TargetReport:
    """Return the report on a target that cannot be looked at."""
    return TargetReport(label, error=error.message, hint=error.hint, status=int(error.status))


def validate_target(
    target: Target,
    settings: Settings,
    surroundings: Callable[[], Surroundings],
    asked: Callable[[], Asked],
) -> TargetReport:
    """Return the report on one opened target.

    Raises:
        UsageFault: its configuration is wrong.
        NothingFound: it declares no vLLM plugin, nor anything that looks like one.
    """
    chosen = combine(project_settings(target.config, target.label), settings)
    codes = chosen.codes("--select/--ignore")
    if target.kind not in (OriginKind.WHEEL, OriginKind.SDIST):
        # Rules on built files have nothing to say of these; alone selected, they say why.
        codes = tuple(code for code in codes if not code.startswith("VP5")) or codes

    def installed() -> Sequence[Plugin]:
        found = surroundings().installed
        release = found.vllm.release if found.vllm is not None else None
        return plan(found.distributions, Allowlist(None), release)

    beside = installed if target.kind is not OriginKind.ENVIRONMENT else None
    evidence = Evidence(target, beside, asked)
    findings, outcomes = run_rules(evidence, codes)
    if (
        not evidence.plugins
        and not any(finding.code in {"VP101", "VP108", "VP113"} for finding in findings)
        and target.undecided_about("entry-points") is None
    ):
        raise NothingFound(
            f"{target.label} declares no vLLM plugin",
            'declare one, e.g. [project.entry-points."vllm.general_plugins"]',
        )
    kept, quiet = suppress(findings, target.tree)
    outcomes = settle(outcomes, target.tree)
    kept = with_fingerprints(kept, target)
    owner = target.distribution.normalized_name or ""
    kept, baselined, expired = apply_baseline(kept, outcomes, _known(chosen, target), owner)
    failing = any(finding.severity.at_least(chosen.threshold) for finding in kept)
    unsure = any(outcome.kind is OutcomeKind.UNKNOWN for outcome in outcomes)
    crashed = any(outcome.kind is OutcomeKind.CRASHED for outcome in outcomes)
    status = ExitStatus.CLEAN
    if crashed:
        status = ExitStatus.FAILED
    elif failing or (chosen.strict and unsure):
        status = ExitStatus.FINDINGS
    return TargetReport(
        target=target.label,
        kind=str(target.kind),
        distribution=target.distribution,
        plugins=tuple(
            plugin
            for plugin in plan((target.distribution,), Allowlist(None))
            if is_meant_for_vllm(plugin.group)  # other packages read the others
        ),
        findings=kept,
        outcomes=outcomes,
        suppressed=quiet,
        status=int(status),
        fail_on=chosen.threshold,
        strict=chosen.strict,
        baselined=baselined,
        expired=expired,
        baseline=chosen.baseline,
    )


def _known(settings: Settings, target: Target) -> tuple[KnownFinding, ...]:
    """The findings that a baseline keeps quiet: the command line's, else the project's own."""
    if settings.known is not None:
        return settings.known
    if settings.baseline is None:
        return ()
    if target.kind is not OriginKind.PROJECT and not target.tree.is_file(settings.baseline):
        return ()  # an sdist need not carry it
    if not target.tree.is_file(settings.baseline):
        raise Unreadable(
            f"{target.label}: there is no baseline {settings.baseline}, which [tool.vplug] names",
            "--write-baseline makes it",
        )
    return parse_baseline(
        target.tree.read(settings.baseline), target.tree.display(settings.baseline)
    )


def exit_status(report: Report) -> ExitStatus:
    """Return the exit status of a report: the worst of its targets'."""
    return worst(target.status for target in report.targets)


def worst(statuses: Iterable[int]) -> ExitStatus:
    """Return the exit status that stands for several.

    A target that could not be read or a rule that crashed (4) outweighs a wrong command line (2),
    that outweighs findings (1), and those outweigh targets with nothing to look at (3).
    """
    order = (ExitStatus.FAILED, ExitStatus.USAGE, ExitStatus.FINDINGS, ExitStatus.NOTHING)
    seen = set(statuses)
    for status in order:
        if status in seen:
            return status
    return ExitStatus.CLEAN if seen else ExitStatus.NOTHING
