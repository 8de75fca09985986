"""The JSON of ``vplug scaffold``, which other programs read: schema ``vplug.scaffold/1``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

    from vplug.scaffold.catalogue import PluginType
    from vplug.scaffold.project import Scaffolded

SCHEMA = "vplug.scaffold/1"


def project_document(made: Scaffolded, next_commands: Sequence[str]) -> dict[str, Any]:
    """Return the document of one scaffolded project; paths have forward slashes."""
    return {
        "schema": SCHEMA,
        "project": {
            "type": made.plugin_type.name,
            "variant": made.answers.variant or None,
            "group": made.plugin_type.group,
            "name": made.answers.name,
            "package": made.answers.package,
            "plugin_name": made.answers.plugin_name,
            "vllm": made.plugin_type.vllm,
            "destination": str(made.destination),
            "dry_run": made.dry_run,
            "files": [
                {
                    "path": str(file.path),
                    "status": file.status.value,
                    "written_as": None if file.written_as is None else str(file.written_as),
                }
                for file in made.files
            ],
            "next": list(next_commands),
        },
    }


def types_document(types: Sequence[PluginType]) -> dict[str, Any]:
    """Return the document of ``vplug scaffold --list``."""
    return {
        "schema": SCHEMA,
        "types": [
            {
                "name": plugin_type.name,
                "summary": plugin_type.summary,
                "group": plugin_type.group,
                "vllm": plugin_type.vllm,
                "options": [
                    {"name": option.name, "default": option.default, "help": option.help}
                    for option in plugin_type.options
                ],
                "variants": [
                    {"name": variant.name, "summary": variant.summary}
                    for variant in plugin_type.variants
                ],
            }
            for plugin_type in types
        ],
    }
