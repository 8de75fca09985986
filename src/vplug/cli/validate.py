"""``vplug validate``: what is wrong with a plugin, with file and line, nothing imported."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from vplug import __version__
from vplug.cli import complete
from vplug.cli.documents import (
    Destination,
    OutputsOption,
    ReportFormat,
    ReportFormatOption,
    destinations,
    emit,
    json_text,
)
from vplug.cli.output import JsonOption, progress, telling
from vplug.cli.where import PrefixOption, PythonOption, environment_from
from vplug.errors import UsageFault
from vplug.model import Severity

if TYPE_CHECKING:
    from collections.abc import Callable

    from rich.console import Console

    from vplug.cli.documents import Maker
    from vplug.discovery.environment import Environment
    from vplug.model import KnownFinding, Report, RuleText

HELP = """Check plugins without importing them: projects, wheels, sdists, installed ones.

Exit status: 0 clean, 1 findings, 2 usage, 3 no plugin there, 4 something could not be read.

\b
Example:
  vplug validate
  vplug validate dist/*.whl --fail-on warning --min-severity warning
  vplug validate --output sarif:vplug.sarif --output junit:vplug.xml
  vplug validate --baseline vplug-baseline.json
  vplug validate --diff
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
            "--select",
            help="Run only these rules: codes, names, or VP1 for all of VP1xx.",
            autocompletion=complete.rules_read,
        ),
    ] = None,
    ignore: Annotated[
        list[str] | None,
        typer.Option("--ignore", help="Leave these rules out.", autocompletion=complete.rules_read),
    ] = None,
    fail_on: Annotated[
        Severity | None,
        typer.Option(
            "--fail-on",
            help="Exit 1 on findings of this severity or worse. [default: error]",
            show_default=False,
        ),
    ] = None,
    min_severity: Annotated[
        Severity,
        typer.Option(
            "--min-severity",
            help="Show findings of this severity or worse; the exit status and the counts are of all.",
        ),
    ] = Severity.INFO,
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
            autocompletion=complete.releases,
        ),
    ] = None,
    installed: Annotated[
        bool,
        typer.Option("--installed", help="Check every plugin distribution of the environment."),
    ] = False,
    baseline: Annotated[
        Path | None,
        typer.Option(
            "--baseline",
            metavar="FILE",
            help="Keep the findings quiet that this file knows; only new ones fail.",
        ),
    ] = None,
    write_baseline: Annotated[
        bool,
        typer.Option("--write-baseline", help="Write today's findings to the baseline."),
    ] = False,
    fix: Annotated[
        bool,
        typer.Option("--fix", help="Mend what is mechanical and certain, then report the rest."),
    ] = False,
    diff: Annotated[
        bool,
        typer.Option("--diff", help="Print what --fix would change, as a diff; write nothing."),
    ] = False,
    python: PythonOption = None,
    prefix: PrefixOption = None,
    output: ReportFormatOption = None,
    outputs: OutputsOption = None,
    json: JsonOption = False,
) -> None:
    """Validate plugins."""
    from vplug.cli.repository import anchored, repository_root
    from vplug.rules.config import Settings
    from vplug.rules.suppress import hide_milder
    from vplug.rules.validate import exit_status, validate

    places = destinations(output, json, outputs)
    environment = environment_from(python, prefix)
    settings = Settings(_split(select), _split(ignore), fail_on, strict)
    codes = settings.codes("--select/--ignore")
    settings = replace(settings, known=_known(baseline, write_baseline))
    labels = list(targets or ())
    if installed:
        labels += _installed(environment)
    elif not labels:
        labels = ["."]
    if diff and (output is not None or json or outputs or write_baseline):
        raise UsageFault(
            "--diff prints a diff and nothing else",
            "leave out --format, --json, --output and --write-baseline",
        )
    if fix or diff:
        from vplug.cli.fix import fix as mend

        mend(labels, settings, environment, show=diff)
    with progress("validating", labels) as done:
        report = validate(labels, settings, environment, lambda item: done(item.target), vllm)
    if write_baseline:
        from vplug.cli.baseline import write

        report = write(report, baseline)
    report = hide_milder(anchored(report, repository_root()), min_severity)
    status = exit_status(report)
    with telling(status):
        emit(places, _makers(report, codes, int(status)), lambda out: _show(report, out))
    if places[0] == Destination(ReportFormat.TEXT, None) and len(report.targets) > 1:
        from vplug.report.as_text import summary_line

        typer.echo(summary_line(report), err=True)
    raise typer.Exit(status)


def _known(baseline: Path | None, write: bool) -> tuple[KnownFinding, ...] | None:
    """What the command line's baseline knows; nothing at all where one is about to be written."""
    if write:
        return ()
    if baseline is None:
        return None
    from vplug.rules.baseline import read_baseline

    return read_baseline(baseline)


def _show(report: Report, out: Console) -> None:
    from vplug.report.as_text import print_report

    print_report(report, out)


def _makers(report: Report, codes: tuple[str, ...], status: int) -> dict[ReportFormat, Maker]:
    def as_json() -> str:
        from vplug.report.as_json import report_json

        return json_text(report_json(report, __version__, status))

    def as_sarif() -> str:
        from vplug.report.sarif import sarif

        return json_text(sarif(report, _rules(report, codes), __version__))

    def as_github() -> str:
        from vplug.report.github import workflow_commands

        return workflow_commands(report)

    def as_junit() -> str:
        from vplug.report.junit import junit

        return junit(report, _rules(report, codes))

    def as_markdown() -> str:
        from vplug.report.markdown import markdown

        return markdown(report)

    return {
        ReportFormat.JSON: as_json,
        ReportFormat.SARIF: as_sarif,
        ReportFormat.GITHUB: as_github,
        ReportFormat.JUNIT: as_junit,
        ReportFormat.MARKDOWN: as_markdown,
    }


def _rules(report: Report, codes: tuple[str, ...]) -> list[RuleText]:
    """The rules that were selected: by the projects' settings, else by the command line alone."""
    from vplug.rules import all_rules

    ran = {outcome.code for target in report.targets for outcome in target.outcomes}
    wanted = ran or set(codes)
    return [rule.text for rule in all_rules() if rule.code in wanted]


def _split(values: list[str] | None) -> tuple[str, ...]:
    return tuple(
        part.strip() for value in values or () for part in value.split(",") if part.strip()
    )


def _installed(environment: Callable[[], Environment]) -> list[str]:
    from vplug.discovery.installed import scan
    from vplug.discovery.open import InstalledName
    from vplug.errors import NothingFound
    from vplug.model import normalize_name

    chosen = environment()
    found = scan(chosen)
    own = normalize_name(found.vllm.distribution or "") if found.vllm is not None else ""
    names: list[str] = [
        InstalledName(d.name)
        for d in found.distributions
        if d.name and d.shadowed_by is None and d.normalized_name != own
    ]
    if not names:
        raise NothingFound(f"no vLLM plugin is installed in {chosen.label}")
    return names
