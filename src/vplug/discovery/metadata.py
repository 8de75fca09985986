"""Core metadata and ``entry_points.txt``, the two texts that every built distribution carries."""

from __future__ import annotations

from email.message import Message
from email.parser import Parser

from vplug.discovery.partial import SCRIPT_GROUPS
from vplug.model import Distribution, EntryPoint, Location, Origin, Script


def parse_entry_points(text: str, path: str) -> list[EntryPoint]:
    """Return the entry points of an ``entry_points.txt``, each with its line.

    Read as ``importlib.metadata`` reads it (``Sectioned.section_pairs``, CPython 3.11 to 3.13):
    blank lines and lines beginning with ``#`` are passed over, and a pair is split at its first
    ``=``. A line without one keeps an empty value, for a rule to judge.
    """
    entry_points = []
    group: str | None = None
    for number, raw in enumerate(text.splitlines(), start=1):
        line = raw.strip()
        if not line or line.startswith("#"):
            continue
        if line.startswith("[") and line.endswith("]"):
            group = line.strip("[]")
        elif group is not None:
            name, _, value = line.partition("=")
            location = Location(path, number)
            entry_points.append(EntryPoint(group, name.strip(), value.strip(), location))
    return entry_points


def build_distribution(
    metadata: str | None,
    entry_points: list[EntryPoint],
    origin: Origin,
    *,
    shadowed_by: Origin | None = None,
    editable_project: str | None = None,
) -> Distribution:
    """Return the distribution that a METADATA (or PKG-INFO) text and entry points describe.

    Args:
        metadata: the text, or ``None`` where the file is missing: everything but entry points is
            then unknown.
        entry_points: as parsed, scripts included.
        origin: where it was found.
        shadowed_by: the earlier metadata that hides it, if any.
        editable_project: the source folder of an editable install, if it is one.
    """
    message: Message = Parser().parsestr(metadata or "")
    urls = message.get_all("Project-URL") or []
    licence = _licence(message)
    body = message.get_payload() if metadata else ""
    described = message.get("Description") or (body if isinstance(body, str) else "")
    homepage = message.get("Home-page")
    if not homepage and urls:
        homepage = str(urls[0]).partition(",")[2].strip()
    return Distribution(
        name=_text(message.get("Name")),
        version=_text(message.get("Version")),
        origin=origin,
        entry_points=tuple(e for e in entry_points if e.group not in SCRIPT_GROUPS),
        scripts=tuple(Script(e) for e in entry_points if e.group in SCRIPT_GROUPS),
        requires=tuple(str(item) for item in message.get_all("Requires-Dist") or ()),
        requires_python=_text(message.get("Requires-Python")),
        summary=_text(message.get("Summary")),
        license=licence,
        readme="long description" if described and described.strip() else None,
        homepage=homepage,
        shadowed_by=shadowed_by,
        editable_project=editable_project,
    )


def _licence(message: Message) -> str | None:
    """An expression or a short field, else what a classifier names, else a whole licence's first line."""
    field = _text(message.get("License-Expression")) or _text(message.get("License"))
    if field is not None and "\n" not in field:
        return field
    for item in message.get_all("Classifier") or ():
        if str(item).startswith("License ::"):
            return str(item).rpartition(" :: ")[2]
    if field is not None:
        return field.splitlines()[0].strip()
    return "license files" if message.get_all("License-File") else None


def _text(value: object) -> str | None:
    text = str(value).strip() if value is not None else ""
    return text if text and text != "UNKNOWN" else None
