"""Where an editable install's import hook finds its modules: the hook read, never run.

Setuptools writes ``__editable___NAME_finder.py`` with the literal ``MAPPING``
(``setuptools/command/editable_wheel.py``, read in 79.0.1); the library ``editables``, which hatchling
uses, ``_editable_impl_NAME.py`` with calls of ``map_module`` (``editables/__init__.py``, read in 0.6).
Other backends compute it when Python starts.
"""

from __future__ import annotations

import ast
from pathlib import Path

from vplug.discovery.target import Root
from vplug.discovery.tree import FolderTree
from vplug.model import Location, Undecided


def hooked_roots(site: Path, members: tuple[str, ...]) -> tuple[list[Root], Undecided | None]:
    """Return the roots that hooks among ``members`` map to, and why there may be more, if so.

    Args:
        site: the site-packages folder.
        members: the files that the distribution owns, relative to it.
    """
    roots: list[Root] = []
    undecided = None
    for member in members:
        if "/" in member or not member.startswith("_") or "editable" not in member:
            continue
        if not member.endswith(".py"):
            continue
        mapping = _mapping(site / member)
        roots += [root for name, path in mapping.items() if (root := _root(name, path)) is not None]
        if not mapping:
            reason = f"the import hook {member} of its editable install says where its modules are"
            undecided = Undecided("package-dir", reason, Location(str(site / member)))
    return roots, undecided


def _root(package: str, text: str) -> Root | None:
    path = Path(text)
    if path.name == "__init__.py":
        path = path.parent
    if path.is_dir():
        return Root(FolderTree(path, absolute=True), "", package)
    if path.is_file():
        return Root(FolderTree(path.parent, absolute=True), path.name, package)
    return None


def _mapping(hook: Path) -> dict[str, str]:
    try:
        module = ast.parse(hook.read_bytes())
    except (OSError, SyntaxError, ValueError, RecursionError):
        return {}
    found: dict[str, str] = {}
    for node in module.body:
        match node:
            case (
                ast.Assign(targets=[ast.Name(id="MAPPING")], value=ast.Dict() as value)
                | ast.AnnAssign(target=ast.Name(id="MAPPING"), value=ast.Dict() as value)
            ):
                for key, item in zip(value.keys, value.values, strict=True):
                    match key, item:
                        case ast.Constant(value=str(name)), ast.Constant(value=str(path)):
                            found[name] = path
            case ast.Expr(
                value=ast.Call(
                    func=ast.Attribute(attr="map_module"),
                    args=[ast.Constant(value=str(name)), ast.Constant(value=str(path))],
                )
            ):
                found[name] = path
    return found
