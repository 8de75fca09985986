"""Reading ``setup.py`` from its syntax tree: what its ``setup()`` call spells out, nothing run."""

from __future__ import annotations

import ast
import sys
from typing import Any

from vplug.discovery.literals import Literals, Undecidable
from vplug.discovery.partial import Partial, extra_requirements
from vplug.discovery.tree import Tree, decode

_NAME = "setup.py"
_FIELDS = {
    "name": "name",
    "version": "version",
    "description": "description",
    "license": "license",
    "license_expression": "license",
    "long_description": "readme",
    "url": "homepage",
    "python_requires": "requires-python",
}


_HAVE_SETUP = frozenset({"setuptools", "distutils.core", "skbuild"})


def read_setup_py(tree: Tree) -> Partial | None:
    """Return what ``setup.py`` says; ``None`` where there is none.

    What is not literal, or not a name bound once to a literal, is noted as undecided.

    Raises:
        Unreadable: not UTF-8.
    """
    if not tree.is_file(_NAME):
        return None
    text = decode(tree.read(_NAME), tree.display(_NAME))
    partial = Partial(_NAME)
    try:
        module = ast.parse(text)
    except (SyntaxError, ValueError, RecursionError) as error:
        line = getattr(error, "lineno", None)
        _nothing_told(partial, f"setup.py does not parse: {error}", line)
        return partial
    known = _names_of_setup(module)
    calls = [
        node for node in ast.walk(module) if isinstance(node, ast.Call) and _is_setup(node, known)
    ]
    if not calls:
        hidden = _elsewhere(module)
        if hidden is not None:
            reason = "setup.py calls setup() in no way that can be read"
            _nothing_told(partial, reason, hidden.lineno)
        return partial
    if len(calls) > 1:
        line = calls[1].lineno
        _nothing_told(partial, "setup.py calls setup() more than once", line)
        return partial
    _read_call(partial, calls[0], Literals(module))
    return partial


def _nothing_told(partial: Partial, reason: str, line: int | None) -> None:
    for what in ("entry-points", "dependencies", "package-dir", *_FIELDS.values()):
        partial.cannot_tell(what, reason, line)


def _names_of_setup(module: ast.Module) -> frozenset[str]:
    """The names by which the file knows ``setup`` or a module that has it, aliases included."""
    found = {"setup", "setuptools", "core", "skbuild"}
    for node in ast.walk(module):
        match node:
            case ast.ImportFrom(module=str(module_name), names=names) if module_name in _HAVE_SETUP:
                found |= {item.asname for item in names if item.name == "setup" and item.asname}
            case ast.Import(names=names):
                found |= {item.asname for item in names if item.name in _HAVE_SETUP and item.asname}
            case _:
                pass
    return frozenset(found)


#: Modules of the standard library that run a file or import a module named in a text.
_RUNNERS = frozenset({"runpy", "importlib", "imp", "subprocess"})


def _elsewhere(module: ast.Module) -> ast.stmt | None:
    """The first statement by which a file without a ``setup()`` call may come to one, or ``None``.

    It runs other code (``exec``, ``runpy``), imports a module that may make the call, or imports what has
    ``setup`` and calls something. The rest of the standard library leads nowhere.
    """
    calls = any(isinstance(node, ast.Call) for node in ast.walk(module))
    for statement in module.body:
        for node in ast.walk(statement):
            match node:
                case ast.Call(func=ast.Name(id="exec" | "eval" | "__import__")):
                    return statement
                case ast.Import(names=names):
                    found = [item.name for item in names]
                case ast.ImportFrom(module=name, level=level):
                    found = ["." if level else name or ""]
                case _:
                    continue
            for name in found:
                top = name.partition(".")[0]
                known = top in sys.stdlib_module_names - _RUNNERS and top != "distutils"
                if not known and (calls or top not in _HAVE_SETUP | {"distutils"}):
                    return statement
    return None


def _is_setup(node: ast.Call, known: frozenset[str]) -> bool:
    match node.func:
        case ast.Name(id=name):
            return name in known - _HAVE_SETUP
        case ast.Attribute(value=ast.Name(id=name), attr="setup"):
            return name in known
        case _:
            return False


def _read_call(partial: Partial, call: ast.Call, literals: Literals) -> None:
    arguments: dict[str, tuple[ast.expr | None, Any]] = {}
    for keyword in call.keywords:
        if keyword.arg is not None:
            arguments[keyword.arg] = (keyword.value, None)
            continue
        try:  # setup(**kwargs)
            values = literals.evaluate(keyword.value)
        except Undecidable as error:
            _nothing_told(partial, f"setup(**…): {error.reason}", call.lineno)
            continue
        for key, value in values.items() if isinstance(values, dict) else ():
            arguments.setdefault(str(key), (None, value))
    for key, (node, given) in arguments.items():
        field = _FIELDS.get(key)
        if field is None and key not in {
            "entry_points",
            "install_requires",
            "extras_require",
            "package_dir",
            "classifiers",
        }:
            continue
        what = field or {
            "entry_points": "entry-points",
            "install_requires": "dependencies",
            "extras_require": "dependencies",
            "package_dir": "package-dir",
        }.get(key, key)
        try:
            value = given if node is None else literals.evaluate(node)
        except Undecidable as error:
            if key == "entry_points" and isinstance(node, ast.Dict):
                _read_partly(partial, node, literals)
            elif what == "readme":
                partial.fields["readme"] = "computed in setup.py"
            elif key not in {"extras_require", "classifiers"}:
                partial.cannot_tell(what, error.reason, error.line)
            continue
        line = node.lineno if node is not None else call.lineno
        _take(partial, key, what, value, line, node)


def _take(
    partial: Partial, key: str, what: str, value: Any, line: int, node: ast.expr | None
) -> None:
    if key == "entry_points":
        _take_entry_points(partial, value, line, node)
    elif key == "install_requires":
        items = value.splitlines() if isinstance(value, str) else value
        if not isinstance(items, list):
            items = []
        found = [str(item).strip() for item in items if str(item).strip()]
        partial.fields["dependencies"] = found + partial.fields.get("dependencies", [])
    elif key == "extras_require" and isinstance(value, dict):
        requires = partial.fields.setdefault("dependencies", [])
        for extra, items in value.items():
            listed = [items] if isinstance(items, str) else items
            if isinstance(listed, list):
                requires += extra_requirements(str(extra), [str(item) for item in listed])
    elif key == "classifiers" and isinstance(value, list):
        partial.take_classifiers(value)
    elif key == "package_dir" and isinstance(value, dict):
        partial.package_dir.update({str(k): str(v) for k, v in value.items()})
    elif value is not None and key in _FIELDS:
        partial.fields[what] = str(value)


def _take_entry_points(partial: Partial, value: Any, line: int, node: ast.expr | None) -> None:
    if isinstance(value, str):  # the INI form
        from vplug.discovery.setup_cfg import read_entry_point_sections

        start = node.lineno if node is not None else line
        read_entry_point_sections(partial, partial.path, value, start)
        return
    if not isinstance(value, dict):
        return
    places = _places(node)
    for group, entries in value.items():
        listed = [entries] if isinstance(entries, str) else entries
        for entry in listed if isinstance(listed, list) else [listed]:
            if isinstance(entry, str):
                partial.add_lines(str(group), entry, places.get(entry, line))
            else:
                partial.malformed(f"{group} holds {entry!r}, which is no text", line)


def _read_partly(partial: Partial, node: ast.Dict, literals: Literals) -> None:
    """Take the groups that are literal; say which are not."""
    for key, value in zip(node.keys, node.values, strict=True):
        try:
            told = "?" if key is None else literals.evaluate(key)
            if key is not None and isinstance(told, (list, dict)):
                raise Undecidable(key, "a key that is not hashable")
            group = str(told)
            entries = literals.evaluate(value)
            if key is None and not isinstance(entries, dict):
                raise Undecidable(value, "unpacks something that is no dictionary")
        except Undecidable as error:
            partial.cannot_tell("entry-points", error.reason, error.line)
            continue
        if key is None and isinstance(entries, dict):
            _take_entry_points(partial, entries, value.lineno, value)
        else:
            _take_entry_points(partial, {group: entries}, value.lineno, value)


def _places(node: ast.expr | None) -> dict[str, int]:
    if node is None:
        return {}
    return {
        child.value: child.lineno
        for child in ast.walk(node)
        if isinstance(child, ast.Constant) and isinstance(child.value, str)
    }
