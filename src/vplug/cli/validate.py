"""``vplug validate``: what is wrong with a plugin, with file and line, nothing imported."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from vplug import __version__
from vplug.cli.output import FormatOption, JsonOption, OutputFormat, console, print_json, wants_json
from vplug.cli.where import PrefixOption, PythonOption, environment_from
from vplug.model import Severity

if TYPE_CHECKING:
    from collections.abc import Callable

    from vplug.discovery.environment import Environment
    from vplug.model import Report, TargetReport

HELP = """Check plugins without importing them: projects, wheels, sdists, installed ones.

Exit status: 0 clean, 1 findings, 2 usage, 3 no plugin there, 4 something could not be read.

\b
Example:
  vplug validate
  vplug validate dist/*.whl --fail-on warning
"""


def command(
    targets: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[TARGET]...",
            help="Project folders, wheels, sdists, or names of installed distributions or plugins. "
            "The current folder when none is given.",
            show_default=False,
        ),
    ] = None,
    select: Annotated[
        list[str] | None,
        typer.Option(
            "--select", help="Run only these rules: codes, names, or VP1 for all of VP1xx."
        ),
    ] = None,
    ignore: Annotated[
        list[str] | None, typer.Option("--ignore", help="Leave these rules out.")
    ] = None,
    fail_on: Annotated[
        Severity | None,
        typer.Option(
            "--fail-on",
            help="Exit 1 on findings of this severity or worse. [default: error]",
            show_default=False,
        ),
    ] = None,
    strict: Annotated[
        bool,
        typer.Option("--strict", help="Exit 1 on any finding, and where vplug cannot tell."),
    ] = False,
    vllm: Annotated[
        str | None,
        typer.Option(
            "--vllm",
            metavar="RELEASE",
            help="Judge against this vLLM release. [default: the installed one, else the newest known]",
            show_default=False,
        ),
    ] = None,
    installed: Annotated[
        bool,
        typer.Option("--installed", help="Check every plugin distribution of the environment."),
    ] = False,
    python: PythonOption = None,
    prefix: PrefixOption = None,
    output: FormatOption = OutputFormat.TABLE,
    json: JsonOption = False,
) -> None:
    """Validate plugins."""
    from vplug.rules.config import Settings
    from vplug.rules.validate import exit_status, validate

    environment = environment_from(python, prefix)
    settings = Settings(_split(select), _split(ignore), fail_on, strict)
    settings.codes("--select/--ignore")
    labels = list(targets or ())
    if installed:
        labels += _installed(environment)
    elif not labels:
        labels = ["."]
    report = _with_progress(
        labels, lambda on_done: validate(labels, settings, environment, on_done, vllm)
    )
    status = exit_status(report)
    if wants_json(output, json):
        from vplug.report.as_json import report_json

        print_json(report_json(report, __version__, int(status)))
    else:
        from vplug.report.as_text import print_report, summary_line

        print_report(report, console())
        if len(report.targets) > 1:
            typer.echo(summary_line(report), err=True)
    raise typer.Exit(status)


def _split(values: list[str] | None) -> tuple[str, ...]:
    return tuple(
        part.strip() for value in values or () for part in value.split(",") if part.strip()
    )


def _installed(environment: Callable[[], Environment]) -> list[str]:
    from vplug.discovery.installed import scan
    from vplug.errors import NothingFound
    from vplug.model import normalize_name

    chosen = environment()
    found = scan(chosen)
    own = normalize_name(found.vllm.distribution or "") if found.vllm is not None else ""
    names = [
        d.name
        for d in found.distributions
        if d.name and d.shadowed_by is None and d.normalized_name != own
    ]
    if not names:
        raise NothingFound(f"no vLLM plugin is installed in {chosen.label}")
    return names


def _with_progress(
    labels: list[str], run: Callable[[Callable[[TargetReport], None] | None], Report]
) -> Report:
    import sys

    if len(labels) < 2 or not sys.stderr.isatty():
        return run(None)
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

    columns = (
        TextColumn("validating"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.description}"),
    )
    with Progress(*columns, console=console(stderr=True), transient=True) as progress:
        task = progress.add_task("", total=len(labels))
        return run(lambda done: progress.update(task, advance=1, description=done.target))
