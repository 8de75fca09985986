"""Finding modules in a target's files as the import system would find them, and parsing them once."""

from __future__ import annotations

import ast
import contextlib
import re
import warnings
from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property
from importlib.util import decode_source
from itertools import accumulate

from vplug.analysis.bindings import Bindings, collect
from vplug.analysis.outline import outlined
from vplug.discovery.target import Root, Target
from vplug.discovery.tree import Tree
from vplug.errors import Unreadable
from vplug.model import Location, OriginKind

#: ``mod.so``, ``mod.abi3.so``, ``mod.cpython-312-x86_64-linux-gnu.so``, ``mod.cp312-win_amd64.pyd``
_EXTENSION = re.compile(r"^(?P<name>[A-Za-z_]\w*)(\.[\w-]+)*\.(so|pyd)$")
#: Sources of modules that a build makes: absence of the module can't be proved from the project.
_MAX_PARTS = 64
_GENERATED = (".pyx", ".pyx.in", ".py.in")


class ModuleKind(StrEnum):
    """What a module name leads to."""

    SOURCE = "source"
    NAMESPACE = "namespace"
    COMPILED = "compiled"
    MISSING = "missing"
    EXTERNAL = "external"


@dataclass(frozen=True)
class Module:
    """A module that was looked for.

    Attributes:
        name: its full name.
        kind: what was found.
        tree: where, for a source module.
        path: its file in the tree, or the extension module's.
        is_package: whether it is a package's ``__init__``.
        folders: for packages and namespaces, where submodules are looked for.
        own: whether it belongs to the target itself rather than its environment; for a namespace,
            whether a portion of it does.
        own_folders: how many of ``folders``, which stand first, are the target's own.
        missing_part: for a missing module, the first part of its name that is not there.
    """

    name: str
    kind: ModuleKind
    tree: Tree | None = field(default=None, compare=False)
    path: str = ""
    is_package: bool = False
    folders: tuple[tuple[Tree, str], ...] = field(default=(), compare=False)
    own: bool = True
    own_folders: int = 0
    missing_part: str | None = None

    @property
    def package(self) -> str:
        """The name that relative imports in it count from."""
        return self.name if self.is_package else self.name.rpartition(".")[0]

    @cached_property
    def source(self) -> Source | Unreadable:
        """Its syntax tree and bindings, read once; an :class:`Unreadable` says why there is none."""
        if self.tree is None or self.kind is not ModuleKind.SOURCE:
            return Unreadable(f"{self.name} has no source to read")
        return parse(self.tree, self.path)

    @cached_property
    def outline(self) -> Source | Unreadable:
        """As :attr:`source`, what stands in functions left out where that is quicker."""
        if self.was_read or self.tree is None or self.kind is not ModuleKind.SOURCE:
            return self.source
        short = outlined(read_text(self))
        with contextlib.suppress(SyntaxError, ValueError, RecursionError, MemoryError):
            return _parsed(short, short, self.tree.display(self.path))
        return self.source

    @property
    def was_read(self) -> bool:
        """Whether its source has been asked for."""
        return "source" in self.__dict__

    def source_binds(self, name: str) -> bool:
        """Return whether its top level binds ``name`` itself."""
        return isinstance(self.source, Source) and name in self.source.bindings.by_name

    def at(self, node: ast.AST | None) -> Location:
        """Return where ``node`` stands in this module's file."""
        shown = self.tree.display(self.path) if self.tree is not None else self.name
        if not isinstance(node, (ast.stmt, ast.expr, ast.alias, ast.excepthandler, ast.arg)):
            return Location(shown)
        end = node.end_col_offset
        return Location(
            shown,
            node.lineno,
            self._characters(node.lineno, node.col_offset) + 1,
            node.end_lineno,
            self._characters(node.end_lineno, end) + 1 if end is not None else None,
        )

    def _characters(self, line: int | None, offset: int) -> int:
        """A column in characters: ``ast`` counts bytes of UTF-8."""
        if offset == 0 or line is None or not self.was_read:
            return offset
        lines = self._wide_lines
        if line > len(lines):
            return offset
        return len(lines[line - 1].encode()[:offset].decode(errors="replace"))

    @cached_property
    def _wide_lines(self) -> list[str]:
        """The source's lines where some character takes more than a byte; else none."""
        source = self.source
        if not isinstance(source, Source) or source.text.isascii():
            return []
        return source.text.split("\n")


@dataclass(frozen=True)
class Source:
    """A parsed module."""

    tree: ast.Module
    bindings: Bindings
    text: str
    _matches: dict[re.Pattern[str], tuple[re.Match[str], ...]] = field(
        default_factory=dict, compare=False, repr=False
    )

    @cached_property
    def plain_text(self) -> str:
        """Its text with plain line ends."""
        text = self.text
        return text.replace("\r\n", "\n").replace("\r", "\n") if "\r" in text else text

    @cached_property
    def line_starts(self) -> tuple[int, ...]:
        """Where each line of :attr:`plain_text` begins, from 0 on, and the end of the last."""
        return (0, *accumulate(len(line) + 1 for line in self.plain_text.split("\n")))

    def matches(self, pattern: re.Pattern[str]) -> tuple[re.Match[str], ...]:
        """Return where a pattern is found in :attr:`plain_text`, searched once."""
        known = self._matches.get(pattern)
        if known is None:
            known = self._matches[pattern] = tuple(pattern.finditer(self.plain_text))
        return known


class SyntaxFault(Unreadable):
    """A module that does not parse; ``location`` is the place."""

    def __init__(self, message: str, location: Location) -> None:
        super().__init__(message)
        self.location = location


def is_below_vllm(module: str) -> bool:
    """Return whether a module is vLLM's by its name."""
    return module == "vllm" or module.startswith("vllm.")


def parse(tree: Tree, path: str) -> Source | Unreadable:
    """Return a file's syntax tree and bindings, or why there is none (it is not raised)."""
    shown = tree.display(path)
    try:
        data = tree.read(path)
    except Unreadable as error:
        return error
    try:
        return _parsed(data, _text(data), shown)
    except SyntaxError as error:
        location = Location(shown, error.lineno, error.offset)
        return SyntaxFault(f"does not parse: {error.msg}", location)
    except (ValueError, RecursionError, MemoryError) as error:
        return SyntaxFault(f"does not parse: {error}", Location(shown))


def _parsed(data: bytes | str, text: str, shown: str) -> Source:
    with warnings.catch_warnings():
        # An invalid escape in somebody's docstring is theirs to hear of, from their own Python.
        warnings.simplefilter("ignore")
        module = ast.parse(data, filename=shown)
    return Source(module, collect(module, text), text)


def read_text(module: Module) -> str:
    """Return a module's source as text, unparsed; empty where it has none that can be read."""
    if module.tree is None or module.kind is not ModuleKind.SOURCE:
        return ""
    try:
        return _text(module.tree.read(module.path))
    except Unreadable:
        return ""


def _text(data: bytes) -> str:
    """A source's text, in the encoding that it says it is in."""
    if data.isascii():
        return data.decode("ascii")
    try:
        return decode_source(data)
    except (SyntaxError, UnicodeDecodeError):
        return data.decode("utf-8", errors="replace")


class ModuleFinder:
    """Finds modules in a sequence of roots; remembers what it found.

    Args:
        roots: searched in order, as ``sys.path`` is.
        own_roots: how many of them are the target's own.
        members: for an installed distribution, the files it owns: a module outside them is not
            its own though it lies in the same folder.
        shared: whether the roots hold other distributions' files too, and which is whose is not known.
    """

    def __init__(
        self,
        roots: Sequence[Root],
        own_roots: int,
        members: Sequence[str] | None = None,
        *,
        shared: bool = False,
    ) -> None:
        self._shared = shared
        self._roots = tuple(roots)
        self._own_roots = own_roots
        self._members = frozenset(members) if members is not None else None
        self._found: dict[str, Module] = {}
        self._extensions: dict[tuple[int, str], list[tuple[str, str]]] = {}
        self.parsed: dict[str, Module] = {}

    @classmethod
    def for_target(cls, target: Target) -> ModuleFinder:
        """Return a finder over a target's roots."""
        installed = target.kind is OriginKind.ENVIRONMENT
        shared = installed and target.members is None and not target.distribution.editable_project
        return cls(target.roots, target.own_roots, target.members, shared=shared)

    def find(self, name: str) -> Module:
        """Return what the full module name ``name`` leads to."""
        known = self._found.get(name)
        if known is None:
            parts = name.split(".")
            if len(parts) > _MAX_PARTS or not all(part.isidentifier() for part in parts):
                return Module(name, ModuleKind.EXTERNAL, own=False, missing_part=name)
            known = self._search(name)
            self._found[name] = known
            if known.kind is ModuleKind.SOURCE:
                self.parsed[name] = known
        return known

    def brings(self, name: str, taken: str | None = None) -> bool:
        """Return whether the target itself holds a module: no folder alone, nothing of its environment.

        Args:
            name: the module.
            taken: a name taken from it, which may be a module of the target's too.
        """
        if self._shared:
            return False
        found = self.find(name)
        if found.own and found.kind in (ModuleKind.SOURCE, ModuleKind.COMPILED):
            return True
        return taken is not None and self.brings(f"{name}.{taken}")

    def _search(self, name: str) -> Module:
        parent_name, _, leaf = name.rpartition(".")
        if not parent_name:
            candidates = [
                (root.tree, root.folder, index < self._own_roots)
                for index, root in enumerate(self._roots)
                if not root.package
            ]
            mapped = self._mapped(name)
            found = mapped or self._in_folders(name, leaf, candidates)
            return found or Module(name, ModuleKind.EXTERNAL, own=False, missing_part=name)
        mapped = self._mapped(name)
        if mapped is not None:
            return mapped
        parent = self.find(parent_name)
        if parent.kind in (ModuleKind.MISSING, ModuleKind.EXTERNAL):
            return Module(name, parent.kind, own=parent.own, missing_part=parent.missing_part)
        if parent.kind is ModuleKind.COMPILED:
            return Module(name, ModuleKind.COMPILED, own=parent.own)
        # The portions of a namespace may lie in the target and in its environment.
        count = parent.own_folders if parent.kind is ModuleKind.NAMESPACE else None
        folders = [
            (
                tree,
                folder,
                (parent.own and (count is None or index < count)) or self._is_mixed(tree),
            )
            for index, (tree, folder) in enumerate(parent.folders)
        ]
        found = self._in_folders(name, leaf, folders)
        if found is None and parent.kind is ModuleKind.NAMESPACE and is_below_vllm(name):
            # A folder that a plugin has below `vllm` is laid into vLLM's: the rest lies there.
            return Module(name, ModuleKind.EXTERNAL, own=False, missing_part=name)
        return found or Module(name, ModuleKind.MISSING, own=parent.own, missing_part=name)

    def _mapped(self, name: str) -> Module | None:
        for index, root in enumerate(self._roots):
            if root.package == name and root.folder.endswith(".py"):
                return Module(
                    name, ModuleKind.SOURCE, root.tree, root.folder, own=index < self._own_roots
                )
            if root.package == name and root.package:
                return self._package(name, [(root.tree, root.folder, index < self._own_roots)])
        return None

    def _package(self, name: str, folders: list[tuple[Tree, str, bool]]) -> Module | None:
        for tree, folder, own in folders:
            init = f"{folder}/__init__.py" if folder else "__init__.py"
            if tree.is_file(init):
                mine = self._is_own(tree, init, own)
                return Module(name, ModuleKind.SOURCE, tree, init, True, ((tree, folder),), mine)
        present = [portion for portion in folders if portion[0].is_dir(portion[1])]
        if present:
            # Roots of the target come before those of its environment, so do their portions.
            count = sum(own for _, _, own in present)
            return Module(
                name,
                ModuleKind.NAMESPACE,
                folders=tuple((tree, folder) for tree, folder, _ in present),
                is_package=True,
                own=count > 0,
                own_folders=count,
            )
        return None

    def _in_folders(
        self, name: str, leaf: str, folders: list[tuple[Tree, str, bool]]
    ) -> Module | None:
        """As ``importlib``'s path finder: per folder package, extension, module; then namespace."""
        portions: list[tuple[Tree, str, bool]] = []
        for tree, folder, own in folders:
            base = f"{folder}/{leaf}" if folder else leaf
            if tree.is_dir(base):
                if tree.is_file(f"{base}/__init__.py"):
                    return self._package(name, [(tree, base, own)])
                extension = self._extension(tree, base, "__init__")
                if extension is not None:
                    mine = self._is_own(tree, extension, own)
                    return Module(
                        name, ModuleKind.COMPILED, tree, extension, True, ((tree, base),), mine
                    )
                portions.append((tree, base, own))
            extension = self._extension(tree, folder, leaf)
            if extension is not None:
                mine = self._is_own(tree, extension, own)
                return Module(name, ModuleKind.COMPILED, tree, extension, own=mine)
            if tree.is_file(f"{base}.py"):
                path = f"{base}.py"
                mine = self._is_own(tree, path, own)
                return Module(name, ModuleKind.SOURCE, tree, path, own=mine)
            if any(tree.is_file(base + suffix) for suffix in _GENERATED):
                return Module(name, ModuleKind.COMPILED, tree, base, own=own)
        # A folder without Python in it (docs, data) is a namespace package to Python too, but one
        # at the top level of an environment says nothing about an installed module.
        return self._package(name, portions) if portions else None

    def _extension(self, tree: Tree, folder: str, leaf: str) -> str | None:
        key = (id(tree), folder)
        known = self._extensions.get(key)
        if known is None:
            matches = [(entry, _EXTENSION.match(entry)) for entry in tree.listdir(folder)]
            known = [(match["name"], entry) for entry, match in matches if match is not None]
            self._extensions[key] = known
        for name, entry in known:
            if name == leaf:
                return f"{folder}/{entry}" if folder else entry
        return None

    def _is_mixed(self, tree: Tree) -> bool:
        """Whether a tree holds the target's files among others': then each file's owner counts."""
        return self._members is not None and tree is self._roots[0].tree

    def _is_own(self, tree: Tree, path: str, own: bool) -> bool:
        if not own or self._members is None or not self._is_mixed(tree):
            return own
        return path in self._members
