"""``vplug contracts``: what each vLLM release offers a plugin, and what changed between two."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from vplug.cli.output import FormatOption, JsonOption, OutputFormat, console, print_json, wants_json
from vplug.errors import NothingFound, UsageFault

if TYPE_CHECKING:
    from vplug.contracts import ContractStore
    from vplug.contracts.diff import Change, Difference

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

DIFF_HELP = """Show what changed for plugins from one release to another.

\b
  - removed    gone
  > moved      elsewhere now, and where
  ! required   a plugin must define it now
  ~ changed    another signature, or another effect
  x ignored    vLLM has it no more: defining it does nothing
  + added      new
\b
Example:
  vplug contracts diff 0.16.0 0.18.1 --kind io-processor
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


class _Marks(StrEnum):
    """One character a kind of change, so that a table reads without colour."""

    REMOVED = "-"
    MOVED = ">"
    REQUIRED = "!"
    CHANGED = "~"
    IGNORED = "x"
    ADDED = "+"


_STYLES = {"removed": "red", "required": "red", "moved": "yellow", "changed": "yellow",
           "ignored": "magenta", "added": "green"}  # fmt: skip

_ReleaseArgument = Annotated[str, typer.Argument(metavar="RELEASE", help="A vLLM release.")]


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
    bit = 1 << store.index(release)
    where = store.where_defined(symbol.rpartition(".")[2], bit)
    owner, _, leaf = symbol.rpartition(".")
    history = store.name(owner, leaf) if owner else None
    hint = None
    if where:
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
    old: Annotated[str, typer.Argument(metavar="OLD", help="The release you come from.")],
    new: Annotated[str, typer.Argument(metavar="NEW", help="The release you go to.")],
    kind: Annotated[
        str | None,
        typer.Option(
            help="Only what concerns one kind of plugin, such as io-processor or platform."
        ),
    ] = None,
    output: FormatOption = OutputFormat.TABLE,
    json: JsonOption = False,
) -> None:
    """Show changes."""
    from vplug.contracts.curated import KINDS
    from vplug.contracts.diff import diff as compare

    if kind is not None and kind not in KINDS:
        raise UsageFault(f"there is no kind {kind!r}", f"kinds are: {', '.join(sorted(KINDS))}")
    store = _store()
    found = compare(store, _release(store, old), _release(store, new), kind)
    if wants_json(output, json):
        print_json(_diff_json(found))
    else:
        _print_diff(found)


def _diff_json(found: Difference) -> dict[str, Any]:
    names = found.names
    return {
        "schema": SCHEMA,
        "old": found.old,
        "new": found.new,
        "changes": [
            {
                "what": str(change.what),
                "kind": change.kind,
                "symbol": change.symbol,
                "old": change.old or None,
                "new": change.new or None,
                "where": list(change.where),
            }
            for change in found.changes
        ],
        "modules": None
        if names is None
        else {"added": list(found.modules_added), "removed": list(found.modules_removed)},
        "names": None
        if names is None
        else {"added": names.added, "removed": names.removed, "moved": names.moved},
    }


def _print_diff(found: Difference) -> None:
    from rich.text import Text

    out = console()
    if not found.changes:
        out.print(f"nothing changed for plugins from {found.old} to {found.new}")
    kind = ""
    for change in found.changes:
        if change.kind != kind:
            kind = change.kind
            out.print(Text(kind, style="bold"))
        what = str(change.what)
        line = Text("  ")
        line.append(f"{_Marks[what.upper()]} {what:<8} ", style=_STYLES[what])
        line.append(change.symbol)
        out.print(line, soft_wrap=True)
        for said in _details(change):
            out.print(f"        {said}", soft_wrap=True)
    names = found.names
    if names is not None:
        out.print(
            f"modules: {len(found.modules_added):,} added, {len(found.modules_removed):,} removed; "
            f"names: {names.added:,} added, {names.removed:,} removed, "
            f"{names.moved:,} of them found elsewhere now",
            soft_wrap=True,
        )


def _details(change: Change) -> list[str]:
    if change.what == "moved" or (change.old and change.new and change.old != change.new):
        return [f"was {change.old}", f"now {change.new}"]
    lines = [text for text in (change.new or change.old,) if text]
    if change.where:
        lines.append(f"now {' or '.join(change.where[:3])}")
    return lines


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
