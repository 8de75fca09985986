"""The table of plugins, by group, for a terminal or a pipe."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from vplug.loader import GROUPS, group_of
from vplug.model import Plugin, StandingKind

if TYPE_CHECKING:
    from rich.console import Console

#: Symbol and word, so that the table reads without colour too.
STANDINGS = {
    StandingKind.LOADS: ("✓", "loads", "green"),
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
    """Print the table; ``wide`` adds processes, declared vLLM ranges and paths."""
    from rich.table import Table
    from rich.text import Text

    terminal = console.is_terminal
    for number, (name, members) in enumerate(in_group_order(plugins)):
        group = group_of(name)
        title = f"{group.short} ({name})" if group is not None else name
        if number:
            console.print()
        console.print(Text(title, style="bold"))
        if wide and group is not None:
            console.print(Text(f"  processes: {', '.join(group.processes)}", style="dim"))
        table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), show_header=number == 0)
        # Columns line up under the first header, group after group.
        widths = _widths(plugins) if not terminal else {}
        table.add_column("  name", min_width=widths.get("name"), overflow="fold")
        table.add_column("standing", no_wrap=True, min_width=14)
        table.add_column("distribution", overflow="fold")
        table.add_column("target", overflow="fold")
        if wide:
            table.add_column("vLLM range", overflow="fold")
            table.add_column("path", overflow="fold")
        for plugin in members:
            symbol, word, style = STANDINGS[plugin.standing.kind]
            cells = [
                Text(f"  {plugin.name}"),
                Text(f"{symbol} {word}", style=style),
                Text(plugin.distribution.label),
                Text(plugin.entry_point.value, style="dim"),
            ]
            if wide:
                cells += [Text(_ranges(plugin)), Text(plugin.distribution.origin.path, style="dim")]
            table.add_row(*cells)
        console.print(table)
        for note in _notes(members):
            console.print(Text(f"    {note}", style="dim"), soft_wrap=True)


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


def _widths(plugins: Sequence[Plugin]) -> dict[str, int]:
    return {"name": max(len(plugin.name) for plugin in plugins) + 2}


def _ranges(plugin: Plugin) -> str:
    from vplug.discovery.declared import declared_ranges

    return ", ".join(map(str, declared_ranges(plugin.distribution, {}))) or "none declared"
