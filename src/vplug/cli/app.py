"""The root command: a lazy group of commands and the one boundary that catches their errors."""

from __future__ import annotations

import atexit
import gc
import importlib
import os
import sys
from typing import TYPE_CHECKING, Annotated, Any, NoReturn

import typer
from typer.core import TyperGroup

from vplug import __version__
from vplug.cli.output import ReaderGoneError, say, telling
from vplug.errors import ExitStatus, UsageFault, VplugError

if TYPE_CHECKING:
    from collections.abc import Sequence

#: Command name → module under vplug.cli that holds ``command``, or ``app`` with commands of its own.
COMMANDS = {
    "list": "list_",
    "inspect": "inspect_",
    "validate": "validate",
    "compat": "compat",
    "doctor": "doctor",
    "rule": "rule",
    "contracts": "contracts",
    "scaffold": "scaffold",
    "build": "build_",
    "publish": "publish",
    "verify": "verify",
}


class LazyGroup(TyperGroup):
    """A Typer group that imports a command's module only when that command is asked for."""

    def list_commands(self, ctx: Any) -> list[str]:
        """Return the command names in the order of the table, which is the order of use."""
        del ctx
        return list(COMMANDS)

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """Return the command that the words ask for; a word that is none is told its nearest.

        Typer's own suggestion looks at commands that are imported already, and here none is.

        Raises:
            UsageFault: there is no such command.
        """
        word = args[0]
        if word not in COMMANDS and not word.startswith("-") and not ctx.resilient_parsing:
            raise _no_command(word)
        return super().resolve_command(ctx, args)

    def invoke(self, ctx: Any) -> Any:
        """Run the command that was asked for.

        Raises:
            typer.Abort: on an interrupt: Typer itself makes of it a status that says no more (0.29) or
                this (before).
        """
        try:
            return super().invoke(ctx)
        except KeyboardInterrupt as error:
            raise typer.Abort from error

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """Return the command called ``cmd_name``, or ``None`` for Typer's own usage error."""
        del ctx
        module_name = COMMANDS.get(cmd_name)
        if module_name is None:
            return None
        module = importlib.import_module(f"vplug.cli.{module_name}")
        own = getattr(module, "app", None)
        if own is not None:
            group = typer.main.get_command(own)
            group.name = cmd_name
            return group
        app = typer.Typer(add_completion=False, rich_markup_mode=None)
        app.command(cmd_name, help=module.HELP)(module.command)
        return typer.main.get_command(app)


def _no_command(word: str) -> UsageFault:
    from difflib import get_close_matches

    meant = [name for name in COMMANDS if name.startswith(word.lower())]
    meant = meant or get_close_matches(word.lower(), COMMANDS, n=2)
    said = f". Did you mean {' or '.join(map(repr, meant))}?" if meant else ""
    return UsageFault(f"No such command {word!r}{said}", "`vplug --help` lists the commands")


app = typer.Typer(
    cls=LazyGroup,
    no_args_is_help=True,
    add_completion=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _print_version(value: bool) -> None:
    if value:
        from vplug.contracts.newest import newest_known

        try:
            contracts = f"contracts to vLLM {newest_known()}"
        except VplugError as error:
            contracts = error.message  # the version is told whatever else is broken
        say(f"vplug {__version__} ({contracts})\n")
        raise typer.Exit


@app.callback()
def root(
    version: Annotated[
        bool,
        typer.Option(
            "--version",
            help="Show the version, and the newest vLLM release that the contracts know.",
            callback=_print_version,
            is_eager=True,
        ),
    ] = False,
    debug: Annotated[
        bool, typer.Option("--debug", help="Show the traceback of an error.", envvar="VPLUG_DEBUG")
    ] = False,
) -> None:
    """Make, check, ship and run vLLM plugins."""
    del version
    if debug:
        os.environ["VPLUG_DEBUG"] = "1"


def run(args: Sequence[str] | None = None) -> NoReturn:
    """Run the command line and exit.

    Args:
        args: the words after the program's name; the process's own when ``None``.

    Raises:
        SystemExit: always, with one of :class:`vplug.errors.ExitStatus`.
    """
    # What lives to the end goes with the process: looking through it for garbage first, as Python does
    # on its way out, takes a fifth of the time of a large analysis.
    atexit.register(gc.freeze)
    try:
        # Not standalone: click would take a closed pipe for a finding, and an interrupt for status 1.
        status = app(
            args=list(args) if args is not None else None, prog_name="vplug", standalone_mode=False
        )
        status = ExitStatus(status) if isinstance(status, int) else ExitStatus.CLEAN
        with telling(status):
            sys.stdout.flush()
        sys.exit(status)
    except VplugError as error:
        _explain(error)
        sys.exit(error.status)
    except (KeyboardInterrupt, typer.Abort):
        # On a terminal the cursor stands behind "^C".
        typer.echo("\ninterrupted" if sys.stderr.isatty() else "interrupted", err=True)
        sys.exit(ExitStatus.INTERRUPTED)
    except (BrokenPipeError, ReaderGoneError) as error:
        # The reader went away (`vplug list | head`): not a fault of ours, and not worth a word.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(error.status if isinstance(error, ReaderGoneError) else ExitStatus.CLEAN)
    except Exception as error:
        if hasattr(error, "show") and hasattr(
            error, "exit_code"
        ):  # click's, wherever Typer keeps it
            error.show()
            sys.exit(error.exit_code)
        hint = "this is a fault in vplug; run again with `vplug --debug …` for the traceback"
        fault = VplugError(f"vplug failed: {type(error).__name__}: {error}", hint)
        fault.__cause__ = error
        _explain(fault)
        sys.exit(ExitStatus.FAILED)


def _explain(error: VplugError) -> None:
    if os.environ.get("VPLUG_DEBUG"):
        import traceback

        traceback.print_exception(error)
    typer.echo(f"error: {error.message}", err=True)
    if error.hint:
        typer.echo(f"hint: {error.hint}", err=True)
