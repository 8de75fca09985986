"""``vplug inspect``: everything about one plugin or distribution, nothing imported."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from vplug.cli.output import FormatOption, JsonOption, OutputFormat, console, print_json, wants_json
from vplug.cli.where import PluginsOption, PrefixOption, PythonOption, environment_from

if TYPE_CHECKING:
    from collections.abc import Callable

    from vplug.discovery.open import Surroundings
    from vplug.discovery.target import Target
    from vplug.loader import Allowlist
    from vplug.model import Plugin

HELP = """Show what a plugin is: metadata, entry points, what they lead to, what they register.

Of a general plugin it shows what its function registers, what functions that it is not seen to call
would register, and what of vLLM it replaces. Nothing is imported: sources are read as text.

\b
Example:
  vplug inspect dist/my_plugin-0.1.0-py3-none-any.whl
  vplug inspect terratorch --prefix .venv
"""

SCHEMA = "vplug.inspect/1"


def command(
    target: Annotated[
        str,
        typer.Argument(
            help="A plugin's or distribution's name, a project folder, a wheel or an sdist."
        ),
    ],
    plugins: PluginsOption = None,
    python: PythonOption = None,
    prefix: PrefixOption = None,
    output: FormatOption = OutputFormat.TABLE,
    json: JsonOption = False,
) -> None:
    """Inspect one target."""
    import os
    from functools import cache

    from vplug.analysis.inspect import inspect_target
    from vplug.discovery.installed import scan
    from vplug.discovery.open import Surroundings, installed_first, open_target
    from vplug.loader import Allowlist
    from vplug.report.inspection import inspection_json, print_inspection
    from vplug.rules.validate import patient_collector

    environment = environment_from(python, prefix)
    allowlist = Allowlist(os.environ.get("VLLM_PLUGINS"))
    if plugins is not None:
        allowlist = Allowlist(plugins, "--plugins")

    @cache
    def surroundings() -> Surroundings:
        chosen = environment()
        return Surroundings(chosen, scan(chosen))

    if python is not None or prefix is not None:
        target = installed_first(target, surroundings)
    with patient_collector():
        inspections = [
            inspect_target(opened, _plugins(opened, target, allowlist, surroundings))
            for opened in open_target(target, surroundings)
        ]
    if wants_json(output, json):
        targets = [inspection_json(inspection) for inspection in inspections]
        print_json({"schema": SCHEMA, "targets": targets})
        return
    out = console()
    for number, inspection in enumerate(inspections):
        if number:
            out.print()
        print_inspection(inspection, out)


def _plugins(
    target: Target, asked: str, allowlist: Allowlist, surroundings: Callable[[], Surroundings]
) -> list[Plugin]:
    """The target's plugins; only the one asked for, where its name was what was asked for."""
    from vplug.loader import plan
    from vplug.model import OriginKind

    if target.kind is not OriginKind.ENVIRONMENT:
        everything = plan((target.distribution,), allowlist)
        return [plugin for plugin in everything if plugin.group.startswith("vllm.")]
    found = surroundings().installed
    release = found.vllm.release if found.vllm is not None else None
    origin = target.distribution.origin
    mine = [
        plugin
        for plugin in plan(found.distributions, allowlist, release)
        if plugin.distribution.origin == origin
    ]
    named = [plugin for plugin in mine if plugin.name == asked]
    return named if named and target.distribution.name != asked else mine
