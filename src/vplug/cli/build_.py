"""``vplug build``: make the sdist and the wheel, and check both."""

from __future__ import annotations

import contextlib
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from vplug.cli.output import (
    FormatOption,
    JsonOption,
    OutputFormat,
    console,
    print_json,
    telling,
    wants_json,
)
from vplug.errors import UsageFault, VplugError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from rich.console import Console

    from vplug.model import TargetReport
    from vplug.release import BuildReport

HELP = """Build a plugin's sdist and wheel, and check what was built.

The wheel is built from the sdist. Checked are its entry points, the modules they name and what those
import of the package, RECORD, the sdist, what `twine check --strict` says, and the rules VP5xx: what
was left out or packed by mistake, names, tags, licences, and whether a second build gives the same
bytes. Exit status: 0 clean, 1 a check failed or a rule found an error, 3 no project, 4 the build failed.

Example: vplug build ./my-plugin --outdir wheelhouse
"""


def command(
    *,
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="The project folder.")] = Path(),
    outdir: Annotated[
        Path | None,
        typer.Option("--outdir", "-o", help="Where the artifacts go.", show_default="DIR/dist"),
    ] = None,
    no_isolation: Annotated[
        bool,
        typer.Option(
            "--no-isolation", "-n", help="Build with the backend installed here; needs no network."
        ),
    ] = False,
    reproducible: Annotated[
        bool | None,
        typer.Option(
            "--reproducible/--no-reproducible",
            help="Build twice and compare the bytes. [default: yes, but for a compiled wheel]",
            show_default=False,
        ),
    ] = None,
    timeout: Annotated[
        float | None,
        typer.Option(
            "--timeout",
            metavar="SECONDS",
            min=0.1,
            help="End the backend when one call of it takes longer. [default: no limit]",
            show_default=False,
        ),
    ] = None,
    verbose: Annotated[
        bool, typer.Option("--verbose", "-v", help="Show what the backend prints, on stderr.")
    ] = False,
    output_format: FormatOption = OutputFormat.TABLE,
    json_: JsonOption = False,
) -> None:
    """Build, check, report; exit with the report's status."""
    from vplug.release import BuildFailed, build_project

    as_json = wants_json(output_format, json_)
    if as_json:
        from vplug.release.as_json import failure_as_json, report_as_json
    try:
        with _progress(verbose) as on_step:
            report = build_project(
                folder,
                outdir,
                not no_isolation,
                on_step,
                _to_stderr if verbose else None,
                timeout,
                reproducible,
            )
    except VplugError as error:
        if isinstance(error, BuildFailed) and not verbose:
            for line in error.output:
                _to_stderr(f"  | {line}")
        if as_json and not isinstance(error, UsageFault):
            with telling(error.status):
                print_json(failure_as_json(str(folder), error))
        raise
    for note in report.notes:
        _to_stderr(f"warning: {note}")
    with telling(report.status):
        if as_json:
            print_json(report_as_json(report))
        else:
            _print_report(report, console())
    raise typer.Exit(report.status)


def _to_stderr(line: str) -> None:
    typer.echo(line, err=True)


@contextlib.contextmanager
def _progress(verbose: bool) -> Iterator[Callable[[str], None]]:
    """Yield a function that tells a step: a spinner on a terminal, else a line each."""
    if verbose or not sys.stderr.isatty():
        yield _to_stderr
        return
    with console(stderr=True).status("starting") as status:
        yield status.update


_STYLES = {"pass": "green", "fail": "bold red", "crashed": "bold red"}


def _print_report(report: BuildReport, out: Console) -> None:
    import shlex

    from rich.text import Text

    def say(*parts: str | tuple[str, str]) -> None:
        # Soft: a path or hash cut by a line break cannot be copied.
        out.print(Text.assemble(*parts), soft_wrap=True)

    title = " ".join(part for part in (report.distribution, report.version) if part)
    say((f"Built {title or report.project}", "bold"))
    for item in report.artifacts:
        say(f"  {item.kind:<6} {item.path}  {_human(item.size)}")
        say(f"         sha256 {item.sha256}")
    say(("Checks", "bold"))
    width = max((len(check.name) for check in report.checks), default=0)
    for check in report.checks:
        word = (f"  {check.outcome:<12}", _STYLES.get(check.outcome, "yellow"))
        say(word, f"{check.name:<{width}}  {check.message}")
        for detail in check.details:
            say(f"{'':14}- {detail}")
    if any(item.findings or _doubtful(item) for item in report.judged):
        say(("Findings", "bold"))
        _print_findings(report, out)
    if report.status:
        number = len(report.failed)
        what = f"{number} check{'' if number == 1 else 's'} failed" if number else "a check crashed"
        if not number and report.findings:
            what = "The artifacts have findings that fail the build"
        say(f"{what}. The artifacts are there to look into; do not publish them.")
    else:
        wheel = next((item.path for item in report.artifacts if item.kind == "wheel"), "")
        say(f"Next: pip install {shlex.quote(wheel)}")


def _doubtful(target: TargetReport) -> bool:
    return any(str(outcome.kind) in ("cannot-tell", "crashed") for outcome in target.outcomes)


def _print_findings(report: BuildReport, out: Console) -> None:
    """Print what the rules found, in the form that `vplug validate` has."""
    from vplug.model import Report
    from vplug.report.as_text import print_report

    told = tuple(item for item in report.judged if item.findings or _doubtful(item))
    print_report(Report(told), out)


def _human(size: int) -> str:
    exact = f"{size:,} bytes"
    if size < 1024:
        return exact
    number = size / 1024
    for unit in ("KiB", "MiB"):
        if number < 1024:
            return f"{number:.1f} {unit} ({exact})"
        number /= 1024
    return f"{number:.1f} GiB ({exact})"
