"""Publishing: gates, the question, twine, the reading back. Nothing is sent unless all gates pass."""

from __future__ import annotations

import shlex
import time
import urllib.parse
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from vplug.errors import ExitStatus
from vplug.model import OutcomeKind
from vplug.redact import Redactor, without_login
from vplug.release.publish.choose import choose, unchanged
from vplug.release.publish.gates import run_gates
from vplug.release.publish.nouns import (
    Chosen,
    DistFile,
    Failure,
    FileState,
    PublishReport,
    Seen,
)
from vplug.release.publish.repository import LOOPBACK, Repository, find_repository
from vplug.release.publish.simple_index import PageKind, SimpleIndex, Why
from vplug.release.publish.upload import Sent, upload

#: Seconds between looks at the index after an upload: an index behind a cache lags.
WAITS = (0, 1, 2, 4, 8, 15, 30)
#: The looks where it is not known whether a file arrived: a server commits before it answers.
_SHORT_WAITS = (0, 2)
#: What the index may have: of the others it was told nothing.
_ASKED = frozenset({FileState.SENT, FileState.UNKNOWN, FileState.PRESENT})


@dataclass(frozen=True, slots=True)
class Options:
    """What the command line asks for; each is an option of that name."""

    words: tuple[str, ...] = ()
    repository: str | None = None
    repository_url: str | None = None
    index_url: str | None = None
    config_file: Path | None = None
    dry_run: bool = False
    skip_existing: bool = False
    attestations: bool = False
    allow_dirty: bool = False
    allow_unknown: bool = False
    timeout: float = 120.0


def publish(
    options: Options,
    redact: Redactor,
    step: Callable[[str], None],
    ask: Callable[[PublishReport], bool],
    waits: Sequence[float] = WAITS,
) -> PublishReport:
    """Return what became of publishing.

    Args:
        options: what is asked for.
        redact: learns every credential that is seen.
        step: told one line as each step begins.
        ask: shows what will be sent where, and returns whether to send it.
        waits: seconds before each look at the index afterwards.

    Raises:
        UsageFault: files or a repository that are not there or not fit.
        NothingFound: nothing is built.
        Unreadable: a file cannot be read.
        VplugError: a file was changed while the person was asked.
    """
    chosen = choose(options.words, options.attestations)
    repository = find_repository(
        options.repository, options.repository_url, options.index_url, options.config_file, redact
    )
    index = SimpleIndex(repository, options.timeout)
    gates, chosen, page = run_gates(chosen, index, options.allow_dirty, options.skip_existing, step)
    report = PublishReport(
        chosen,
        repository.name,
        repository.shown,
        without_login(page.index) if page.index else None,
        gates,
        options.dry_run,
    )
    blocking = report.blocking(options.allow_unknown)
    if blocking:
        crashed = any(gate.outcome is OutcomeKind.CRASHED for gate in blocking)
        return replace(report, status=ExitStatus.FAILED if crashed else ExitStatus.FINDINGS)
    rest = [file for file in chosen.files if file.state is FileState.WAITING]
    if options.dry_run:
        return report
    if not rest:
        return replace(report, install=install_line(report, repository))
    if not ask(report):
        return replace(report, failure=Failure("not sent"), status=ExitStatus.INTERRUPTED)
    unchanged(rest)
    step(f"sending to {repository.shown}")
    sent = upload(rest, repository, options.timeout, options.attestations, options.skip_existing)
    if any(state in _ASKED for state in sent.states.values()):
        step("reading the index back")
    if sent.failure is None:
        looks = waits
    elif FileState.UNKNOWN in sent.states.values():
        looks = _SHORT_WAITS
    else:
        looks = (0,)
    files = _read_back(_with_states(chosen.files, sent), chosen, index, looks, sent.failure is None)
    return _conclude(replace(report, sending=True), files, sent, repository, options, index)


def _with_states(files: Sequence[DistFile], sent: Sent) -> tuple[DistFile, ...]:
    return tuple(replace(file, state=sent.states.get(file.name, file.state)) for file in files)


def _read_back(
    files: tuple[DistFile, ...],
    chosen: Chosen,
    index: SimpleIndex,
    waits: Sequence[float],
    patient: bool,
) -> tuple[DistFile, ...]:
    """Look at the index until it shows all that was sent, or the looks are over.

    After a failure a server that gives no answer is not waited for again: each wait is ``--timeout`` long.
    """
    if not any(file.state in _ASKED for file in files):
        return files
    for wait in waits:
        time.sleep(wait)
        page = index.project(chosen.distribution)
        listed = {file.name: file for file in page.of_version(chosen.version)}
        looked = []
        for file in files:
            seen = file.seen
            if file.state in _ASKED and seen not in (Seen.MATCHES, Seen.DIFFERS):
                if page.kind is PageKind.UNKNOWN:
                    seen = Seen.UNKNOWN
                elif file.name not in listed:
                    seen = Seen.ABSENT
                else:
                    digest = index.sha256(listed[file.name], file.size)
                    matches = Seen.MATCHES if digest == file.sha256 else Seen.DIFFERS
                    seen = Seen.UNKNOWN if digest is None else matches
            looked.append(replace(file, seen=seen))
        files = tuple(looked)
        done = (Seen.MATCHES, Seen.DIFFERS, Seen.NOT_ASKED)
        if all(file.seen in done for file in files):
            break
        if not patient and page.why in (Why.TLS, Why.UNREACHABLE):
            break
    return files


def _conclude(
    report: PublishReport,
    files: tuple[DistFile, ...],
    sent: Sent,
    repository: Repository,
    options: Options,
    index: SimpleIndex,
) -> PublishReport:
    """The report with what became of the files, why not all is up, and what to do next."""
    # A server that died after it had the file did take it: the index says so. That the index does
    # not list it says little: an index may lag.
    files = tuple(
        replace(file, state=FileState.SENT)
        if file.state is FileState.UNKNOWN and file.seen is Seen.MATCHES
        else file
        for file in files
    )
    report = replace(report, chosen=replace(report.chosen, files=files))
    up = {FileState.SENT, FileState.PRESENT}
    failure, status = sent.failure, ExitStatus.CLEAN
    if all(file.state in up for file in files):
        if failure is not None and not sent.interrupted:
            failure = None  # it broke off after the last byte: all is there
        report = replace(report, install=install_line(report, repository))
        failure = failure or _not_as_sent(files, report, repository)
    else:
        failure = failure or Failure("twine ended before all files were sent")
        if failure.again:
            report = replace(report, finish=_finish(files, repository, options))
    if failure is not None:
        status = ExitStatus.INTERRUPTED if sent.interrupted else ExitStatus.FAILED
    del index
    return replace(report, failure=failure, status=status)


def _not_as_sent(
    files: Sequence[DistFile], report: PublishReport, repository: Repository
) -> Failure | None:
    """Why what the index shows is not what was sent; ``None`` where it is, or cannot be told."""
    differ = [file.name for file in files if file.seen is Seen.DIFFERS]
    if differ:
        return Failure(
            f"{report.index} serves other bytes than were sent: {', '.join(differ)}",
            "do not let it be installed: yank it, and ask whoever keeps the index",
        )
    absent = [file.name for file in files if file.seen is Seen.ABSENT]
    if absent:
        return Failure(
            f"{repository.shown} took the files, and {report.index} does not list "
            f"{', '.join(absent)} yet",
            "an index may lag, or hold new files back; look again later with "
            "`vplug publish --dry-run --skip-existing`",
        )
    return None


def _finish(files: Sequence[DistFile], repository: Repository, options: Options) -> str:
    """The command that sends the rest, without credentials."""
    words = ["vplug", "publish", "--skip-existing", *repository.words]
    if options.attestations:
        words.append("--attestations")
    if options.allow_dirty:
        words.append("--allow-dirty")
    if options.allow_unknown:
        words.append("--allow-unknown")
    return shlex.join([*words, *(str(file.path) for file in files)])


def install_line(report: PublishReport, repository: Repository) -> str:
    """Return the command that installs what was published; credentials are never in it."""
    words = ["pip", "install"]
    if report.index is not None and not repository.default:
        words += ["--index-url", report.index]
        parts = urllib.parse.urlsplit(report.index)
        if parts.scheme == "http" and parts.hostname not in LOOPBACK:
            words += ["--trusted-host", parts.netloc]
    words.append(f"{report.chosen.distribution}=={report.chosen.version}")
    return shlex.join(words)
