"""``vplug verify``: what only running a plugin can tell, in an environment that has vLLM."""

from __future__ import annotations

import contextlib
import os
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from vplug import __version__
from vplug.cli import complete
from vplug.cli.interrupt import one_interrupt
from vplug.cli.output import (
    FormatOption,
    JsonOption,
    OutputFormat,
    console,
    print_json,
    telling,
    wants_json,
)
from vplug.cli.where import PluginsOption
from vplug.errors import UsageFault
from vplug.model import Severity

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from vplug.errors import VplugError
    from vplug.model import Report
    from vplug.rules.config import Settings

HELP = """Run plugins under watch, in an environment that has vLLM: projects, wheels, sdists, installed.

Each entry point is loaded and called in processes of its own, in both import orders and in a fork,
with a time and a memory limit. The environment is left as it was; vLLM is never installed.
Exit status: 0 clean, 1 findings, 2 usage, 3 no plugin there, 4 no vLLM, one that fails,
or a plugin that could not be built.

\b
Example:
  vplug verify --python ~/vllm-env
  vplug verify dist/acme-1.0-py3-none-any.whl --timeout 60 --memory 4G
  vplug verify --python ~/vllm-env --live
"""

_UNITS = {"": 1, "K": 2**10, "M": 2**20, "G": 2**30, "T": 2**40}


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
    python: Annotated[
        Path | None,
        typer.Option(
            "--python",
            metavar="PATH",
            help="The interpreter that has vLLM, or its environment's root. [default: vplug's own]",
            show_default=False,
        ),
    ] = None,
    prefix: Annotated[
        Path | None,
        typer.Option("--prefix", metavar="DIR", help="The root of the environment that has vLLM."),
    ] = None,
    timeout: Annotated[
        float, typer.Option("--timeout", min=1.0, help="Seconds that each process may take.")
    ] = 120.0,
    memory: Annotated[
        str,
        typer.Option(
            "--memory", metavar="SIZE", help="Memory that each process may hold: 512M, 8G, or none."
        ),
    ] = "8G",
    live: Annotated[
        bool,
        typer.Option(
            "--live", help="Also start real engines with a tiny model, and use the plugins."
        ),
    ] = False,
    bench: Annotated[
        bool,
        typer.Option("--bench", help="Also measure engines with and without the plugins, in turn."),
    ] = False,
    model: Annotated[
        str | None,
        typer.Option(
            "--model", metavar="PATH", help="A model for the engines, in place of the tiny one."
        ),
    ] = None,
    plugins: PluginsOption = None,
    only: Annotated[
        list[str] | None,
        typer.Option("--only", metavar="NAME", help="In engines, use only these entry points."),
    ] = None,
    live_settings: Annotated[
        Path | None,
        typer.Option(
            "--live-settings",
            metavar="FILE",
            help="TOML or JSON with the keys of [tool.vplug.verify]: requests, engine arguments.",
        ),
    ] = None,
    start_timeout: Annotated[
        float, typer.Option("--start-timeout", min=1.0, help="Seconds for an engine to come up.")
    ] = 300.0,
    engine_memory: Annotated[
        str,
        typer.Option(
            "--engine-memory", metavar="SIZE", help="Memory that an engine may hold, or none."
        ),
    ] = "none",
    logs: Annotated[
        Path | None,
        typer.Option(
            "--logs",
            metavar="DIR",
            help="Keep every engine's log here. [default: of failures, in "
            "the folder for temporary files]",
            show_default=False,
        ),
    ] = None,
    runs: Annotated[
        int, typer.Option("--runs", min=1, help="For --bench: engines on each side.")
    ] = 3,
    no_isolation: Annotated[
        bool,
        typer.Option(
            "--no-isolation", "-n", help="Build with the backend installed here; needs no network."
        ),
    ] = False,
    select: Annotated[
        list[str] | None,
        typer.Option(
            "--select",
            help="Run only these rules of VP7: codes or names.",
            autocompletion=complete.rules_run,
        ),
    ] = None,
    ignore: Annotated[
        list[str] | None,
        typer.Option("--ignore", help="Leave these rules out.", autocompletion=complete.rules_run),
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
    verbose: Annotated[
        bool, typer.Option("--verbose", "-v", help="Show what build backends print, on stderr.")
    ] = False,
    output: FormatOption = OutputFormat.TABLE,
    json: JsonOption = False,
) -> None:
    """Verify plugins."""
    from vplug.cli.blanking import blanked, secrets_of
    from vplug.probe.live_stage import LiveOptions
    from vplug.probe.overlay import NoVllm
    from vplug.rules.config import Settings
    from vplug.rules.validate import exit_status
    from vplug.verify.live import bench_look, live_look, settings_file
    from vplug.verify.probing import probe
    from vplug.verify.run import Look, Options, verify

    if python is not None and prefix is not None:
        raise UsageFault("--python and --prefix exclude each other")
    settings = Settings(_split(select), _split(ignore), fail_on, strict)
    chosen = settings.codes("--select/--ignore", "verify")
    memory_bytes = parse_size(memory)
    with one_interrupt(), _progress(verbose) as on_step:
        options = Options(
            python=python or prefix,
            isolation=not no_isolation,
            seconds=timeout,
            memory_bytes=memory_bytes,
            on_step=on_step,
            on_output=_to_stderr if verbose else None,
        )
        # Rules of VP75 judge engines: whoever selects these alone needs no probes.
        alone = (live or bench) and all(code.startswith("VP75") for code in chosen)
        looks: list[Look] = [] if alone else [probe]
        if live or bench:
            extra = settings_file(live_settings)
            engines = LiveOptions(
                plugins=plugins,
                only=_split(only),
                start_seconds=start_timeout,
                memory_bytes=parse_size(engine_memory, "--engine-memory"),
                logs=logs.absolute() if logs is not None else None,
            )
            looks += [live_look(engines, extra, model)] if live else []
            looks += [bench_look(engines, extra, model, runs)] if bench else []
        labels = list(targets or ()) or ["."]
        try:
            report = verify(labels, settings, options, looks)
        except NoVllm as error:
            if not wants_json(output, json):
                raise
            report = _none_looked_at(labels, error, settings)
    # What plugins print and raise may hold what the environment gives them.
    report = blanked(report, secrets_of(os.environ))
    status = exit_status(report)
    if wants_json(output, json):
        from vplug.report.verify import verify_json

        with telling(status):
            print_json(verify_json(report, __version__, int(status)))
    else:
        with telling(status):
            _print(blanked(report, printable))
    raise typer.Exit(status)


def _print(report: Report) -> None:
    """Print what was seen of each target, then what the rules found."""
    from vplug.report.as_text import print_report, summary_line
    from vplug.report.live import print_bench, print_live
    from vplug.report.verify import print_observations

    out = console()
    for target in report.targets:
        print_observations(target, out)
        if target.live is not None:
            print_live(target.live, out)
        if target.bench is not None:
            print_bench(target.bench, out)
    print_report(report, out)
    if len(report.targets) > 1:
        typer.echo(summary_line(report), err=True)


def _none_looked_at(labels: list[str], error: VplugError, settings: Settings) -> Report:
    """Return the report of targets that nothing could be tried on: whoever reads it is told in it."""
    from vplug.model import Report, TargetReport

    status = int(error.status)
    failed = (
        TargetReport(label, error=error.message, hint=error.hint, status=status) for label in labels
    )
    return Report(tuple(failed), settings.threshold)


def printable(text: str) -> str:
    """Return a text with what a terminal would obey, or could not show, written as an escape.

    What a plugin raises, prints and calls things goes into the report as it is: a colour, a cleared
    screen, a text that runs backwards, half a character.
    """
    return "".join(
        item if item.isprintable() or item in "\n\t" else item.encode("unicode_escape").decode()
        for item in text
    )


def parse_size(text: str, option: str = "--memory") -> int | None:
    """Return a size such as ``512M`` or ``1.5GiB`` in bytes, units of 1,024; ``None`` for ``none``.

    Raises:
        UsageFault: it is no size.
    """
    if text.strip().lower() == "none":
        return None
    match = re.fullmatch(r"\s*(\d+(?:\.\d+)?)\s*([KMGT]?)(?:i?B)?\s*", text, re.IGNORECASE)
    if match is None or float(match[1]) == 0:
        raise UsageFault(f"{option} {text!r} is no size", "write it like 512M or 8G, or none")
    return int(float(match[1]) * _UNITS[match[2].upper()])


def _split(values: list[str] | None) -> tuple[str, ...]:
    return tuple(
        part.strip() for value in values or () for part in value.split(",") if part.strip()
    )


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
