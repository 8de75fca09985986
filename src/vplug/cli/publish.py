"""``vplug publish``: from built files to a package index, past every gate, and read back."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer

from vplug.cli.documents import (
    OutputsOption,
    ReportFormat,
    ReportFormatOption,
    destinations,
    emit,
    json_text,
)
from vplug.cli.output import JsonOption, ReaderGoneError, console, telling
from vplug.errors import ExitStatus, UsageFault, VplugError
from vplug.model import OutcomeKind

if TYPE_CHECKING:
    from rich.console import Console

    from vplug.cli.documents import Destination
    from vplug.redact import Redactor
    from vplug.release.publish.nouns import PublishReport

HELP = """Publish a plugin's built files to a package index, if they pass every gate.

Gates: it validates, the declared vLLM range is true, the files are sound, the version is not on the
index yet, the git tree is clean and tagged. Shows what goes where and asks; then twine sends, and the
index is read back. Exit status: 0 published, 1 a gate did not pass, 2 usage, 3 nothing built, 4 the
sending failed, 130 interrupted or declined.

\b
Example:
  vplug publish --dry-run
  vplug publish ./my-plugin --repository testpypi
  vplug publish dist/*.whl --repository-url https://index.example/ --yes
"""


def command(
    targets: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[PROJECT|FILE]...",
            help="A project, whose dist is taken; or wheels and sdists. "
            "The current folder when none is given. Nothing is built.",
            show_default=False,
        ),
    ] = None,
    repository: Annotated[
        str | None,
        typer.Option(
            "--repository",
            "-r",
            metavar="NAME",
            help="The repository's name in .pypirc. [default: twine's]",
            show_default=False,
        ),
    ] = None,
    repository_url: Annotated[
        str | None,
        typer.Option("--repository-url", metavar="URL", help="The address that takes uploads."),
    ] = None,
    index_url: Annotated[
        str | None,
        typer.Option(
            "--index-url",
            metavar="URL",
            help="The simple index that belongs to it, where vplug does not find it.",
        ),
    ] = None,
    config_file: Annotated[
        Path | None,
        typer.Option("--config-file", metavar="FILE", help="Use this in place of ~/.pypirc."),
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Do all but send; the index is asked.")
    ] = False,
    skip_existing: Annotated[
        bool,
        typer.Option("--skip-existing", help="Leave out files that the index has, byte for byte."),
    ] = False,
    attestations: Annotated[
        bool,
        typer.Option("--attestations", help="Send the FILE.publish.attestation beside each file."),
    ] = False,
    allow_dirty: Annotated[
        bool, typer.Option("--allow-dirty", help="Do not ask git for a clean and tagged tree.")
    ] = False,
    allow_unknown: Annotated[
        bool, typer.Option("--allow-unknown", help="Send though a gate cannot tell.")
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Send without asking.")] = False,
    timeout: Annotated[
        float,
        typer.Option(
            "--timeout", metavar="SECONDS", min=1, help="How long a server may be silent."
        ),
    ] = 120,
    output: ReportFormatOption = None,
    outputs: OutputsOption = None,
    json: JsonOption = False,
) -> None:
    """Judge, show, ask, send, read back; exit with the report's status."""
    from vplug.cli.publish_reports import makers
    from vplug.redact import Redactor
    from vplug.release.publish.nouns import Failure
    from vplug.release.publish.publish import Options, publish

    places = destinations(output, json, outputs)
    _somebody_to_ask(dry_run or yes)
    options = Options(
        tuple(targets or ()),
        repository,
        repository_url,
        index_url,
        config_file,
        dry_run,
        skip_existing,
        attestations,
        allow_dirty,
        allow_unknown,
        timeout,
    )
    redact = Redactor()
    progress = _Progress()
    plain = places[0].path is None and places[0].format is ReportFormat.TEXT
    shown = interrupted = False

    def ask(report: PublishReport) -> bool:
        nonlocal shown, interrupted
        progress.stop()
        shown = True
        # A plan that nobody read is agreed to by nobody: nothing is uploaded.
        with telling(ExitStatus.FAILED):
            _plan(report, console() if plain else console(stderr=True))
        try:
            return yes or _confirm(report)
        except typer.Abort:
            interrupted = True
            typer.echo(err=True)  # the line of the question is not at its end
            return False

    with _no_secrets(redact):
        try:
            with progress:
                report = publish(options, redact, progress.step, ask)
        except VplugError as error:
            if any(place.format is ReportFormat.JSON for place in places):
                with telling(error.status):
                    _emit_error(places, error)
            raise

        if interrupted:
            report = replace(report, failure=Failure("interrupted; nothing was sent"))

        def show(out: Console) -> None:
            from vplug.cli.publish_text import print_outcome

            if not (shown and plain and out.file is sys.stdout):
                _plan(report, out)
            print_outcome(report, out)

        with telling(report.status):
            emit(places, makers(report, allow_unknown), show)
        _explain(report, allow_unknown)
    raise typer.Exit(report.status)


def _somebody_to_ask(decided: bool) -> None:
    if not decided and not (sys.stdin.isatty() and sys.stderr.isatty()):
        raise UsageFault(
            "this is no terminal, so nobody can be asked whether to send",
            "add --yes, or --dry-run to see what would be sent",
        )


def _plan(report: PublishReport, out: Console) -> None:
    from vplug.cli.publish_text import print_plan

    print_plan(report, out)


def _confirm(report: PublishReport) -> bool:
    from vplug.release.publish.nouns import FileState

    number = sum(file.state is FileState.WAITING for file in report.chosen.files)
    what = "this file" if number == 1 else f"these {number} files"
    where = report.repository or report.url
    return typer.confirm(f"Send {what} to {where}?", default=False, err=True)


def _explain(report: PublishReport, allow_unknown: bool) -> None:
    """Say on stderr why not all is well."""
    if report.failure is not None:
        typer.echo(f"error: {report.failure.message}", err=True)
        if report.failure.hint:
            typer.echo(f"hint: {report.failure.hint}", err=True)
        return
    blocking = report.blocking(allow_unknown)
    if blocking and report.status:
        names = ", ".join(gate.name for gate in blocking)
        what = "gate does" if len(blocking) == 1 else "gates do"
        typer.echo(f"error: {len(blocking)} {what} not pass: {names}; nothing was sent", err=True)
        # A gate's own hint names its mend; a second one here would compete with it.
        if all(gate.outcome is OutcomeKind.UNKNOWN and not gate.hint for gate in blocking):
            typer.echo("hint: --allow-unknown sends though a gate cannot tell", err=True)


class _Progress:
    """Tells each step: a spinner on a terminal, else a line each; gone before twine speaks."""

    def __init__(self) -> None:
        self._status: contextlib.ExitStack | None = None

    def __enter__(self) -> None:
        return None

    def __exit__(self, *exception: object) -> None:
        self.stop()

    def step(self, line: str) -> None:
        """Tell a step."""
        self.stop()
        if not sys.stderr.isatty() or line.startswith("sending"):
            typer.echo(line, err=True)
            return
        self._status = contextlib.ExitStack()
        self._status.enter_context(console(stderr=True).status(line))

    def stop(self) -> None:
        """Take the spinner away."""
        if self._status is not None:
            self._status.close()
            self._status = None


@contextlib.contextmanager
def _no_secrets(redact: Redactor) -> Iterator[None]:
    """Blank credentials in whatever comes out of the body, and in its traceback."""
    try:
        yield
    except (typer.Exit, typer.Abort, KeyboardInterrupt, ReaderGoneError, BrokenPipeError):
        raise
    except VplugError as error:
        error.message = redact(error.message)
        error.hint = redact(error.hint) if error.hint else None
        error.args = (error.message,)
        _reraise(error, redact)
    except Exception as error:
        hint = "this is a fault in vplug; run again with `vplug --debug …` for the traceback"
        fault = VplugError(redact(f"vplug failed: {type(error).__name__}: {error}"), hint)
        fault.__cause__ = error
        _reraise(fault, redact)


def _reraise(error: VplugError, redact: Redactor) -> NoReturn:
    """Raise without what came before it: the command line's boundary would print that as it is."""
    if os.environ.get("VPLUG_DEBUG") and (error.__cause__ or error.__context__):
        import traceback

        cause = error.__cause__ or error.__context__
        if cause is not None:
            typer.echo(redact("".join(traceback.format_exception(cause))), err=True)
    error.__cause__ = None
    error.__context__ = None
    raise error from None


def _emit_error(places: list[Destination], error: VplugError) -> None:
    from vplug.release.publish.as_json import error_as_json

    chosen = [place for place in places if place.format is ReportFormat.JSON]
    emit(
        chosen,
        {ReportFormat.JSON: lambda: json_text(error_as_json(error))},
        lambda _out: None,
    )
