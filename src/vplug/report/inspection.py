"""An inspected target as text and as JSON."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from vplug.model import InspectedPlugin, Inspection, ranges_text
from vplug.report.as_json import distribution_json, location_json, plugin_json

if TYPE_CHECKING:
    from rich.console import Console

_EXTRA = re.compile(r"""extra\s*==\s*['"]([^'"]+)['"]""")


def inspection_json(inspection: Inspection) -> dict[str, Any]:
    """Return one target of ``vplug.inspect/1``."""
    distribution = inspection.distribution
    return {
        "target": inspection.target,
        "kind": str(distribution.origin.kind),
        "distribution": distribution_json(distribution),
        "declared_vllm": [
            {"specifier": item.specifier, "source": item.source} for item in inspection.ranges
        ],
        "files": list(inspection.files),
        "scripts": [
            {"name": script.entry_point.name, "value": script.entry_point.value}
            for script in distribution.scripts
        ],
        "undecided": [
            {"what": item.what, "reason": item.reason, "location": location_json(item.location)}
            for item in inspection.undecided
        ],
        "plugins": [_plugin_json(plugin) for plugin in inspection.plugins],
    }


def _plugin_json(inspected: InspectedPlugin) -> dict[str, Any]:
    description = inspected.description
    return {
        **plugin_json(inspected.plugin),
        "processes": list(inspected.processes),
        "on_load_failure": inspected.on_load_failure,
        "on_call_failure": inspected.on_call_failure,
        "target": {
            "status": description.status,
            "kind": description.kind,
            "qualified_name": description.qualified_name or None,
            "location": location_json(description.location),
            "signature": str(description.signature) if description.signature is not None else None,
            "doc": description.doc,
            "problem": description.problem,
            "returns": list(description.returns),
        },
        "classes": [
            {
                "name": item.name,
                "location": location_json(item.location),
                "bases": list(item.bases),
                "doc": item.doc,
                "problem": item.problem,
            }
            for item in description.classes
        ],
        "registers": [
            {
                "what": item.what,
                "function": item.function,
                "arguments": list(item.arguments),
                "location": location_json(item.location),
            }
            for item in description.registered
        ],
        "registers_complete": description.complete,
    }


def print_inspection(inspection: Inspection, console: Console) -> None:
    """Print one target for a person."""
    from rich.text import Text

    d = inspection.distribution
    console.print(Text.assemble((d.label, "bold"), (f"  {d.origin.kind}", "dim")))
    if d.summary:
        console.print(Text(f"  {d.summary}"), soft_wrap=not console.is_terminal)
    # What could not be told stands below with its reason: "none" would say more than is known.
    untold = any(item.what == "dependencies" for item in inspection.undecided)
    facts = [
        ("found", d.origin.path),
        ("editable", d.editable_project),
        ("vLLM range", ranges_text(inspection.ranges) or ("" if untold else "none declared")),
        ("Python", d.requires_python or "any"),
        ("licence", d.license or "none declared"),
        ("homepage", d.homepage),
        ("requires", "" if untold and not d.requires else _requires(d.requires)),
        ("files", _files(inspection.files)),
    ]
    for key, value in facts:
        if value:
            console.print(
                Text.assemble((f"  {key + ':':<13}", "dim"), value),
                soft_wrap=not console.is_terminal,
            )
    for item in inspection.undecided:
        place = f" ({item.location})" if item.location is not None else ""
        text = Text.assemble(("  cannot tell ", "blue"), f"{item.what}: {item.reason}{place}")
        console.print(text, soft_wrap=not console.is_terminal)
    if not inspection.plugins:
        console.print(Text("  no vLLM entry points", style="yellow"))
    for plugin in inspection.plugins:
        console.print()
        _print_plugin(plugin, console)


def _requires(requires: Sequence[str]) -> str:
    """The plain requirements, and which extras there are: a long list of theirs tells nobody much."""
    plain = [text for text in requires if not _EXTRA.search(text)]
    extras = list(dict.fromkeys(m[1] for text in requires if (m := _EXTRA.search(text))))
    text = ", ".join(plain) or "nothing"
    return f"{text}  (extras: {', '.join(extras)})" if extras else text


def _files(files: Sequence[str]) -> str:
    tops = Counter(path.partition("/")[0] for path in files if "/" in path)
    listed = ", ".join(f"{name}/ {count}" for name, count in tops.most_common(6))
    return f"{len(files)}" + (f"  ({listed})" if listed else "")


def _print_plugin(inspected: InspectedPlugin, console: Console) -> None:
    from rich.text import Text

    plugin, description = inspected.plugin, inspected.description
    standing = plugin.standing
    why = f" · {standing.reason}" if standing.reason != str(standing.kind) else ""
    console.print(
        Text.assemble(
            (plugin.name, "bold cyan"),
            (f"  {inspected.group}", "dim"),
            f"  {standing.kind}",
            (why, "dim"),
        ),
        soft_wrap=not console.is_terminal,
    )

    def line(key: str, value: str, style: str = "") -> None:
        console.print(
            Text.assemble((f"  {key + ':':<13}", "dim"), (value, style)),
            soft_wrap=not console.is_terminal,
        )

    line("declared", f"{plugin.entry_point.value}  ({plugin.entry_point.location})")
    if description.problem is not None and description.kind is None:
        line(description.status, description.problem, "red")
    else:
        signature = str(description.signature) if description.signature is not None else ""
        place = description.location
        line(str(description.kind), f"{description.qualified_name}{signature}  ({place})")
        if description.problem is not None:
            line("problem", description.problem, "red")
    if description.doc:
        line("doc", description.doc)
    if description.returns and inspected.group != "general":
        line("returns", " | ".join(description.returns))
    for item in description.classes:
        if item.problem is not None:
            line("class", f"{item.name}: {item.problem}", "red")
            continue
        line("class", f"{item.name}  ({item.location})")
        if item.bases:
            line("bases", ", ".join(item.bases))
    for registration in description.registered:
        arguments = ", ".join(registration.arguments)
        line("registers", f"{registration.what} {arguments}  ({registration.location})")
    if not description.complete:
        line("registers", "maybe more: the search's limit was reached", "yellow")
    if inspected.processes:
        line("processes", ", ".join(inspected.processes))
        line("if import", f"fails: {inspected.on_load_failure}")
        line("if call", f"fails: {inspected.on_call_failure}")
