"""The matrix of ``vplug compat``: a target analysed once, judged over every release asked about."""

from __future__ import annotations

from vplug.discovery.target import Target
from vplug.errors import NothingFound
from vplug.fit.fault import ReleaseFault
from vplug.fit.imports import moved_to
from vplug.fit.judge import Asked
from vplug.fit.masks import Masks
from vplug.model import (
    CompatMatrix,
    CompatReason,
    Finding,
    Location,
    OutcomeKind,
    PluginCompat,
    Severity,
    Verdict,
)
from vplug.rules.codes import CODES
from vplug.rules.config import Settings, project_settings
from vplug.rules.declared import declared_mask, is_for_newer_python
from vplug.rules.engine import run_rules
from vplug.rules.evidence import Evidence
from vplug.rules.suppress import Comments
from vplug.rules.verdict import CannotTell

#: Rules about the plugin itself, whatever the release: an error of theirs breaks it everywhere.
_STATIC = tuple(
    code
    for code in CODES
    if code < "VP210" and code not in {"VP003", "VP106", "VP107", "VP110", "VP114"}
)
#: Every rule whose faults a matrix tells. An import of the plugin's own may hang on the release too.
CODES_ASKED = frozenset(_STATIC) | {c for c in CODES if c == "VP114" or "VP210" <= c < "VP3"}
_VERDICTS = {
    Severity.ERROR: Verdict.BROKEN,
    Severity.WARNING: Verdict.WARN,
}


def compat(target: Target, masks: Masks, selected: int) -> CompatMatrix:
    """Return the matrix of a target over the releases in the mask ``selected``.

    Raises:
        NothingFound: it declares no plugin in a group that vLLM reads.
    """
    store = masks.store
    asked = Asked(masks, store.newest)
    evidence = Evidence(target, None, lambda: asked)
    hidden = target.undecided_about("entry-points")
    if not evidence.plugins and hidden is not None:
        raise NothingFound(
            f"cannot tell whether {target.label} declares a vLLM plugin: {hidden.reason}",
            "declare it in pyproject.toml, or give the wheel",
        )
    if not evidence.plugins:
        raise NothingFound(f"{target.label} declares no vLLM plugin")
    quiet = _Quiet(target)
    findings, outcomes = run_rules(evidence, _STATIC)
    findings = tuple(f for f in findings if not quiet(f.code, f.location))
    unsure = {
        outcome.subject: outcome.reason
        for outcome in outcomes
        if outcome.kind is OutcomeKind.UNKNOWN and outcome.code in {"VP103", "VP104", "VP205"}
    }
    indexes = [index for index in range(len(store.releases)) if selected >> index & 1]
    plugins = []
    whole: str | None = None
    faults = _once(list(evidence.own_faults))
    if is_for_newer_python(target.distribution.requires_python):
        faults = [(name, fault) for name, fault in faults if fault.code != "VP001"]
    try:
        faults = _once([*faults, *evidence.faults])
    except CannotTell as error:
        whole = str(error)
    faults = [(name, fault) for name, fault in faults if not quiet(fault.code, fault.location)]
    for plugin in evidence.plugins:
        own = [fault for name, fault in faults if name in {plugin.subject, ""}]
        static = [f for f in findings if f.subject == plugin.subject and _concerns(f)]
        doubt = unsure.get(plugin.subject) or whole
        plugins.append(_plugin(plugin.subject, own, static, doubt, indexes, masks))
    verdicts = tuple(
        max((plugin.verdicts[i] for plugin in plugins), key=lambda verdict: verdict.rank)
        for i in range(len(indexes))
    )
    releases = tuple(store.releases[index] for index in indexes)
    ranges = evidence.ranges
    declared, notes = declared_mask(ranges, masks)
    untold = target.undecided_about("dependencies")
    if not ranges and untold is not None:
        notes = (f"cannot tell: {untold.reason}",)
    if hidden is not None:
        notes += (f"cannot tell which other plugins it declares: {hidden.reason}",)
    if quiet.codes:
        told = ", ".join(sorted(quiet.codes))
        notes += (f"kept quiet by ignore comments or [tool.vplug]: {told}",)
    if declared and not declared & selected:
        notes += ("none of the releases asked about is in the declared range",)
    run = _widest(verdicts, (Verdict.OK, Verdict.WARN))
    broken = {r for r, verdict in zip(releases, verdicts, strict=True) if verdict is Verdict.BROKEN}
    inside = set(store.names_in(declared)) if declared is not None else set()
    too_much = tuple(release for release in releases if release in broken and release in inside)
    too_little: tuple[str, ...] = ()
    if declared and run is not None:
        # A warning is no reason to declare a release: something there may fail later.
        too_little = tuple(
            releases[i]
            for i in range(*run)
            if releases[i] not in inside and verdicts[i] is Verdict.OK
        )
    return CompatMatrix(
        target.label,
        target.distribution,
        releases,
        tuple(plugins),
        verdicts,
        ranges,
        _specifier(releases, run, store.releases),
        too_much,
        too_little,
        notes,
        _specifier(releases, _widest(verdicts, (Verdict.OK,)), store.releases),
        partial=selected != store.everything,
    )


class _Quiet:
    """Which reasons the author asked not to be told: by comments on their lines, by ``ignore``.

    ``codes`` holds those of the reasons that were asked about and are not told.
    """

    def __init__(self, target: Target) -> None:
        settings = project_settings(target.config, target.label)
        self._ignored = set(CODES) - set(
            Settings(ignore=settings.ignore).selected("[tool.vplug] ignore")
        )
        self._comments = Comments(target.tree)
        self.codes: set[str] = set()

    def __call__(self, code: str, place: Location | None) -> bool:
        found = code in self._ignored or self._comments.quiet(code, CODES[code].name, place)
        self.codes |= {code} if found else set()
        return found


def _once(faults: list[tuple[str, ReleaseFault]]) -> list[tuple[str, ReleaseFault]]:
    """One of each: a module's fault is met by every import of the module."""
    return list(dict.fromkeys(faults))


def declared_releases(matrix: CompatMatrix, masks: Masks) -> tuple[str, ...]:
    """Return the known releases in the range that the author means, oldest first."""
    declared, _ = declared_mask(matrix.declared, masks)
    return masks.store.names_in(declared) if declared is not None else ()


def _concerns(finding: Finding) -> bool:
    """Whether a finding about the plugin itself speaks of loading and using it.

    A warning about packaging or naming does not: it is `validate`'s to tell.
    """
    if finding.severity is Severity.WARNING:
        return finding.code.startswith("VP2")
    return finding.severity is Severity.ERROR


def _plugin(
    name: str,
    faults: list[ReleaseFault],
    static: list[Finding],
    doubt: str | None,
    indexes: list[int],
    masks: Masks,
) -> PluginCompat:
    fixed = [
        CompatReason(f.code, _VERDICTS[f.severity], f.message, f.location, None, f.hint)
        for f in static
    ]
    if doubt is not None and Verdict.BROKEN not in {reason.verdict for reason in fixed}:
        fixed.append(CompatReason("", Verdict.UNKNOWN, doubt))
    verdicts = []
    reasons = []
    told: dict[int, CompatReason] = {}
    for index in indexes:
        bit = 1 << index
        found = list(fixed)
        for position, fault in enumerate(faults):
            if not fault.releases & bit or fault.severity is Severity.INFO:
                continue
            if position not in told:
                told[position] = CompatReason(
                    fault.code,
                    _VERDICTS[fault.severity],
                    fault.message,
                    fault.location,
                    fault.symbol,
                    _whereabouts(fault, indexes, masks) or fault.hint,
                )
            found.append(told[position])
        found.sort(key=lambda reason: -reason.verdict.rank)
        reasons.append(tuple(found))
        verdicts.append(found[0].verdict if found else Verdict.OK)
    return PluginCompat(name, tuple(verdicts), tuple(reasons))


def _whereabouts(fault: ReleaseFault, indexes: list[int], masks: Masks) -> str | None:
    """Where the newest release asked about that lacks a name has one like it."""
    newest = next((index for index in reversed(indexes) if fault.releases >> index & 1), None)
    if newest is None:
        return None
    places = moved_to(fault, masks, 1 << newest)
    return f"vLLM {masks.store.releases[newest]} has {' and '.join(places)}" if places else None


def _widest(verdicts: tuple[Verdict, ...], wanted: tuple[Verdict, ...]) -> tuple[int, int] | None:
    """The longest run of releases with these verdicts, as a half-open range; the newest of equals."""
    best: tuple[int, int] | None = None
    start: int | None = None
    for index in range(len(verdicts) + 1):
        good = index < len(verdicts) and verdicts[index] in wanted
        if good and start is None:
            start = index
        elif not good and start is not None:
            if best is None or index - start >= best[1] - best[0]:
                best = (start, index)
            start = None
    return best


def _specifier(
    releases: tuple[str, ...], run: tuple[int, int] | None, everything: tuple[str, ...]
) -> str | None:
    if run is None:
        return None
    first, last = releases[run[0]], releases[run[1] - 1]
    position = everything.index(last)
    if position + 1 < len(everything):
        return f">={first},<{everything[position + 1]}"
    # The newest known: what comes after it nobody has tried.
    return f">={first},<={last}"
