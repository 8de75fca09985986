"""What every command shares in speaking: the format options, JSON on stdout, consoles."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any

import typer

from vplug.errors import ExitStatus

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from rich.console import Console


class ReaderGoneError(Exception):
    """Whoever read stdout has gone (`vplug list | head`).

    Not an OSError: click would turn a closed pipe into status 1, which here means findings.

    Args:
        status: what the command ends with: its verdict does not hang on who reads it.
    """

    def __init__(self, status: ExitStatus = ExitStatus.CLEAN) -> None:
        super().__init__()
        self.status = status


@contextmanager
def telling(status: ExitStatus) -> Iterator[None]:
    """Tell a verdict: ``status`` is the command's even where the reader goes away early.

    Raises:
        ReaderGoneError: with that status.
    """
    try:
        yield
    except (ReaderGoneError, BrokenPipeError) as error:
        raise ReaderGoneError(status) from error


class OutputFormat(StrEnum):
    """How a command prints its result."""

    TABLE = "table"
    JSON = "json"


FormatOption = Annotated[
    OutputFormat, typer.Option("--format", help="How to print the result.", show_default=True)
]
JsonOption = Annotated[bool, typer.Option("--json", help="Short for --format json.")]


def wants_json(chosen: OutputFormat, short: bool) -> bool:
    """Return whether the options ask for JSON."""
    return short or chosen is OutputFormat.JSON


def print_json(data: Any) -> None:
    """Write ``data`` to stdout as one JSON document, the same piped or not."""
    import json

    # ASCII only: a pipe's encoding (a Windows code page, say) must not decide what can be told.
    say(json.dumps(data, indent=2) + "\n")


def say(text: str) -> None:
    """Write ``text`` to stdout.

    Raises:
        ReaderGoneError: nobody reads it any more.
    """
    try:
        sys.stdout.write(text)
        sys.stdout.flush()
    except BrokenPipeError as error:
        raise ReaderGoneError from error


#: The width of a pipe: the rows must not be cut to 80 columns for a reader that greps them.
UNBOUNDED = 10_000


def console(*, stderr: bool = False) -> Console:
    """Return a rich console: coloured on a terminal, plain and unwrapped in a pipe.

    ``NO_COLOR``, ``FORCE_COLOR`` and ``COLUMNS`` are honoured by rich itself.
    """
    import os

    from rich.console import Console

    stream = sys.stderr if stderr else sys.stdout
    if hasattr(stream, "reconfigure"):
        # What the encoding has no sign for (a tick in a Windows code page) is shown as "?".
        stream.reconfigure(errors="replace")
    piped = not stream.isatty() and not os.environ.get("FORCE_COLOR")
    width = UNBOUNDED if piped and not os.environ.get("COLUMNS") else None

    class PipedConsole(Console):
        def on_broken_pipe(self) -> None:
            # Rich's own would exit with 1, which here means findings.
            raise ReaderGoneError

    return PipedConsole(file=stream, highlight=False, width=width, emoji=False, markup=False)


@contextmanager
def progress(doing: str, labels: Sequence[str]) -> Iterator[Callable[[str], None]]:
    """Give a function to call as each of ``labels`` is done.

    It moves a bar on stderr where that is a terminal and there are several, else does nothing.
    """
    if len(labels) < 2 or not sys.stderr.isatty():
        yield lambda _: None
        return
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

    columns = (
        TextColumn(doing),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.description}"),
    )
    with Progress(*columns, console=console(stderr=True), transient=True) as bar:
        task = bar.add_task("", total=len(labels))
        yield lambda label: bar.update(task, advance=1, description=label)
