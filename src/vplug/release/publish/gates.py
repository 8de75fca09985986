"""The gates before anything is sent. All of them run; one that breaks down is no pass."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from vplug.discovery.environment import running_environment
from vplug.discovery.installed import scan
from vplug.discovery.open import Surroundings, open_target
from vplug.discovery.target import Target
from vplug.errors import ExitStatus, VplugError
from vplug.model import Finding, Outcome, OutcomeKind, Severity, TargetReport, Verdict, ranges_text
from vplug.redact import without_login
from vplug.release.artifacts import judge
from vplug.release.publish.git import git_gate
from vplug.release.publish.nouns import Chosen, DistFile, FileState, Gate, Seen
from vplug.release.publish.simple_index import Page, PageKind, SimpleIndex, Why
from vplug.release.summary import ArtifactKind

#: VP106 says something of the environment in which vplug runs, not of what is published; the rules on
#: built files are a gate of their own.
_NOT_ASKED = ("VP106", "VP5")
_SEND_ANYWAY = "or --allow-unknown, to send all the same"
_HINTS = {
    Why.REFUSED: "check user and password; with an API token the user is __token__",
    Why.NO_LOGIN: "set TWINE_USERNAME and TWINE_PASSWORD, or give the address that installers use with "
    f"--index-url; {_SEND_ANYWAY}",
    Why.NO_INDEX: f"give the address that installers use with --index-url; {_SEND_ANYWAY}",
    Why.TLS: "for a certificate of your own authority, name its file in TWINE_CERT; "
    "does the address begin as it should, https:// or http://?",
    Why.UNREACHABLE: "is the server up, is the address right?",
}


def run_gates(
    chosen: Chosen,
    index: SimpleIndex,
    allow_dirty: bool,
    skip_existing: bool,
    step: Callable[[str], None],
) -> tuple[tuple[Gate, ...], Chosen, Page]:
    """Return every gate's outcome, the files with what the index has of them, and the index's page.

    Args:
        chosen: what is to be published.
        index: the repository's simple index.
        allow_dirty: whether git is left out.
        skip_existing: whether files that the index has already are left out.
        step: told one line as each gate begins.
    """
    step("validating")
    compat, release = _guarded("compat", lambda: compat_gate(chosen), (None,))
    validated, *_ = _guarded("validate", lambda: (validate_gate(chosen, release),), ())
    step("judging the files")
    artifacts, *_ = _guarded("artifacts", lambda: (artifacts_gate(chosen),), ())
    step("asking the index")
    page = index.project(chosen.distribution)
    on_index, files = _guarded(
        "index", lambda: index_gate(chosen, page, index, skip_existing), (chosen.files,)
    )
    step("asking git")
    git, *_ = _guarded("git", lambda: (git_gate(chosen, allow_dirty),), ())
    gates = (validated, compat, artifacts, on_index, git)
    return gates, replace(chosen, files=files), page


def _guarded(name: str, run: Callable[[], tuple[Any, ...]], rest: tuple[Any, ...]) -> Any:
    """What a gate returns; where it breaks down, a gate that says so, and ``rest``."""
    try:
        return run()
    except VplugError as error:
        return Gate(name, OutcomeKind.FAIL, error.message, hint=error.hint), *rest
    except Exception as error:  # whatever it is, it is no pass
        message = f"the gate itself failed: {type(error).__name__}: {error}"
        return Gate(name, OutcomeKind.CRASHED, message, hint="this is a fault in vplug"), *rest


def _source(chosen: Chosen) -> str:
    """What says most: the project, else the sdist, else a wheel."""
    if chosen.project is not None:
        return str(chosen.project)
    sdists = [file for file in chosen.files if file.kind is ArtifactKind.SDIST]
    return str((sdists or list(chosen.files))[0].path)


def compat_gate(chosen: Chosen) -> tuple[Gate, str | None]:
    """Return whether no declared vLLM release breaks the plugin, and the newest declared release."""
    from vplug.contracts.store import ContractStore
    from vplug.fit.masks import Masks
    from vplug.report.compat_findings import compat_report
    from vplug.rules import all_rules
    from vplug.rules.compat import CODES_ASKED, compat, declared_releases
    from vplug.rules.validate import patient_collector

    masks = Masks(ContractStore.bundled())
    with patient_collector():
        matrix = compat(_open(_source(chosen)), masks, masks.store.everything)
    if not matrix.declared:
        return Gate(
            "compat",
            OutcomeKind.SKIPPED,
            "no vLLM range is declared: there is none to hold the plugin to",
            hint='declare one: [tool.vplug] vllm = ">=…,<…"; `vplug compat` tells which',
        ), None
    declared = declared_releases(matrix, masks)
    text = ranges_text(matrix.declared)
    newest = declared[-1] if declared else None
    if matrix.too_much:
        rules = [rule.text for rule in all_rules() if rule.code in CODES_ASKED]
        (report,) = compat_report([matrix], rules, False).targets
        errors = tuple(f for f in report.findings if f.severity is Severity.ERROR)
        broken = _spans(matrix.too_much)
        hint = f"declare {matrix.supported}" if matrix.supported else "see `vplug compat`"
        return Gate(
            "compat",
            OutcomeKind.FAIL,
            f"the declared range {text} is not true: broken with vLLM {broken}",
            hint=hint,
            reports=(replace(report, findings=errors, outcomes=_failed(errors)),),
        ), newest
    if not declared:
        return Gate(
            "compat",
            OutcomeKind.UNKNOWN,
            f"the declared range {text} names no vLLM release that vplug knows",
            matrix.notes,
            "mend the range, or teach vplug newer releases: `vplug contracts add`; " + _SEND_ANYWAY,
        ), None
    verdicts = dict(zip(matrix.releases, matrix.verdicts, strict=True))
    unsure = [release for release in declared if verdicts.get(release) is Verdict.UNKNOWN]
    if len(unsure) == len(declared):
        return Gate(
            "compat",
            OutcomeKind.UNKNOWN,
            f"whether the declared range {text} is true cannot be told",
            hint=f"`vplug compat` says what it hangs on; {_SEND_ANYWAY}",
        ), newest
    doubt = f", {len(unsure)} of which cannot be told" if unsure else ""
    return Gate(
        "compat",
        OutcomeKind.PASS,
        f"nothing breaks it in the {len(declared)} declared releases of vLLM{doubt} ({text})",
        matrix.notes,
    ), newest


def _open(label: str) -> Target:
    (target,) = open_target(label, _surroundings)
    return target


def _surroundings() -> Surroundings:
    environment = running_environment()
    return Surroundings(environment, scan(environment))


def _spans(releases: Sequence[str]) -> str:
    if len(releases) > 4:
        return f"{releases[0]} to {releases[-1]} ({len(releases)} releases)"
    return ", ".join(releases)


def validate_gate(chosen: Chosen, release: str | None) -> Gate:
    """Return whether the project and each file validate.

    Args:
        chosen: what is to be published.
        release: the vLLM release to judge against: the newest one declared, since a newer one is no
            promise of the plugin's; the newest known when ``None``.
    """
    from vplug.contracts.store import ContractStore
    from vplug.rules.config import Settings
    from vplug.rules.validate import exit_status, validate

    labels = [str(chosen.project)] if chosen.project is not None else []
    labels += [str(file.path) for file in chosen.files]
    release = release or ContractStore.bundled().newest
    report = validate(labels, Settings(ignore=_NOT_ASKED), running_environment, vllm=release)
    status = exit_status(report)
    # What the project's own report tells on its lines need not be told again of each file.
    told: set[tuple[str, str | None, str]] = set()
    targets = []
    for target in report.targets:
        new = tuple(f for f in target.findings if (f.code, f.subject, f.message) not in told)
        told |= {(f.code, f.subject, f.message) for f in target.findings}
        if new or target.error is not None:
            targets.append(replace(target, findings=new))
    errors = sum(_failing(target) for target in targets)
    judged = f"against vLLM {release}"
    if status is ExitStatus.CLEAN:
        count = sum(len(target.findings) for target in targets)
        rest = (
            f"; {count} {'finding' if count == 1 else 'findings'} that do not fail" if count else ""
        )
        return Gate(
            "validate", OutcomeKind.PASS, f"nothing fails {judged}{rest}", reports=tuple(targets)
        )
    kind = OutcomeKind.CRASHED if status is ExitStatus.FAILED and not errors else OutcomeKind.FAIL
    broken = [target for target in targets if target.error is not None]
    message = f"{errors} {'finding fails' if errors == 1 else 'findings fail'} {judged}"
    if broken and not errors:
        message = broken[0].error or message
        kind = OutcomeKind.FAIL
    return Gate("validate", kind, message, hint=None, reports=tuple(targets))


def _failing(target: TargetReport) -> int:
    threshold = target.fail_on or Severity.ERROR
    return sum(finding.severity.at_least(threshold) for finding in target.findings)


def artifacts_gate(chosen: Chosen) -> Gate:
    """Return whether the artifact rules find no error in the files."""
    findings = judge([file.path for file in chosen.files], chosen.project)
    report = TargetReport(
        _folder_of(chosen.files),
        findings=tuple(findings),
        outcomes=_failed(findings),
        fail_on=Severity.ERROR,
    )
    errors = _failing(report)
    number = len(chosen.files)
    what = f"{number} {'file' if number == 1 else 'files'}"
    reports = (report,) if findings else ()
    if errors:
        message = f"{errors} {'error' if errors == 1 else 'errors'} in {what}"
        return Gate("artifacts", OutcomeKind.FAIL, message, reports=reports)
    rest = _told(findings)
    return Gate("artifacts", OutcomeKind.PASS, f"no error in {what}{rest}", reports=reports)


def _failed(findings: Sequence[Finding]) -> tuple[Outcome, ...]:
    """One outcome for each rule and plugin that has findings: JUnit's cases."""
    found = dict.fromkeys((finding.code, finding.subject) for finding in findings)
    return tuple(Outcome(code, OutcomeKind.FAIL, subject=subject) for code, subject in found)


def _told(findings: Sequence[Finding]) -> str:
    return (
        f"; {len(findings)} {'finding' if len(findings) == 1 else 'findings'} that do not fail"
        if findings
        else ""
    )


def _folder_of(files: Sequence[DistFile]) -> str:
    folders = {str(file.path.parent) for file in files}
    return folders.pop() if len(folders) == 1 else str(Path())


def index_gate(
    chosen: Chosen, page: Page, index: SimpleIndex, skip_existing: bool
) -> tuple[Gate, tuple[DistFile, ...]]:
    """Return whether the version is not on the index yet, and the files with what is there of them."""
    release = f"{chosen.distribution} {chosen.version}"
    if page.kind is PageKind.UNKNOWN:
        return Gate(
            "index",
            OutcomeKind.UNKNOWN,
            f"whether {release} is there already cannot be told: {page.reason}",
            hint=_HINTS[page.why] if page.why is not None else None,
        ), chosen.files
    where = without_login(page.index or "")
    there = {file.name: file for file in page.of_version(chosen.version)}
    if not there:
        return Gate("index", OutcomeKind.PASS, f"{release} is not on {where} yet"), chosen.files
    if not skip_existing:
        return Gate(
            "index",
            OutcomeKind.FAIL,
            f"{release} is on {where} already",
            tuple(f"{name} is there" for name in sorted(there)),
            "raise the version; or --skip-existing, to send only the files that are not there",
        ), tuple(
            replace(file, state=FileState.PRESENT) if file.name in there else file
            for file in chosen.files
        )
    files, other = [], []
    for file in chosen.files:
        listed = there.get(file.name)
        if listed is None:
            files.append(file)
            continue
        digest = index.sha256(listed, file.size)
        seen = Seen.UNKNOWN if digest is None else Seen.MATCHES
        if digest is not None and digest != file.sha256:
            seen = Seen.DIFFERS
            other.append(f"{file.name} is there with other bytes (sha256 {digest})")
        files.append(replace(file, state=FileState.PRESENT, seen=seen))
    if other:
        return Gate(
            "index",
            OutcomeKind.FAIL,
            f"{where} has other files of the same names",
            tuple(other),
            "raise the version: what is published cannot be changed",
        ), tuple(files)
    present = sum(file.state is FileState.PRESENT for file in files)
    message = f"{present} of {len(files)} files of {release} are on {where} and left out"
    return Gate("index", OutcomeKind.PASS, message), tuple(files)
