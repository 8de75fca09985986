"""An inspected target as text and as JSON."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from vplug.model import Description, InspectedPlugin, Inspection, Registered, ranges_text
from vplug.report.as_json import distribution_json, location_json, plugin_json
from vplug.report.layout import hanging, labelled

if TYPE_CHECKING:
    from rich.console import Console

#: How many registrations that may run, and how many replaced names, are printed.
_SHOWN = 10
#: Columns of the longest label, its colon and a blank.
_LABEL = 14
_REPLACED = 4
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
        "registers": [_registered_json(item) for item in description.registered],
        "registers_complete": description.complete,
        "registers_nothing": description.no_registrations,
        "registers_elsewhere": [_registered_json(item) for item in description.elsewhere],
        "replaces": [
            {"name": item.name, "location": location_json(item.location)}
            for item in description.replaces
        ],
    }


def _registered_json(item: Registered) -> dict[str, Any]:
    return {
        "what": item.what,
        "function": item.function,
        "arguments": list(item.arguments),
        "undecided": list(item.undecided),
        "location": location_json(item.location),
    }


def print_inspection(inspection: Inspection, console: Console) -> None:
    """Print one target for a person."""
    from rich.text import Text

    d = inspection.distribution
    console.print(Text.assemble((d.label, "bold"), (f"  {d.origin.kind}", "dim")))
    if d.summary:
        hanging(console, Text(d.summary), 2)
    # What could not be told stands below with its reason: "none" would say more than is known.
    untold = {item.what for item in inspection.undecided}
    ranges = "" if "dependencies" in untold else "none declared"
    facts = [
        ("found", d.origin.path),
        ("editable", d.editable_project),
        ("vLLM range", ranges_text(inspection.ranges) or ranges),
        ("Python", d.requires_python or ("" if "requires-python" in untold else "any")),
        ("licence", d.license or ("" if "license" in untold else "none declared")),
        ("homepage", d.homepage),
        ("requires", "" if "dependencies" in untold and not d.requires else _requires(d.requires)),
        ("files", _files(inspection.files)),
    ]
    for key, value in facts:
        if value:
            labelled(console, key, Text(value), width=_LABEL)
    reasons: dict[str, list[str]] = {}
    for item in inspection.undecided:
        place = f" ({item.location})" if item.location is not None else ""
        reasons.setdefault(f"{item.reason}{place}", []).append(item.what)
    for reason, what in reasons.items():
        text = Text.assemble(("cannot tell ", "blue"), f"{', '.join(what)}: {reason}")
        hanging(console, text, 2, 4)
    if not inspection.plugins and "entry-points" not in untold:
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


def _print_registrations(description: Description, line: Callable[..., None]) -> None:
    for item in description.registered:
        line("registers", _registered(item))
    if not description.registered and description.no_registrations:
        line("registers", description.no_registrations)
    if not description.complete:
        line("registers", "maybe more: the search's limit was reached", "yellow")
    for item in description.elsewhere[:_SHOWN]:
        line("maybe", f"{_registered(item)}: in a function that it is not seen to call")
    if len(description.elsewhere) > _SHOWN:
        line("maybe", f"{len(description.elsewhere) - _SHOWN} more (all with --json)")
    if description.replaces:
        names = [item.name for item in description.replaces]
        more = f" and {len(names) - _REPLACED} more" if len(names) > _REPLACED else ""
        place = description.replaces[0].location
        line("replaces", f"{', '.join(names[:_REPLACED])}{more}  ({place})")


def _registered(item: Registered) -> str:
    """One registration: what, by which class's function where many have it, and what is passed."""
    by = f" ({item.function})" if item.function.endswith(".register_oot") else ""
    doubt = f"; cannot tell {', '.join(item.undecided)}" if item.undecided else ""
    return f"{item.what}{by} {', '.join(item.arguments)}{doubt}  ({item.location})"


def _print_plugin(inspected: InspectedPlugin, console: Console) -> None:
    from rich.text import Text

    plugin, description = inspected.plugin, inspected.description
    standing = plugin.standing
    # "loads when …" says "loads" itself.
    said = standing.reason.startswith(str(standing.kind))
    why = standing.reason.removeprefix(str(standing.kind)) if said else f" · {standing.reason}"
    heading = Text.assemble(
        (plugin.name, "bold cyan"),
        (f"  {inspected.group}", "dim"),
        f"  {standing.kind}",
        (why, "dim"),
    )
    hanging(console, heading, 0, 4)

    def line(key: str, value: str, style: str = "") -> None:
        labelled(console, key, Text(value, style), width=_LABEL)

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
        if item.location != description.location:  # else it is what stands above
            line("class", f"{item.name}  ({item.location})")
        if item.bases:
            line("bases", ", ".join(item.bases))
    if inspected.group == "general" or description.registered or description.replaces:
        _print_registrations(description, line)
    if inspected.processes:
        line("processes", ", ".join(inspected.processes))
        line("import fails", inspected.on_load_failure or "")
        line("call fails", inspected.on_call_failure or "")
