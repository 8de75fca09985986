"""Files beside its modules that a package's code refers to, where the reference is spelt out.

Followed are ``Path(__file__)`` and ``os.path`` expressions of literals, ``importlib.resources.files``,
``pkgutil.get_data`` and their likes, and names bound once to such an expression. Whatever is computed
is left alone.
"""

from __future__ import annotations

import ast
import posixpath
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from vplug.analysis.modules import Module, ModuleKind, Source
from vplug.analysis.scopes import dotted, parameters
from vplug.model import Location

#: A module without one of these words refers to no file beside it.
_WORDS = ("__file__", "resources", "get_data", "pkg_resources")
_SAME = {"resolve", "absolute", "expanduser"}
_OS_SAME = {"abspath", "realpath", "normpath", "normcase", "fspath", "str"}
_PATHS = {"Path", "PurePath", "PosixPath"}
_READS = {"read_text", "read_bytes", "open"}
_RESOURCE_READERS = {
    "get_data", "read_text", "read_binary", "open_text", "open_binary", "resource_string",
    "resource_stream", "resource_filename", "path",
}  # fmt: skip
_RESOURCE_MODULES = {"pkgutil", "importlib.resources", "importlib_resources", "pkg_resources"}
_GUARDS = (ast.Try, ast.TryStar, ast.If, ast.IfExp, ast.While, ast.BoolOp, ast.Assert)


@dataclass(frozen=True, slots=True)
class DataReference:
    """One reference to a file or folder.

    Attributes:
        path: in the tree of the module.
        location: where it stands.
        read: whether the code surely reads it whenever it gets there; else its use is not known, or
            the code looks before it reads.
    """

    path: str
    location: Location
    read: bool


def may_refer(text: str) -> bool:
    """Return whether a module's text can hold a reference at all: a quick look before parsing."""
    return any(word in text for word in _WORDS)


def data_references(module: Module, folders: dict[str, str]) -> Iterator[DataReference]:
    """Yield the references of a module to files beside it.

    Args:
        module: a source module.
        folders: package → its folder in the tree, for packages named by a literal.
    """
    source = module.source
    if module.kind is ModuleKind.SOURCE and isinstance(source, Source) and may_refer(source.text):
        yield from _Reader(module, source.tree, folders).references()


class _Reader:
    def __init__(self, module: Module, tree: ast.Module, folders: dict[str, str]) -> None:
        self._module = module
        self._tree = tree
        self._folders = folders
        self._parents: dict[ast.AST, ast.AST] = {}
        self._bound: dict[str, ast.expr] = {}
        stored: Counter[str] = Counter()
        for node in ast.walk(tree):
            for child in ast.iter_child_nodes(node):
                self._parents[child] = node
            if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
                stored[node.id] += 1
            elif isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)):
                stored.update(parameters(node))
        for statement in tree.body:
            match statement:
                case ast.Assign(targets=[ast.Name(id=name)], value=value) if stored[name] == 1:
                    self._bound[name] = value
                case ast.AnnAssign(target=ast.Name(id=name), value=ast.expr() as value):
                    if stored[name] == 1:
                        self._bound[name] = value

    def references(self) -> Iterator[DataReference]:
        for node in ast.walk(self._tree):
            if not isinstance(node, ast.expr):
                continue
            if isinstance(node, ast.Call):
                path = self._resource(node)
                if path is not None:
                    yield self._made(node, path, not self._guarded(node))
                    continue
            if not isinstance(node, (ast.BinOp, ast.Call)):
                continue
            path = self._path(node)
            parent = self._parents.get(node)
            if path is None or not self._names_something(node) or self._goes_on(node, parent):
                continue
            yield self._made(node, path, self._is_read(node, parent) and not self._guarded(node))

    def _made(self, node: ast.expr, path: str, read: bool) -> DataReference:
        return DataReference(path, self._module.at(node), read)

    def _goes_on(self, node: ast.expr, parent: ast.AST | None) -> bool:
        """Whether the expression around it is a path too, which then is the one that counts."""
        if isinstance(parent, ast.Attribute):
            call = self._parents.get(parent)
            called = isinstance(call, ast.Call) and call.func is parent
            return parent.attr in ("parent", "parents") or (
                called and isinstance(call, ast.Call) and self._path(call) is not None
            )
        if isinstance(parent, ast.BinOp) and isinstance(parent.op, ast.Div):
            return True  # what is added may be computed: then the whole is not told
        if isinstance(parent, ast.Call) and node in parent.args:
            name = (dotted(parent.func) or "").rpartition(".")[2]
            return name in _PATHS | _OS_SAME or name in ("join", "joinpath", "dirname")
        return False

    def _is_read(self, node: ast.expr, parent: ast.AST | None) -> bool:
        if isinstance(parent, ast.Attribute) and parent.attr in _READS:
            call = self._parents.get(parent)
            return isinstance(call, ast.Call) and call.func is parent and _for_reading(call, 0)
        if isinstance(parent, ast.Call) and parent.args and parent.args[0] is node:
            return dotted(parent.func) in ("open", "io.open") and _for_reading(parent, 1)
        return False

    def _guarded(self, node: ast.AST) -> bool:
        around = self._parents.get(node)
        while around is not None:
            if isinstance(around, _GUARDS):
                return True
            around = self._parents.get(around)
        return False

    def _names_something(self, node: ast.expr) -> bool:
        """Whether it adds a literal: `Path(__file__).parent` alone refers to no data."""
        return any(
            isinstance(item, ast.Constant) and isinstance(item.value, str)
            for item in ast.walk(node)
        )

    def _resource(self, call: ast.Call) -> str | None:
        name = dotted(call.func) or ""
        owner, _, leaf = name.rpartition(".")
        if leaf not in _RESOURCE_READERS or len(call.args) < 2:
            return None
        if owner not in _RESOURCE_MODULES and owner != "resources":
            return None
        folder, item = self._package(call.args[0]), call.args[1]
        if folder is None or not isinstance(item, ast.Constant) or not isinstance(item.value, str):
            return None
        return _joined(folder, item.value)

    def _package(self, node: ast.expr) -> str | None:
        match node:
            case ast.Name(id="__name__" | "__package__"):
                return posixpath.dirname(self._module.path)
            case ast.Constant(value=str() as name):
                return self._folders.get(name)
        return None

    def _path(self, node: ast.expr, depth: int = 0) -> str | None:
        """The path in the tree that an expression is; ``None`` where that cannot be said."""
        if depth > 20:
            return None
        match node:
            case ast.Name(id="__file__"):
                return self._module.path
            case ast.Name(id=name) if name in self._bound:
                return self._path(self._bound[name], depth + 1)
            case ast.BinOp(left=left, op=ast.Div(), right=ast.Constant(value=str() as item)):
                return _joined(self._path(left, depth + 1), item)
            case ast.Attribute(value=value, attr="parent"):
                return _above(self._path(value, depth + 1), 1)
            case ast.Subscript(
                value=ast.Attribute(value=value, attr="parents"),
                slice=ast.Constant(value=int() as index),
            ) if index >= 0:
                return _above(self._path(value, depth + 1), index + 1)
            case ast.Call():
                return self._called(node, depth + 1)
        return None

    def _called(self, call: ast.Call, depth: int) -> str | None:
        name = dotted(call.func) if isinstance(call.func, (ast.Name, ast.Attribute)) else None
        leaf = (name or "").rpartition(".")[2]
        if isinstance(call.func, ast.Attribute):
            owner, method = call.func.value, call.func.attr
            if method in _SAME:
                return self._path(owner, depth)
            if method == "joinpath":
                return _joined(self._path(owner, depth), *_literals(call.args))
            if method == "with_name":
                return _joined(_above(self._path(owner, depth), 1), *_literals(call.args))
        if not call.args:
            return None
        first, rest = call.args[0], call.args[1:]
        if leaf == "files" and not rest:
            return self._package(first)
        if leaf == "dirname":
            return _above(self._path(first, depth), 1)
        if leaf in _OS_SAME and not rest:
            return self._path(first, depth)
        if leaf in _PATHS or (leaf == "join" and (name or "").endswith("path.join")):
            return _joined(self._path(first, depth), *_literals(rest))
        return None


def _literals(nodes: list[ast.expr]) -> list[str | None]:
    return [
        node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else None
        for node in nodes
    ]


def _joined(base: str | None, *items: str | None) -> str | None:
    if base is None or None in items:
        return None
    parts = [item for item in items if item is not None]
    if any(part.startswith(("/", "~")) or "*" in part or "{" in part for part in parts):
        return None
    path = posixpath.normpath(posixpath.join(base, *parts)) if parts else base
    return None if path == ".." or path.startswith("../") else path.removeprefix("./")


def _above(path: str | None, steps: int) -> str | None:
    """The folder so many steps up; ``None`` above the tree's root, where anything may lie."""
    for _ in range(steps):
        if not path:
            return None
        path = posixpath.dirname(path)
    return path


def _for_reading(call: ast.Call, position: int) -> bool:
    modes = [k.value for k in call.keywords if k.arg == "mode"]
    modes += call.args[position : position + 1]
    if not modes or not (isinstance(call.func, ast.Name) or call.func.attr == "open"):  # type: ignore[attr-defined]
        return True
    mode = modes[0]
    return isinstance(mode, ast.Constant) and isinstance(mode.value, str) and "r" in mode.value
