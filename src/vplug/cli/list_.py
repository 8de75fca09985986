"""``vplug list``: what is installed, and what vLLM will do with it."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Annotated, Any

import typer

from vplug.cli import complete
from vplug.cli.output import FormatOption, JsonOption, OutputFormat, console, print_json, wants_json
from vplug.cli.where import (
    PluginsOption,
    PrefixOption,
    PythonOption,
    describe_vllm,
    environment_from,
    other_environment_hint,
)
from vplug.errors import ExitStatus, UsageFault

if TYPE_CHECKING:
    from vplug.discovery.environment import Environment
    from vplug.discovery.installed import Installed
    from vplug.loader import Allowlist, Unmatched
    from vplug.model import Plugin

HELP = """List the installed vLLM plugins and what vLLM will do with each.

Nothing is imported: plugins are read from metadata.

\b
Example:
  vplug list
  vplug list --plugins my_plugin --python .venv/bin/python
"""

SCHEMA = "vplug.list/1"


def command(
    group: Annotated[
        list[str] | None,
        typer.Option(
            "--group",
            "-g",
            help="Only this group: general, platform, io-processor, stat-logger, "
            "logits-processor, endpoint, or a full name. Repeatable.",
            autocompletion=complete.groups,
        ),
    ] = None,
    plugins: PluginsOption = None,
    python: PythonOption = None,
    prefix: PrefixOption = None,
    show_all: Annotated[
        bool,
        typer.Option("--all", "-a", help="Also vLLM's own plugins."),
    ] = False,
    wide: Annotated[
        bool, typer.Option("--wide", "-w", help="Add processes, paths and declared vLLM ranges.")
    ] = False,
    output: FormatOption = OutputFormat.TABLE,
    json: JsonOption = False,
) -> None:
    """List plugins."""
    from vplug.discovery.installed import scan
    from vplug.loader import Allowlist, plan

    environment = environment_from(python, prefix)()
    allowlist = Allowlist(os.environ.get("VLLM_PLUGINS"))
    if plugins is not None:
        allowlist = Allowlist(plugins, "--plugins")
    installed = scan(environment)
    release = installed.vllm.release if installed.vllm is not None else None
    everything = plan(installed.distributions, allowlist, release)
    unmatched = allowlist.unmatched(plugin.name for plugin in everything)
    chosen = _choose(everything, _groups(group), show_all, installed)
    if wants_json(output, json):
        print_json(_as_json(chosen, unmatched, allowlist, environment, installed))
        return
    _print(chosen, everything, unmatched, allowlist, environment, installed, wide)
    if not everything:
        hint = other_environment_hint(environment.running, installed.vllm is not None)
        if hint:
            typer.echo(f"hint: {hint}", err=True)
        raise typer.Exit(ExitStatus.CLEAN)


def _groups(names: list[str] | None) -> set[str] | None:
    from vplug.loader import GROUPS, resolve_group_option

    if not names:
        return None
    resolved = set()
    for name in names:
        full = resolve_group_option(name)
        if full is None:
            shorts = ", ".join(group.short for group in GROUPS)
            raise UsageFault(f"--group {name}: no such group", f"groups are {shorts}")
        resolved.add(full)
    return resolved


def _choose(
    everything: tuple[Plugin, ...],
    groups: set[str] | None,
    show_all: bool,
    installed: Installed,
) -> list[Plugin]:
    from vplug.model import normalize_name

    own = installed.vllm.distribution if installed.vllm is not None else None
    chosen = []
    for plugin in everything:
        if groups is not None and plugin.group not in groups:
            continue
        ours = own is not None and plugin.distribution.normalized_name == normalize_name(own)
        if ours and not show_all:
            continue
        chosen.append(plugin)
    return chosen


def _as_json(
    chosen: list[Plugin],
    unmatched: tuple[Unmatched, ...],
    allowlist: Allowlist,
    environment: Environment,
    installed: Installed,
) -> dict[str, Any]:
    from vplug.discovery.declared import declared_ranges
    from vplug.loader import group_of
    from vplug.report.as_json import plugin_json

    vllm = installed.vllm
    rows = []
    for plugin in chosen:
        row = plugin_json(plugin)
        group = group_of(plugin.group)
        row["processes"] = list(group.processes) if group is not None else []
        row["declared_vllm"] = [
            {"specifier": item.specifier, "source": item.source}
            for item in declared_ranges(plugin.distribution, {})
        ]
        rows.append(row)
    return {
        "schema": SCHEMA,
        "environment": environment.label,
        "vllm": None
        if vllm is None
        else {
            "distribution": vllm.distribution,
            "version": vllm.version,
            "path": vllm.folder,
            "stand_in": vllm.stand_in,
        },
        "vllm_plugins": allowlist.value,
        "unmatched": [
            {
                "name": item.name,
                "nearest": list(item.nearest),
                "stray_blanks": item.stray_blanks,
            }
            for item in unmatched
        ],
        "plugins": rows,
        "unreadable": [{"path": path, "reason": reason} for path, reason in installed.unreadable],
    }


def _print(
    chosen: list[Plugin],
    everything: tuple[Plugin, ...],
    unmatched: tuple[Unmatched, ...],
    allowlist: Allowlist,
    environment: Environment,
    installed: Installed,
    wide: bool,
) -> None:
    from rich.text import Text

    from vplug.cli.plugin_table import plugin_table
    from vplug.report.layout import hanging

    out = console()
    if chosen:
        plugin_table(chosen, out, wide=wide)
    for path, reason in installed.unreadable:
        hanging(out, Text(f"✗ unreadable  {path}: {reason}", style="red"), 2, 4)
    errors = console(stderr=True)
    where = f"{environment.label}: {describe_vllm(installed.vllm)}"
    hanging(errors, Text(_summary(chosen, allowlist, where)), 0, 2)
    unseen = [p.name for p in everything if p not in chosen and p.standing.kind == "switched-off"]
    if unseen:
        hanging(errors, Text(f"{allowlist.source} also switches off: {', '.join(unseen)}"), 0, 2)
    for item in unmatched:
        hanging(errors, Text(f"{allowlist.source}: {item.describe()}", style="yellow"), 0, 2)


def _summary(chosen: list[Plugin], allowlist: Allowlist, where: str) -> str:
    from collections import Counter

    from vplug.model import StandingKind

    counts = Counter(plugin.standing.kind for plugin in chosen)
    if not chosen:
        return f"{where}; no plugins to show (--all shows vLLM's own)"
    parts = [f"{len(chosen)} plugin{'s' if len(chosen) != 1 else ''}"]
    for kind, word in (
        (StandingKind.LOADS, "would load"),
        (StandingKind.SWITCHED_OFF, f"switched off by {allowlist.source}={allowlist.value!r}"),
        (StandingKind.NOT_NAMED, "opt-in and not named"),
        (StandingKind.HIDDEN, "hidden"),
        (StandingKind.UNREAD_GROUP, "in groups nobody reads"),
    ):
        if counts[kind]:
            parts.append(f"{counts[kind]} {word}")
    return f"{where}; {', '.join(parts)}"
