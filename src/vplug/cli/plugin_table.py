"""The table of plugins, by group, for a terminal or a pipe."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from vplug.cli.output import UNBOUNDED
from vplug.loader import GROUPS, group_of
from vplug.model import Plugin, StandingKind, ranges_text
from vplug.report.layout import hanging

if TYPE_CHECKING:
    from rich.console import Console

#: Symbol and word, so that the table reads without colour too. What vLLM is asked to load, by metadata
#: alone: whether that works is for `inspect`, `validate` and `doctor`, which read the code.
STANDINGS = {
    StandingKind.LOADS: ("✓", "to be loaded", "green"),
    StandingKind.SWITCHED_OFF: ("○", "switched off", "yellow"),
    StandingKind.NOT_NAMED: ("○", "opt-in", "yellow"),
    StandingKind.HIDDEN: ("✗", "hidden", "red"),
    StandingKind.UNREAD_GROUP: ("✗", "unread group", "red"),
}


def in_group_order(plugins: Sequence[Plugin]) -> list[tuple[str, list[Plugin]]]:
    """Return plugins by group: vLLM's groups in loading order, then groups nobody reads."""
    order = [group.name for group in GROUPS]
    order += sorted({plugin.group for plugin in plugins} - set(order))
    found = [(name, [p for p in plugins if p.group == name]) for name in order]
    return [(name, members) for name, members in found if members]


def plugin_table(plugins: Sequence[Plugin], console: Console, *, wide: bool) -> None:
    """Print the table; ``wide`` adds processes, declared vLLM ranges and paths.

    Where a terminal is too narrow for the targets, each stands below its plugin, on a line of its own
    that is not broken: it can be copied. ``wide`` puts what it adds there too, and so does a terminal
    in which the other columns have no room. A pipe without ``COLUMNS`` gets every column, one line a plugin.
    """
    from rich.table import Table
    from rich.text import Text

    longest = (
        max(len(plugin.name) for plugin in plugins),
        max(len(plugin.distribution.label) for plugin in plugins),
        max(len(plugin.entry_point.value) for plugin in plugins),
    )
    slim = longest[0] + longest[1] + 22 > console.width
    below = _has_width(console) and (wide or slim)
    room = sum(longest) + 6
    targets = not below and (not _has_width(console) or room + 18 <= console.width)
    under = not below and not targets

    def columns(*, header: bool) -> Table:
        table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), show_header=header)
        # Columns line up under the first header, group after group.
        table.add_column("  name", min_width=longest[0] + 2, overflow="fold")
        table.add_column("standing", no_wrap=True, min_width=14)
        table.add_column("distribution", overflow="fold")
        if targets:
            table.add_column("target", overflow="fold")
        if wide and not below:
            table.add_column("vLLM range", overflow="fold")
            table.add_column("path", overflow="fold")
        return table

    for number, (name, members) in enumerate(in_group_order(plugins)):
        group = group_of(name)
        title = f"{group.short} ({name})" if group is not None else name
        if number:
            console.print()
        console.print(Text(title, style="bold"))
        if wide and group is not None:
            console.print(Text(f"  processes: {', '.join(group.processes)}", style="dim"))
        table = columns(header=number == 0)
        for plugin in members:
            symbol, word, style = STANDINGS[plugin.standing.kind]
            cells = [
                Text(f"  {plugin.name}"),
                Text(f"{symbol} {word}", style=style),
                Text(plugin.distribution.label),
            ]
            if targets:
                cells.append(Text(plugin.entry_point.value, style="dim"))
            if wide and not below:
                cells += [Text(_ranges(plugin)), Text(plugin.distribution.origin.path, style="dim")]
            if not below:
                table.add_row(*cells)
                if under:
                    console.print(table)
                    target = Text(f"      {plugin.entry_point.value}", style="dim")
                    console.print(target, soft_wrap=True)
                    table = columns(header=False)
                continue
            console.print(Text("  ").append(plugin.name), Text(f" {symbol} {word}", style=style))
            facts = [("target", plugin.entry_point.value), ("from", plugin.distribution.label)]
            if wide:
                facts += [
                    ("vLLM range", _ranges(plugin)),
                    ("path", plugin.distribution.origin.path),
                ]
            for key, value in facts:
                line = Text.assemble((f"      {key + ':':<12}", "dim"), value)
                console.print(line, soft_wrap=True)
        if not below and not under:
            console.print(table)
        for note in _notes(members):
            hanging(console, Text(note, style="dim"), 4, 2)


def _has_width(console: Console) -> bool:
    """Whether rows must fit: on a terminal, and in a pipe for which ``COLUMNS`` is set."""
    return console.is_terminal or console.width < UNBOUNDED


def _notes(members: Sequence[Plugin]) -> list[str]:
    """Why some do not load, one line a reason: a value of VLLM_PLUGINS says the same of many."""
    by_reason: dict[str, list[str]] = {}
    for plugin in members:
        if plugin.standing.kind is not StandingKind.LOADS:
            by_reason.setdefault(plugin.standing.reason, []).append(plugin.name)
    notes = []
    for reason, names in by_reason.items():
        who = names[0] if len(names) == 1 else f"{len(names)} of these"
        notes.append(f"{who}: {reason}")
    return notes


def _ranges(plugin: Plugin) -> str:
    from vplug.discovery.declared import declared_ranges

    return ranges_text(declared_ranges(plugin.distribution, {})) or "none declared"
