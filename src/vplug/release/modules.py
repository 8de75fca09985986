"""Whether a wheel holds the modules its entry points name, and which mistake left one out."""

from __future__ import annotations

import difflib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from vplug.discovery.pyproject import read_pyproject
from vplug.discovery.tree import walk
from vplug.model import normalize_name

if TYPE_CHECKING:
    from collections.abc import Iterable

    from vplug.discovery.target import Root, Target
    from vplug.discovery.tree import Tree

_EXTENSIONS = (".so", ".pyd")  # with or without a tag: `_C.abi3.so`, `_C.cpython-312-….so`
_SOURCES = (".pyx", ".c", ".cc", ".cpp", ".cu", ".rs")


@dataclass(frozen=True, slots=True)
class Found:
    """A module's place.

    Attributes:
        path: its file, or its folder for a namespace package.
        namespace: whether it is a folder without ``__init__``, which holds no names of its own.

    """

    path: str
    namespace: bool = False


def find_module(roots: Iterable[Root], dotted: str) -> Found | None:
    """Return where the import system would find ``dotted`` under ``roots``, or ``None``.

    Order as in ``importlib._bootstrap_external.FileFinder.find_spec``: package, extension, source,
    bytecode; a namespace package only where no root has any of those.
    """
    namespace: Found | None = None
    for root in roots:
        parts = dotted.split(".")
        if root.package:
            own = root.package.split(".")
            if parts[: len(own)] != own:
                continue
            parts = parts[len(own) :]
        base = "/".join([part for part in (root.folder, *parts) if part])
        found = _file_at(root.tree, base)
        if found is not None:
            return Found(found)
        if namespace is None and base and root.tree.is_dir(base):
            namespace = Found(base, namespace=True)
    return namespace


def _file_at(tree: Tree, base: str) -> str | None:
    package = _named(tree, base, "__init__")
    if package is not None:
        return package
    folder, _, leaf = base.rpartition("/")
    return _named(tree, folder, leaf) if leaf else None


def _named(tree: Tree, folder: str, stem: str) -> str | None:
    names = [name for name in tree.listdir(folder) if name.startswith(f"{stem}.")]
    for name in names:
        if name.endswith(_EXTENSIONS):
            return f"{folder}/{name}" if folder else name
    for name in (f"{stem}.py", f"{stem}.pyc"):
        if name in names:
            return f"{folder}/{name}" if folder else name
    return None


def from_dependency(dotted: str, wheel: Target) -> str | None:
    """Return the requirement whose name is the top-level package of ``dotted``, or ``None``."""
    from packaging.requirements import InvalidRequirement, Requirement

    top = normalize_name(dotted.partition(".")[0])
    for text in wheel.distribution.requires:
        try:
            name = Requirement(text).name
        except InvalidRequirement:
            continue
        if normalize_name(name) == top:
            return name
    return None


def path_files(wheel: Target) -> tuple[str, ...]:
    """Return the wheel's ``.pth`` files: they add import folders that reading cannot follow."""
    return tuple(
        name
        for root in wheel.roots
        for name in root.tree.listdir(root.folder)
        if name.endswith(".pth")
    )


def why_missing(dotted: str, source: Target, sdist: Target | None, wheel: Target) -> str:
    """Return the packaging mistake that most likely left ``dotted`` out, and its mend."""
    top = dotted.partition(".")[0]
    names = tuple(walk(wheel.tree))
    leaf = dotted.replace(".", "/")
    folders = {"src", *(root.folder for root in source.roots if root.folder)}
    packed = {
        f"{folder}/{leaf}{end}": folder for folder in folders for end in ("/__init__.py", ".py")
    }
    nested = next((name for name in names if name in packed), None)
    if nested is not None:
        folder = packed[nested]
        return (
            f"the wheel holds it as {nested}: the folder {folder} was packed as if it were a "
            f"package; tell the build that packages lie in {folder}"
        )
    found = find_module(source.roots, dotted)
    if found is None:
        return _why_nowhere(dotted, source, wheel)
    in_sdist = sdist is None or find_module(sdist.roots, dotted) is not None
    # Setuptools packs into an sdist what is listed for the wheel: there, its lists are the cause.
    if not in_sdist and not _by_setuptools(source):
        return (
            f"{found.path} is in the project but not in the sdist that the wheel is built from: "
            "look to the backend's include and exclude lists, and .gitignore (hatchling heeds it)"
        )
    bare = _without_init(source, dotted)
    if bare is not None:
        return (
            f"{bare} has no __init__.py, so find_packages() and the like pass it by: add the file"
        )
    if top != dotted and find_module(wheel.roots, top) is not None:
        return (
            f"the wheel holds {top} but not {found.path}: each sub-package must be listed or found "
            "(setuptools: packages = find_packages(), not the top one alone)"
        )
    folder = found.path.partition("/")[0]
    if folder == "src":
        return (
            f"it lies in {found.path}, and the build was not told to look under src: setuptools: "
            '[tool.setuptools.packages.find] where = ["src"]; hatchling: '
            f'[tool.hatch.build.targets.wheel] packages = ["src/{top}"]'
        )
    return (
        f"{found.path} is in the project, but the build did not take up {top}: name it in the "
        "backend's list of packages (or py-modules, for a single file)"
    )


def _why_nowhere(dotted: str, source: Target, wheel: Target) -> str:
    top = dotted.partition(".")[0]
    if any(name.startswith("__editable__") for name in path_files(wheel)):
        return "the wheel is an editable one: it points at a folder of the machine that built it"
    leaf = dotted.replace(".", "/")
    for root in source.roots:
        base = f"{root.folder}/{leaf}" if root.folder else leaf
        for suffix in _SOURCES:
            if root.tree.is_file(base + suffix):
                return f"{base}{suffix} is its source, and the build did not compile it"
    held = sorted({name.partition("/")[0].removesuffix(".py") for name in walk(wheel.tree)})
    held = [name for name in held if not name.endswith((".dist-info", ".data", ".pth"))]
    near = difflib.get_close_matches(top, [name for name in held if name != top], n=1, cutoff=0.6)
    if near:
        return f"it is not in the project either; did you mean {near[0]}?"
    shown = ", ".join(held) or "no module at all"
    return (
        f"it is not in the project either: the entry point may be misspelt; the wheel holds {shown}"
    )


def _without_init(source: Target, dotted: str) -> str | None:
    """Return the first folder on the way to ``dotted`` that is no regular package."""
    parts = dotted.split(".")
    for end in range(1, len(parts) + 1):
        found = find_module(source.roots, ".".join(parts[:end]))
        if found is not None and found.namespace:
            return found.path
    return None


def _by_setuptools(source: Target) -> bool:
    read = read_pyproject(source.tree)
    table = read[1].get("build-system") if read is not None else None
    backend = table.get("build-backend", "setuptools") if isinstance(table, dict) else "setuptools"
    return "setuptools" in str(backend)
