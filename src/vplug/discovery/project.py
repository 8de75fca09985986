"""A project folder (or an unpacked sdist): its files put together as its build backend would."""

from __future__ import annotations

from typing import Any

from vplug.discovery.partial import Partial
from vplug.discovery.pyproject import module_folders, read_pyproject
from vplug.discovery.setup_cfg import read_setup_cfg
from vplug.discovery.setup_py import read_setup_py
from vplug.discovery.target import Declaration, Root, Target
from vplug.discovery.tree import Tree
from vplug.errors import NothingFound
from vplug.model import Distribution, Origin, OriginKind, Undecided

METADATA_FILES = ("pyproject.toml", "setup.cfg", "setup.py")


def read_project(tree: Tree, label: str, kind: OriginKind = OriginKind.PROJECT) -> Target:
    """Return the project in ``tree``.

    Args:
        tree: its files.
        label: the project as the person named it.
        kind: ``PROJECT``, or ``SDIST`` where the tree lies in one.

    Raises:
        NothingFound: no file of :data:`METADATA_FILES` is there.
        Unreadable: one is there and cannot be read or parsed.
    """
    read = read_pyproject(tree)
    data: dict[str, Any] = read[1] if read is not None else {}
    pyproject = read[0] if read is not None else None
    cfg = read_setup_cfg(tree)
    setup = read_setup_py(tree)
    parts = [part for part in (pyproject, setup, cfg) if part is not None]
    if not parts:
        raise NothingFound(
            f"{label} holds no pyproject.toml, setup.py or setup.cfg",
            "give a plugin's project folder, a wheel or an sdist",
        )
    fields, undecided = _merge(parts)
    declarations, effective = _declarations(pyproject, setup, cfg, data)
    items = tuple(undecided.values())
    unsure = undecided.get("entry-points")
    place = unsure.location.path if unsure is not None and unsure.location is not None else None
    spelt = effective.entry_points or any(d.ignored and d.entry_points for d in declarations)
    if (spelt and place == "pyproject.toml") or place in {
        d.path for d in declarations if d.ignored
    }:
        # `dynamic = ["entry-points"]` is answered by the file that spells them out, and what no backend
        # reads leaves nothing open.
        items = tuple(item for item in items if item is not unsure)
    distribution = Distribution(
        name=fields.get("name"),
        version=fields.get("version"),
        origin=Origin(kind, label),
        entry_points=tuple(effective.entry_points),
        scripts=tuple(effective.scripts),
        requires=tuple(fields.get("dependencies") or ()),
        requires_python=fields.get("requires-python"),
        summary=fields.get("description"),
        license=fields.get("license") or fields.get("license-file") or _license_file(tree),
        readme=fields.get("readme"),
        homepage=fields.get("homepage"),
    )
    tool = data.get("tool")
    config = tool.get("vplug") if isinstance(tool, dict) else None
    faults = tuple(fault for part in parts for fault in part.faults)
    roots = _roots(tree, data, parts)
    return Target(
        label=label,
        kind=kind,
        distribution=distribution,
        tree=tree,
        roots=roots,
        own_roots=len(roots),
        declarations=declarations,
        undecided=items,
        config={} if config is None else config,
        malformed=faults,
    )


def _license_file(tree: Tree) -> str | None:
    """Setuptools, hatchling and flit take such files by themselves (PEP 639's default patterns)."""
    found = (name for name in tree.listdir("") if name.upper().startswith(("LICEN", "COPYING")))
    return next((name for name in found if tree.is_file(name)), None)


def _merge(parts: list[Partial]) -> tuple[dict[str, Any], dict[str, Undecided]]:
    """First file that gives a field wins: pyproject.toml, then setup.py's call, then setup.cfg."""
    fields: dict[str, Any] = {}
    undecided: dict[str, Undecided] = {}
    for part in parts:
        for key, value in part.fields.items():
            if key not in fields:
                fields[key] = value
        for key, item in part.undecided.items():
            undecided.setdefault(key, item)
    for key in list(undecided):
        if key in fields:
            dynamic = undecided[key].location
            if key != "dependencies" or dynamic is None or dynamic.path == "pyproject.toml":
                del undecided[key]
    return fields, undecided


def _declarations(
    pyproject: Partial | None, setup: Partial | None, cfg: Partial | None, data: dict[str, Any]
) -> tuple[tuple[Declaration, ...], Partial]:
    """Return each file's declarations and the one set that a build would carry.

    Setuptools puts the entry points and scripts of ``[project]``, an empty table of scripts included, in
    the place of those in ``setup.py`` and ``setup.cfg``, whatever ``dynamic`` says; where ``[project]``
    has none it takes the others up, and warns where they are not listed as dynamic (built with 69.5.1 and
    84.2.1; ``_unify_entry_points`` in ``config/_apply_pyprojecttoml.py``). Other backends read neither
    file. Of the two the call wins over the configuration.
    """
    project = data.get("project")
    build = data.get("build-system")
    backend = str(build.get("build-backend", "")) if isinstance(build, dict) else ""
    reason: str | None = None
    warned: str | None = None
    if backend and "setuptools" not in backend and "scikit" not in backend and pyproject:
        reason = f"the build backend is {backend}, which does not read it"
    elif isinstance(project, dict):
        dynamic = project.get("dynamic")
        if {"scripts", "gui-scripts"} & project.keys() or project.get("entry-points"):
            reason = "[project] has entry points or scripts, which setuptools takes in their place"
        elif not (isinstance(dynamic, list) and "entry-points" in dynamic):
            warned = "[project] does not list entry-points as dynamic"
    effective = Partial("effective")
    declarations = []
    for part in (pyproject, setup, cfg):
        if part is None:
            continue
        ignored = reason if part is not pyproject else None
        if part is cfg and setup is not None and setup.entry_points and ignored is None:
            ignored = "setup.py passes entry_points itself"
        unlisted = warned if part is not pyproject and ignored is None else None
        declarations.append(
            Declaration(part.path, tuple(part.entry_points), tuple(part.scripts), ignored, unlisted)
        )
        if ignored is None:
            effective.entry_points += part.entry_points
            effective.scripts += part.scripts
    return tuple(declarations), effective


def _roots(tree: Tree, data: dict[str, Any], parts: list[Partial]) -> tuple[Root, ...]:
    pairs = module_folders(data)
    for part in parts:
        pairs += [
            (package, folder.strip("/").removeprefix("./"))
            for package, folder in part.package_dir.items()
        ]
    # Packages mapped to folders of their own come first: they override the general search.
    pairs.sort(key=lambda pair: pair[0] == "")
    if tree.is_dir("src") and not tree.is_file("src/__init__.py"):
        pairs.append(("", "src"))
    pairs.append(("", ""))
    roots: dict[tuple[str, str], Root] = {}
    for package, folder in pairs:
        clean = "" if folder in {".", "./"} else folder
        # Hatch's force-include may name a single file: a module, or data.
        is_module = package != "" and clean.endswith(".py") and tree.is_file(clean)
        if clean == "" or tree.is_dir(clean) or is_module:
            roots.setdefault((package, clean), Root(tree, clean, package))
    return tuple(roots.values())
