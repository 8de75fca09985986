"""Reports in several formats at once: ``--format`` for stdout, ``--output FORMAT:PATH`` for files."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from vplug.cli import complete
from vplug.cli.output import ReaderGoneError, console, say
from vplug.errors import UsageFault, VplugError

if TYPE_CHECKING:
    from rich.console import Console


class ReportFormat(StrEnum):
    """How a report is written."""

    TEXT = "text"
    TABLE = "table"
    JSON = "json"
    MARKDOWN = "markdown"
    SARIF = "sarif"
    GITHUB = "github"
    JUNIT = "junit"


ReportFormatOption = Annotated[
    ReportFormat | None,
    typer.Option(
        "--format",
        help="How to print the report; table is another name for text. [default: text]",
        show_default=False,
    ),
]
OutputsOption = Annotated[
    list[str] | None,
    typer.Option(
        "--output",
        metavar="FORMAT:PATH",
        help="Write the report to a file too, e.g. sarif:vplug.sarif; - is stdout. Repeatable.",
        show_default=False,
        autocompletion=complete.outputs,
    ),
]
#: What makes a document: text for a file or stdout.
Maker = Callable[[], str]


@dataclass(frozen=True, slots=True)
class Destination:
    """One document: its format and its file; ``None`` is stdout."""

    format: ReportFormat
    path: Path | None


def destinations(
    chosen: ReportFormat | None, short_json: bool, outputs: Sequence[str] | None
) -> list[Destination]:
    """Return where the report goes, stdout first.

    ``--output FORMAT:-`` takes the place of the default on stdout.

    Raises:
        UsageFault: a format that does not exist, no path, or two documents for one place.
    """
    if short_json:
        if chosen not in (None, ReportFormat.JSON):
            raise UsageFault(f"--json and --format {chosen} exclude each other")
        chosen = ReportFormat.JSON
    found = [_parse(text) for text in outputs or ()]
    places = [_place(item.path) for item in found]
    if chosen is not None or None not in places:
        found.insert(0, Destination(_plain(chosen or ReportFormat.TEXT), None))
        places.insert(0, None)
    for place in places:
        if places.count(place) > 1:
            name = place or "stdout"
            raise UsageFault(f"two reports for {name}", "give each a file of its own")
    return sorted(found, key=lambda item: item.path is not None)


def _place(path: Path | None) -> str | None:
    return None if path is None else os.path.normcase(path.absolute())


def _plain(chosen: ReportFormat) -> ReportFormat:
    return ReportFormat.TEXT if chosen is ReportFormat.TABLE else chosen


def _parse(text: str) -> Destination:
    # The first colon parts: a Windows path (`json:C:\out.json`) has one of its own.
    name, colon, path = text.partition(":")
    formats = ", ".join(item for item in ReportFormat if item is not ReportFormat.TABLE)
    if name not in list(ReportFormat):
        raise UsageFault(
            f"--output {text}: {name!r} is no format", f"write FORMAT:PATH; formats are {formats}"
        )
    if not colon or not path:
        raise UsageFault(f"--output {text} names no file", f"write {name}:PATH, or {name}:-")
    return Destination(_plain(ReportFormat(name)), None if path == "-" else Path(path))


def emit(
    places: Sequence[Destination],
    makers: Mapping[ReportFormat, Maker],
    show: Callable[[Console], None],
) -> None:
    """Write every document; text on stdout through ``show``, with colour where that is a terminal.

    Args:
        places: where they go.
        makers: makes each format but text.
        show: prints the text on a console.

    Raises:
        VplugError: a file cannot be written; the others are.
    """
    from vplug.atomic import write_bytes

    failed: VplugError | None = None
    for place in places:
        if place.path is None and place.format is ReportFormat.TEXT:
            show(console())
            continue
        text = _as_text(show) if place.format is ReportFormat.TEXT else makers[place.format]()
        data = text.encode("utf-8", "backslashreplace")
        if place.path is None:
            say_bytes(text, data)
            continue
        try:
            write_bytes(place.path, data)
        except VplugError as error:
            failed = failed or error
    if failed is not None:
        raise failed


def say_bytes(text: str, data: bytes) -> None:
    """Write ``data`` to stdout, or on a terminal ``text``.

    A pipe's encoding is not asked: documents are UTF-8, and a diff is in its files' own encodings.

    Raises:
        ReaderGoneError: nobody reads it any more.
    """
    stream = getattr(sys.stdout, "buffer", None)
    if stream is None or sys.stdout.isatty():
        say(text)
        return
    try:
        sys.stdout.flush()
        stream.write(data)
        stream.flush()
    except BrokenPipeError as error:
        raise ReaderGoneError from error


def _as_text(show: Callable[[Console], None]) -> str:
    import io

    from rich.console import Console

    stream = io.StringIO()
    show(
        Console(
            file=stream, highlight=False, width=10_000, emoji=False, markup=False, color_system=None
        )
    )
    return stream.getvalue()


def json_text(data: Any) -> str:
    """Return ``data`` as one JSON document, ASCII only."""
    import json

    return json.dumps(data, indent=2) + "\n"
