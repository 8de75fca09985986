"""Which top-level modules a ``.pth`` file with code adds, told from its text; it is not run.

Read: what setuptools (``setuptools/command/editable_wheel.py``) and ``editables``, which hatchling uses
(``editables/__init__.py``, 0.6), write for editable installs; setuptools' namespace packages
(``setuptools/namespaces.py``, 79.0.1); the hooks of coverage, pytest-cov, virtualenv and setuptools'
``distutils``, which add no module; and lines that do nothing of the kind.
"""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterator
from pathlib import Path

#: Modules whose import adds no other: patches and measuring.
_HARMLESS = frozenset({"_virtualenv", "_distutils_hack", "coverage", "pytest_cov"})
#: What lines may call without that adding a module, as it is written; and what begins so.
_CALLS = frozenset({"os.getenv", "print", "repr", "str", "len", "bool", "int"})
_CALL_STARTS = (
    "os.environ.",
    "os.path.",
    "sys.stderr.",
    "sys.stdout.",
    "warnings.",
    "faulthandler.",
)
#: Parts of ``sys`` through which a line adds modules without calling anything.
_ADDING = frozenset({"path", "meta_path", "path_hooks", "modules", "path_importer_cache"})
_FINDER = re.compile(r"^import (__editable___\w+_finder|_editable_impl_\w+)\b")
_NAMESPACE = re.compile(r"sys\.modules\.setdefault\('([\w.]+)'")
_SPACED = "import sys, types, os;"
_DISTUTILS = "import os; var = 'SETUPTOOLS_USE_DISTUTILS';"


def names_added(hook: Path) -> frozenset[str] | None:
    """Return the top-level modules that a ``.pth`` file's code adds; ``None`` where that cannot be told."""
    try:
        text = hook.read_text(encoding="utf-8-sig", errors="replace")
    except OSError:
        return None
    names: set[str] = set()
    for line in text.splitlines():
        if not line.startswith(("import ", "import\t")):
            continue
        found = _of_line(line.rstrip(), hook.parent)
        if found is None:
            return None
        names |= found
    return frozenset(names)


def _of_line(line: str, folder: Path) -> set[str] | None:
    finder = _FINDER.match(line)
    if finder is not None:
        return _of_finder(folder / f"{finder[1]}.py")
    if line.startswith(_SPACED) and "types.ModuleType(" in line and _NAMESPACE.search(line):
        return {name.partition(".")[0] for name in _NAMESPACE.findall(line)}
    if line.startswith(_DISTUTILS):
        return set()
    try:
        return set() if _adds_nothing(ast.parse(line)) else None
    except (SyntaxError, ValueError, RecursionError):
        return None


def _of_finder(path: Path) -> set[str] | None:
    """The names in an editable install's table; ``None`` where it holds none that can be read."""
    try:
        module = ast.parse(path.read_bytes())
        tables = list(_tables(module))
    except (OSError, SyntaxError, ValueError, RecursionError):
        return None
    if all(of == "NAMESPACES" for of, _ in tables):
        return None  # none, or not the one that counts
    return {name.partition(".")[0] for _, names in tables for name in names}


def _tables(module: ast.Module) -> Iterator[tuple[str, list[str]]]:
    for node in module.body:
        match node:
            case (
                ast.Assign(targets=[ast.Name(id="MAPPING" | "NAMESPACES" as of)], value=value)
                | ast.AnnAssign(
                    target=ast.Name(id="MAPPING" | "NAMESPACES" as of), value=ast.expr() as value
                )
            ):
                yield of, [str(name) for name in ast.literal_eval(value)]
            case ast.Expr(
                value=ast.Call(
                    func=ast.Attribute(attr="map_module"), args=[ast.Constant(value=str(name)), *_]
                )
            ):
                yield "map_module", [name]


def _adds_nothing(tree: ast.Module) -> bool:
    """Whether code surely adds no module: it imports what adds none, and calls and sets nothing else."""
    known: set[str] = set()  # names bound to parts of harmless modules
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                if not _is_harmless(alias.name):
                    return False
                if alias.name.partition(".")[0] in _HARMLESS:
                    known.add(alias.asname or alias.name.partition(".")[0])
        elif isinstance(node, ast.ImportFrom):
            if node.level or not _is_harmless(node.module or ""):
                return False
            if (node.module or "").partition(".")[0] in _HARMLESS:
                known |= {alias.asname or alias.name for alias in node.names}
    return all(_is_still(node, known) for node in ast.walk(tree))


def _is_harmless(module: str) -> bool:
    top = module.partition(".")[0]
    return top in sys.stdlib_module_names or top in _HARMLESS


def _is_still(node: ast.AST, known: set[str]) -> bool:
    """Whether one node of a line adds no module by itself."""
    match node:
        case ast.Attribute(value=ast.Name(id="sys"), attr=attr):
            return attr not in _ADDING
        case ast.Call(func=ast.Name(id="exec"), args=[ast.Constant(value=str(code))], keywords=[]):
            return _adds_nothing(ast.parse(code))
        case ast.Call(func=ast.Attribute(value=ast.Constant())):
            return True
        case ast.Call(func=func):
            name = ast.unparse(func)
            return (
                name in _CALLS or name.startswith(_CALL_STARTS) or name.partition(".")[0] in known
            )
        case ast.Assign(targets=targets):
            return all(_may_be_set(target) for target in targets)
        case ast.AugAssign(target=target) | ast.AnnAssign(target=target):
            return _may_be_set(target)
        case _:
            return True


def _may_be_set(target: ast.expr) -> bool:
    """Whether setting it changes nothing that imports go by: a name, a variable of the process."""
    return isinstance(target, ast.Name) or ast.unparse(target).startswith("os.environ[")
