"""``vplug doctor``: which platform is active and why, what devices report, what is wrong here."""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from vplug import __version__
from vplug.cli import complete
from vplug.cli.interrupt import one_interrupt
from vplug.cli.output import JsonOption, console, print_json, say, telling
from vplug.cli.where import PluginsOption, PrefixOption, environment_from
from vplug.errors import ExitStatus
from vplug.model import Severity

if TYPE_CHECKING:
    from collections.abc import Callable

    from vplug.discovery.environment import Environment
    from vplug.model import Diagnosis
    from vplug.report.doctor_markdown import Blank

HELP = """Tell what vLLM will load, which platform it takes and why, and what is wrong.

Imports vLLM and runs the code of platform plugins in a child process, in which the environment's .pth
hooks run as at every start of its Python, unless --no-run is given: then source and metadata alone
foretell it. No other plugin is run.

\b
Example:
  vplug doctor
  vplug doctor --no-run --python .venv/bin/python
  vplug doctor --format markdown > report.md
"""


class DoctorFormat(StrEnum):
    """How the report is printed."""

    TABLE = "table"
    JSON = "json"
    MARKDOWN = "markdown"


def command(
    no_run: Annotated[
        bool, typer.Option("--no-run", help="Foretell; run neither vLLM nor any plugin.")
    ] = False,
    model: Annotated[
        Path | None,
        typer.Option(
            "--model",
            metavar="PATH",
            help="A model's folder: which IO processor it asks for, and whether it is there.",
        ),
    ] = None,
    vllm: Annotated[
        str | None,
        typer.Option(
            "--vllm",
            metavar="RELEASE",
            help="Where no vLLM is installed, foretell by this release. [default: the newest known]",
            show_default=False,
            autocompletion=complete.releases,
        ),
    ] = None,
    attention: Annotated[
        bool,
        typer.Option(
            "--attention",
            help="Also ask which attention backend vLLM would take; imports much more of vLLM.",
        ),
    ] = False,
    timeout: Annotated[
        float,
        typer.Option("--timeout", min=1.0, help="Seconds that the child process may take."),
    ] = 120.0,
    fail_on: Annotated[
        Severity,
        typer.Option("--fail-on", help="Exit 1 on findings of this severity or worse."),
    ] = Severity.ERROR,
    plugins: PluginsOption = None,
    python: Annotated[
        Path | None,
        typer.Option(
            "--python",
            metavar="PATH",
            help="Look into this interpreter's environment, and run vLLM in it.",
        ),
    ] = None,
    prefix: PrefixOption = None,
    output: Annotated[
        DoctorFormat, typer.Option("--format", help="How to print the report.")
    ] = DoctorFormat.TABLE,
    json: JsonOption = False,
) -> None:
    """Examine an environment."""
    from vplug.cli.blanking import without_secrets
    from vplug.doctor.diagnose import Request, diagnose
    from vplug.loader import Allowlist

    environment = environment_from(python, prefix)()
    environ = dict(os.environ)
    if plugins is not None:
        environ["VLLM_PLUGINS"] = plugins
    request = Request(
        environment=environment,
        python=_interpreter(environment, python, prefix),
        run=not no_run,
        allowlist=Allowlist(environ.get("VLLM_PLUGINS")),
        release=vllm,
        model=model,
        seconds=timeout,
        attention=attention,
        environ=environ,
        option=_option(python, prefix),
    )
    found = without_secrets(_with_status(lambda: diagnose(request), quiet=no_run), environ)
    failing = any(item.severity.at_least(fail_on) for item in found.findings)
    crashed = any(str(item.kind) == "crashed" for item in found.outcomes)
    status = ExitStatus.FINDINGS if failing else ExitStatus.CLEAN
    if crashed:
        status = ExitStatus.FAILED
    with telling(status):
        if json or output is DoctorFormat.JSON:
            from vplug.report.doctor_json import doctor_json

            print_json(doctor_json(found, __version__, int(status)))
        elif output is DoctorFormat.MARKDOWN:
            from vplug.report.doctor_markdown import doctor_markdown

            say(doctor_markdown(found, _blank(), __version__))
        else:
            from vplug.report.doctor_text import print_diagnosis

            print_diagnosis(found, console())
    if not no_run and request.python is None and found.environment.vllm_path is not None:
        typer.echo(
            "nothing was run: the environment's interpreter is not known; name it with --python",
            err=True,
        )
    raise typer.Exit(status)


def _option(python: Path | None, prefix: Path | None) -> str:
    import shlex

    for name, value in (("--python", python), ("--prefix", prefix)):
        if value is not None:
            return f"{name} {shlex.quote(str(value))}"
    return ""


def _interpreter(environment: Environment, python: Path | None, prefix: Path | None) -> Path | None:
    """The interpreter in which vLLM would be run; ``None`` where only a folder is known."""
    if environment.running:
        return Path(sys.executable)
    # The child has a folder of its own. Not resolved: a link to an interpreter is an environment.
    places = [place.absolute() for place in (python, prefix) if place is not None]
    for place in places:
        for path in (place, place / "bin" / "python", place / "Scripts" / "python.exe"):
            # Not Path.is_file, which raises for a link to where this user may not look.
            if os.path.isfile(path):  # noqa: PTH113
                return path
    return None


def _with_status(run: Callable[[], Diagnosis], *, quiet: bool) -> Diagnosis:
    if quiet:
        return run()
    with one_interrupt():
        if not sys.stderr.isatty():
            return run()
        with console(stderr=True).status("importing vLLM and asking its platform"):
            return run()


def _blank() -> Blank:
    import getpass
    import socket

    from vplug.report.doctor_markdown import Blank

    names: dict[str, str] = {}
    with suppress(OSError, KeyError):  # no such user in the machine's table
        names[getpass.getuser()] = "<user>"
    # Who stands behind sudo; what a container's or cluster's machine is called outside.
    for variable, sign in (("SUDO_USER", "<user>"), ("HOSTNAME", "<host>")):
        if os.environ.get(variable):
            names[os.environ[variable]] = sign
    host = socket.gethostname()
    names |= dict.fromkeys((host, host.partition(".")[0]), "<host>")
    return Blank(str(Path.home()), names)
