"""``vplug contracts``: what each vLLM release offers a plugin, and what changed between two."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from vplug.cli import complete
from vplug.cli.documents import say_bytes
from vplug.cli.output import FormatOption, JsonOption, OutputFormat, console, print_json, wants_json
from vplug.errors import NothingFound, UsageFault

if TYPE_CHECKING:
    from vplug.contracts import ContractStore

HELP = """Show what vLLM releases offer plugins, and what changed between two of them.

\b
Example:
  vplug contracts list
  vplug contracts show 0.33.0 IOProcessor
  vplug contracts diff 0.16.0 0.33.0 --kind io-processor
"""

LIST_HELP = """List the releases in the store, with what each was read from.

\b
Example:
  vplug contracts list --json
"""

SHOW_HELP = """Show what one release offers: all of it in short, or one class, function, module or name.

\b
Example:
  vplug contracts show 0.32.0 Platform
  vplug contracts show 0.32.0 vllm.utils.argparse_utils.FlexibleArgumentParser
"""

DIFF_HELP = """Show what changed for plugins from one release to another, older or newer.

Names and signatures are compared, not behaviour. Each change comes with the releases between the
two in which it was made, and with what it means to an author.

\b
  - removed      gone: using it fails
  > moved        defined elsewhere now, and where
  ! required     a plugin must define it now
  ~ changed      other parameters, or another effect
  x ignored      vLLM has it no more: defining it has no effect
  * deprecated   called where a plugin has it, but not for long
  o optional     a plugin need not define it any more
  + added        new in vLLM
\b
Example:
  vplug contracts diff 0.16.0 0.18.1 --kind io-processor
  vplug contracts diff 0.33.0 0.24.0 --format markdown
"""

ADD_HELP = """Add releases to your own store, beside vplug's; nothing of vLLM is run.

\b
Example:
  vplug contracts add .venv
  vplug contracts add 0.34.0
"""

UPDATE_HELP = """Add every final release on the package index that is newer than the store.

\b
Example:
  vplug contracts update
"""

MAKE_HELP = """Make a whole store from the package index.

\b
Example:
  vplug contracts make --releases 0.32.0,0.33.0 --out store
"""

SCHEMA = "vplug.contracts/1"

app = typer.Typer(help=HELP, no_args_is_help=True, add_completion=False, rich_markup_mode=None)


class DiffFormat(StrEnum):
    """How ``diff`` prints its result."""

    TABLE = "table"
    JSON = "json"
    MARKDOWN = "markdown"


_ReleaseArgument = Annotated[
    str,
    typer.Argument(metavar="RELEASE", help="A vLLM release.", autocompletion=complete.releases),
]


def _store() -> ContractStore:
    from vplug.contracts import ContractStore

    return ContractStore.bundled()


def _release(store: ContractStore, text: str) -> str:
    release, note = store.nearest(text)
    if note:
        typer.echo(f"note: {note}", err=True)
    return release


@app.command("list", help=LIST_HELP)
def list_(output: FormatOption = OutputFormat.TABLE, json: JsonOption = False) -> None:
    """List releases."""
    store = _store()
    loaders = store.loader()
    rows: list[dict[str, Any]] = []
    for place, release in enumerate(store.releases):
        source, digest = store.sources[release]
        python = next((form.python for form in loaders if form.releases >> place & 1), None)
        rows.append(
            {
                "release": release,
                "source": source,
                "sha256": None if digest == "-" else digest,
                "python": python,
            }
        )
    if wants_json(output, json):
        print_json({"schema": SCHEMA, "store": str(store.folder), "releases": rows})
        return
    table = _table("release", "source", "python")
    for row in rows:
        table.add_row(row["release"], row["source"], row["python"] or "")
    console().print(table)
    console(stderr=True).print(f"{len(rows)} releases in {store.folder}", soft_wrap=True)


@app.command("show", help=SHOW_HELP)
def show(
    release: _ReleaseArgument,
    symbol: Annotated[
        str | None,
        typer.Argument(
            metavar="[SYMBOL]",
            help="A curated class or function (IOProcessor, ModelRegistry.register_model), a module,"
            " or a name with its module (vllm.config.VllmConfig).",
            show_default=False,
            autocompletion=complete.symbols,
        ),
    ] = None,
    output: FormatOption = OutputFormat.TABLE,
    json: JsonOption = False,
) -> None:
    """Show one release or one symbol."""
    from vplug.contracts.show import describe

    store = _store()
    release = _release(store, release)
    found = describe(store, release, symbol)
    if found is None:
        raise _unknown(store, release, symbol or "")
    if wants_json(output, json):
        print_json({"schema": SCHEMA, "release": release, **found})
        return
    out = console()
    for line in _as_lines(found):
        out.print(line, soft_wrap=True)


def _unknown(store: ContractStore, release: str, symbol: str) -> NothingFound:
    from vplug.contracts.show import near

    bit = 1 << store.index(release)
    where = store.where_defined(symbol.rpartition(".")[2], bit)
    owner, _, leaf = symbol.rpartition(".")
    history = store.name(owner, leaf) if owner else None
    hint = None
    close = near(store, release, symbol)
    if close and not where:
        hint = f"did you mean {' or '.join(close)}?"
    elif where:
        hint = f"it may be {' or '.join(where[:3])}"
    elif history is not None and history.usable:
        names = store.names_in(history.usable)
        hint = f"it was there from {names[0]} to {names[-1]}"
    return NothingFound(f"vLLM {release} has no {symbol}", hint)


def _as_lines(found: dict[str, Any], indent: str = "") -> list[str]:
    lines: list[str] = []
    for key, value in found.items():
        if isinstance(value, dict):
            lines.append(f"{indent}{key}:")
            lines.extend(_as_lines(value, indent + "  "))
        elif isinstance(value, list):
            lines.append(f"{indent}{key}:" if value else f"{indent}{key}: none")
            for item in value:
                text = (
                    "  ".join(str(v) for v in item.values() if v not in (None, False, ""))
                    if (isinstance(item, dict))
                    else str(item)
                )
                lines.append(f"{indent}  {text}")
        elif value not in (None, ""):
            lines.append(f"{indent}{key}: {value}")
    return lines


@app.command("diff", help=DIFF_HELP)
def diff(
    old: Annotated[
        str,
        typer.Argument(
            metavar="OLD", help="The release you come from.", autocompletion=complete.releases
        ),
    ],
    new: Annotated[
        str,
        typer.Argument(
            metavar="NEW", help="The release you go to.", autocompletion=complete.releases
        ),
    ],
    kind: Annotated[
        str | None,
        typer.Option(
            help="Only what concerns one kind of plugin, such as io-processor or platform.",
            autocompletion=complete.kinds,
            show_default=False,
        ),
    ] = None,
    output: Annotated[
        DiffFormat, typer.Option("--format", help="How to print the result.")
    ] = DiffFormat.TABLE,
    json: JsonOption = False,
) -> None:
    """Show changes."""
    from vplug.contracts.diff import diff as compare
    from vplug.report.contract_diff import (
        contract_diff_json,
        contract_diff_markdown,
        print_contract_diff,
    )

    if kind is not None:
        _check_kind(kind)
    if json and output is DiffFormat.MARKDOWN:
        raise UsageFault("--json and --format markdown exclude each other")
    store = _store()
    found = compare(store, _release(store, old), _release(store, new), kind)
    if json or output is DiffFormat.JSON:
        print_json(contract_diff_json(found))
    elif output is DiffFormat.MARKDOWN:
        text = contract_diff_markdown(found)
        say_bytes(text, text.encode("utf-8"))
    else:
        print_contract_diff(found, console())


def _check_kind(kind: str) -> None:
    from difflib import get_close_matches

    from vplug.contracts.diff import DIFF_KINDS

    if kind in DIFF_KINDS:
        return
    close = [name for name in DIFF_KINDS if name.startswith(kind)] if kind else []
    close = close or get_close_matches(kind, DIFF_KINDS, n=1)
    meant = f"did you mean {' or '.join(close)}? " if close else ""
    raise UsageFault(f"there is no kind {kind!r}", f"{meant}kinds are: {', '.join(DIFF_KINDS)}")


@app.command("add", help=ADD_HELP)
def add(
    sources: Annotated[
        list[str],
        typer.Argument(
            metavar="SOURCE…",
            help="An environment or its interpreter, a wheel, an sdist, a source checkout, or the"
            " number of a release on the package index.",
        ),
    ],
) -> None:
    """Add releases."""
    from vplug.contracts.overlay import add as add_surfaces
    from vplug.contracts.sources import surface_of

    surfaces = [surface_of(source) for source in sources]
    taken = add_surfaces(surfaces)
    for surface in surfaces:
        said = "added" if surface.release in taken else "the store has it already"
        typer.echo(f"vLLM {surface.release}: {said}", err=True)


@app.command("update", help=UPDATE_HELP)
def update() -> None:
    """Add all newer releases."""
    from vplug.contracts.overlay import add as add_surfaces
    from vplug.contracts.sources import from_index, newer_on_index

    newest = _store().newest
    newer = newer_on_index(newest)
    if not newer:
        typer.echo(f"nothing is newer than {newest}", err=True)
        return
    typer.echo(f"reading {', '.join(newer)}", err=True)
    taken = add_surfaces(from_index(newer))
    typer.echo(f"added {', '.join(taken)}", err=True)


@app.command("make", help=MAKE_HELP, hidden=True)
def make(
    out: Annotated[Path, typer.Option(help="The store's folder.")],
    releases: Annotated[str, typer.Option(help="`all`, or numbers with commas.")] = "all",
    cache: Annotated[Path | None, typer.Option(help="Where sources are kept.")] = None,
) -> None:
    """Make a store."""
    from vplug.contracts.index import final_releases, list_files
    from vplug.contracts.make import choose
    from vplug.contracts.make import make as make_store

    chosen = choose(releases, final_releases(list_files()))
    make_store(chosen, out, cache, tell=lambda line: typer.echo(line, err=True))


def _table(*headings: str) -> Any:
    from rich.table import Table

    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    for heading in headings:
        table.add_column(heading, no_wrap=True)
    return table
