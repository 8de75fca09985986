"""What each mendable finding is mended with. A mend that is not certain is no mend."""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass

from vplug.analysis.resolve import Kind, Status
from vplug.errors import NothingFound, Unreadable
from vplug.fit.masks import Masks
from vplug.fixes.code_edits import replace_string
from vplug.fixes.toml_edits import add_project_key, add_tool_key, quote_group, rename_group
from vplug.loader import GROUPS
from vplug.model import Finding, Location
from vplug.rules.compat import compat
from vplug.rules.evidence import Evidence
from vplug.rules.verdict import CannotTell, Skip

_PYPROJECT = "pyproject.toml"
_README = re.compile(r"^readme\.(md|rst|txt)$", re.IGNORECASE)
_CFG_KEY = re.compile(r"^(?P<name>[^\s=#;][^=]*?)(?P<rest>\s*=)")


@dataclass(frozen=True, slots=True)
class Mend:
    """One change of one file.

    Attributes:
        code: the rule whose finding it mends.
        path: the file, relative to the project.
        what: the change in words.
        data: the file's new bytes.
    """

    code: str
    path: str
    what: str
    data: bytes


@dataclass(frozen=True, slots=True)
class _Case:
    """A finding with what it was found in."""

    finding: Finding
    evidence: Evidence
    masks: Masks


def mend(finding: Finding, evidence: Evidence, masks: Masks) -> Mend | None:
    """Return what mends ``finding``, or ``None`` where nothing certain does."""
    maker = _MAKERS.get(finding.code)
    if maker is None:
        return None
    with suppress(Skip, CannotTell, Unreadable):
        return next(maker(_Case(finding, evidence, masks)), None)
    return None


def certain_group(name: str) -> str | None:
    """Return the vLLM group that ``name`` can only be a misspelling of, or ``None``.

    >>> certain_group("vllm.general_plugin"), certain_group("vllm.plugins")
    ('vllm.general_plugins', None)
    """
    squashed = _squash(name)
    found = {
        group.name
        for group in GROUPS
        if squashed in {_squash(group.name), _squash(f"vllm.{group.short}")}
    }
    if not found:
        close = difflib.get_close_matches(name, [group.name for group in GROUPS], n=2, cutoff=0.9)
        found = set(close)
    return found.pop() if len(found) == 1 and name not in found else None


def _squash(name: str) -> str:
    return re.sub(r"[^a-z0-9]", "", name.lower()).removesuffix("s")


def _group(case: _Case) -> Iterator[Mend]:
    tree = case.evidence.target.tree
    for entry_point in case.evidence.distribution.entry_points:
        if entry_point.location != case.finding.location or entry_point.location is None:
            continue
        old, new = entry_point.group, certain_group(entry_point.group)
        if new is None or f"{old!r}" not in case.finding.message:
            continue
        path = entry_point.location.path
        before = tree.read(path)
        after: bytes | None = None
        if path == _PYPROJECT:
            for parents in (("project", "entry-points"), ("tool", "poetry", "plugins")):
                after = after or rename_group(before, parents, old, new)
        elif path == "setup.py":
            after = replace_string(before, None, old, new)
        elif path == "setup.cfg":
            after = _rename_option(before, old, new)
        if after is not None:
            yield Mend(case.finding.code, path, f"the group {old} is now {new}", after)


def _rename_option(data: bytes, old: str, new: str) -> bytes | None:
    """Return ``setup.cfg`` with the key ``old`` of its entry points called ``new``."""
    try:
        lines = data.decode("utf-8").splitlines(keepends=True)
    except UnicodeDecodeError:
        return None
    section = ""
    hits = []
    for number, line in enumerate(lines):
        if line.startswith("["):
            section = line.partition("]")[0][1:].strip()
        match = _CFG_KEY.match(line)
        if section == "options.entry_points" and match is not None:
            if match["name"] == new:
                return None
            if match["name"] == old:
                hits.append(number)
    if len(hits) != 1:
        return None
    lines[hits[0]] = new + lines[hits[0]][len(old) :]
    return "".join(lines).encode("utf-8")


def _quotes(case: _Case) -> Iterator[Mend]:
    match = re.search(r'\[project\.entry-points\."([\w.-]+)"\]', case.finding.message)
    if match is None or case.finding.location is None or case.finding.location.path != _PYPROJECT:
        return
    after = quote_group(case.evidence.target.tree.read(_PYPROJECT), match[1])
    if after is not None:
        yield Mend(case.finding.code, _PYPROJECT, f"the group {match[1]} is quoted", after)


def _colon(case: _Case) -> Iterator[Mend]:
    for plugin in case.evidence.plugins:
        if plugin.subject != case.finding.subject:
            continue
        for place, value in plugin.returned:
            if (
                place != case.finding.location
                or not isinstance(value, str)
                or value.count(":") != 1
            ):
                continue
            dotted = value.replace(":", ".")
            found = plugin.class_at(dotted)
            if found.status is Status.FOUND and found.kind is Kind.CLASS:
                yield from _literal(case, place, value, dotted)


def _dots(case: _Case) -> Iterator[Mend]:
    for plugin in case.evidence.plugins:
        for item in plugin.registrations if plugin.subject == case.finding.subject else ():
            value = item.value(1, "model_cls")
            if item.location != case.finding.location or not isinstance(value, str) or ":" in value:
                continue
            module, _, name = value.rpartition(".")
            found = plugin.class_at(value) if module else None
            if found is not None and found.status is Status.FOUND and found.kind is Kind.CLASS:
                yield from _literal(case, item.location, value, f"{module}:{name}")


def _literal(case: _Case, place: Location, old: str, new: str) -> Iterator[Mend]:
    after = replace_string(case.evidence.target.tree.read(place.path), place, old, new)
    if after is not None:
        yield Mend(case.finding.code, place.path, f"{old!r} is now {new!r}", after)


def _readme(case: _Case) -> Iterator[Mend]:
    tree = case.evidence.target.tree
    found = [name for name in tree.listdir("") if _README.match(name) and tree.is_file(name)]
    if len(found) == 1:
        yield from _added(case, "readme", found[0])


def _python(case: _Case) -> Iterator[Mend]:
    """The lowest Python of the vLLM releases that the plugin is for: on an older one none installs."""
    store = case.masks.store
    mask = 0
    for declared in case.evidence.ranges:
        mask |= store.select(declared.specifier) if declared.specifier else store.everything
    lowest = _lowest_python(case.masks, mask or store.everything)
    if lowest is not None:
        yield from _added(case, "requires-python", f">={lowest}")


def _lowest_python(masks: Masks, releases: int) -> str | None:
    """The lowest lower bound that any of ``releases`` declares; ``None`` where one declares none."""
    from packaging.version import Version

    bounds = []
    for form in masks.store.loader():
        if not form.releases & releases:
            continue
        bound = re.search(r">=\s*([\d.]+)", form.python or "")
        if bound is None:
            return None
        bounds.append(bound[1])
    return min(bounds, key=Version, default=None)


def _added(case: _Case, key: str, value: str) -> Iterator[Mend]:
    after = add_project_key(case.evidence.target.tree.read(_PYPROJECT), key, value)
    if after is not None:
        yield Mend(case.finding.code, _PYPROJECT, f'{key} = "{value}" is added', after)


def _range(case: _Case) -> Iterator[Mend]:
    """The widest run of releases that nothing breaks, as ``vplug compat`` tells it."""
    try:
        matrix = compat(case.evidence.target, case.masks, case.masks.store.everything)
    except NothingFound:
        return
    if matrix.supported is None:
        return
    after = add_tool_key(case.evidence.target.tree.read(_PYPROJECT), "vllm", matrix.supported)
    if after is not None:
        what = f'[tool.vplug] vllm = "{matrix.supported}" is added'
        yield Mend(case.finding.code, _PYPROJECT, what, after)


_MAKERS: dict[str, Callable[[_Case], Iterator[Mend]]] = {
    "VP101": _group,
    "VP113": _quotes,
    "VP203": _colon,
    "VP207": _dots,
    "VP401": _readme,
    "VP404": _python,
    "VP407": _range,
}
#: The rules whose findings may be mended.
MENDABLE = tuple(_MAKERS)
