"""Modules that building a project makes: the project's files do not hold them, what is built does."""

from __future__ import annotations

import ast
import posixpath
import re
import tomllib
from collections.abc import Iterator
from configparser import ConfigParser, Error
from functools import cached_property
from typing import Any

from vplug.analysis.nodes import children
from vplug.discovery.target import Target
from vplug.discovery.tree import Tree, walk
from vplug.errors import Unreadable
from vplug.model import OriginKind

#: Tables of ``[tool]`` that say how code is looked at, not what is built.
_LOOKS = frozenset(
    {"vplug", "ruff", "mypy", "pyright", "pytest", "coverage", "isort", "black", "pylint", "flake8"}
)
#: Keywords of ``setup()`` that name what the project's own files hold.
_HOLDS = frozenset(
    {"entry_points", "packages", "py_modules", "name", "description", "keywords", "classifiers"}
    | {"install_requires", "extras_require", "author", "license"}
)
#: Sources from which a build makes the module of the same name.
_SOURCES = (".pyi", ".pyx", ".pyx.in", ".py.in", ".py.j2", ".c", ".cpp", ".cc", ".cu", ".rs")
#: Build files of other languages, whose every word is taken for a module's name.
_WORDY = ("CMakeLists.txt", "Cargo.toml", "meson.build", "BUILD", "BUILD.bazel", "build.rs")
_WORD = re.compile(r"[A-Za-z_]\w*")
#: How far below the project's folder these are looked for: those that name Python modules stand near it,
#: and the deeper folders of vendors' kernels hold thousands of files.
_NEAR = 2
#: Names that extension modules bear where their full name is put together at run time.
_NATIVE = re.compile(r"^_|(?:^|_)(?:ext|cpp|cuda|native|lib|ops|kernels|C)$")
_PROTOBUF = ("_pb2", "_pb2_grpc", "_pb2_pyi")


class BuiltModules:
    """What building a target may add to its modules.

    Args:
        target: a project or sdist is built before it is used, and so is the project of an editable
            install; a wheel and what is installed from one hold all that they will ever hold.
    """

    def __init__(self, target: Target) -> None:
        self._target = target
        self._is_built_later = (
            target.kind in (OriginKind.PROJECT, OriginKind.SDIST)
            or target.distribution.editable_project is not None
        )

    def why(self, module: str, below: str = "") -> str | None:
        """Return why a build may make ``module`` (a full name); ``None`` where nothing says so.

        Args:
            module: the first part of what is imported that is not there.
            below: the whole of what is imported.
        """
        if not self._is_built_later:
            return None
        undecided = self._target.undecided_about("package-dir")
        if undecided is not None:
            return f"package_dir: {undecided.reason}"
        leaf = module.rpartition(".")[2]
        if leaf.endswith(_PROTOBUF) or below.endswith(_PROTOBUF):
            return "its name is that of a module made from a .proto file"
        if leaf in self._words:
            return f"{self._words[leaf]} names it: the build may make it"
        if self._has_extensions and _NATIVE.search(leaf):
            return "its name is that of an extension module, and the build makes such"
        return None

    def has_source(self, folders: tuple[tuple[Tree, str], ...], leaf: str) -> bool:
        """Return whether a source of the module ``leaf`` in another language lies in its package."""
        return self._is_built_later and any(
            tree.is_file(posixpath.join(folder, leaf + suffix))
            for tree, folder in folders
            for suffix in _SOURCES
        )

    @cached_property
    def _has_extensions(self) -> bool:
        tree = self._target.tree
        if any(tree.is_file(name) for name in _WORDY):
            return True
        return "ext_modules" in self._text("setup.py") or "ext-modules" in self._text(
            "pyproject.toml"
        )

    @cached_property
    def _words(self) -> dict[str, str]:
        """Names of modules that build files speak of, each with the first file that does."""
        found: dict[str, str] = {}
        for path, name in self._named():
            found.setdefault(name, path)
        return found

    def _named(self) -> Iterator[tuple[str, str]]:
        for path, reader in (
            ("pyproject.toml", _in_toml),
            ("setup.py", _in_setup),
            ("hatch_build.py", _in_setup),
            ("setup.cfg", _in_cfg),
        ):
            yield from ((path, name) for name in reader(self._text(path)))
        for line in self._text(".gitignore").splitlines():
            name = posixpath.basename(line.strip())
            if name.endswith(".py"):
                yield ".gitignore", name.removesuffix(".py")
        for path in walk(self._target.tree, depth=_NEAR):
            if posixpath.basename(path) in _WORDY or path.endswith(".cmake"):
                yield from ((path, name) for name in _WORD.findall(self._text(path)))

    def _text(self, path: str) -> str:
        if not self._target.tree.is_file(path):
            return ""
        try:
            return self._target.tree.read(path).decode("utf-8", errors="replace")
        except Unreadable:
            return ""


def _module_in(text: str) -> str | None:
    """The last part of the module that a word of a build file may name: a path or a dotted name."""
    text = text.strip()
    if "/" in text or "\\" in text or text.endswith((".py", ".so", ".pyd", *_SOURCES)):
        stem = posixpath.basename(text.replace("\\", "/")).partition(".")[0]
        return stem if stem.isidentifier() else None
    parts = text.split(".")
    return parts[-1] if all(part.isidentifier() for part in parts) else None


def _in_toml(text: str) -> Iterator[str]:
    try:
        tool = tomllib.loads(text).get("tool")
    except (tomllib.TOMLDecodeError, RecursionError):
        return
    tables = tool.items() if isinstance(tool, dict) else ()
    for name, table in tables:
        if name not in _LOOKS:
            yield from _strings(table)


def _strings(value: Any) -> Iterator[str]:
    queue = [value]
    while queue:
        item = queue.pop()
        if isinstance(item, dict):
            # What lists packages and scripts names what is there, not what is made.
            queue += [v for k, v in item.items() if k not in {"packages", "scripts", "plugins"}]
        elif isinstance(item, list):
            queue += item
        elif isinstance(item, str):
            name = _module_in(item)
            if name is not None:
                yield name


def _in_setup(text: str) -> Iterator[str]:
    try:
        tree = ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return
    queue: list[ast.AST] = [tree]
    while queue:
        node = queue.pop()
        if isinstance(node, ast.keyword) and node.arg in _HOLDS and not _names_extension(node):
            continue
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            name = _module_in(node.value)
            if name is not None:
                yield name
        queue += children(node)


def _names_extension(node: ast.keyword) -> bool:
    """Whether ``name="pkg._C"`` is an extension's rather than the project's."""
    return (
        node.arg == "name"
        and isinstance(node.value, ast.Constant)
        and ("." in str(node.value.value) or str(node.value.value).startswith("_"))
    )


def _in_cfg(text: str) -> Iterator[str]:
    parser = ConfigParser(interpolation=None, strict=False)
    try:
        parser.read_string(text)
    except Error:
        return
    for section in parser.sections():
        if section in {"options.entry_points", "metadata", "options.packages.find"}:
            continue
        for key, value in parser.items(section):
            if key in {"packages", "py_modules", "install_requires"}:
                continue
            for word in value.split():
                name = _module_in(word)
                if name is not None:
                    yield name
