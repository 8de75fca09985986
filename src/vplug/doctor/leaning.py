"""Calls whose outcome hangs on the machine: libraries, files, programs, sockets, other distributions."""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import chain

from vplug.analysis.callnames import CallNames
from vplug.analysis.modules import Module, Source
from vplug.analysis.scopes import FunctionNode, is_generator
from vplug.model import normalize_name

#: Own functions that are followed.
_MOST = 40
#: Everything of these modules that is called, what is written below excepted.
_MODULES = frozenset({"ctypes", "subprocess", "socket", "shutil", "mmap", "fcntl"})
_CALLS = frozenset(
    {
        "open",
        "builtins.open",
        "io.open",
        "importlib.import_module",
        "importlib.metadata.version",
        "importlib.metadata.distribution",
        "importlib.metadata.metadata",
        "importlib.metadata.requires",
        "importlib.metadata.files",
        "importlib_metadata.version",
        "importlib_metadata.distribution",
        "pkg_resources.get_distribution",
        "urllib.request.urlopen",
        "cffi.FFI().dlopen",
        *(
            f"os.{name}"
            for name in (
                "access", "chdir", "listdir", "lstat", "mkdir", "makedirs", "open", "popen", "readlink",
                "remove", "scandir", "stat", "statvfs", "system", "unlink",
            )
        ),
        *(
            f"pathlib.Path().{name}"
            for name in (
                "iterdir", "lstat", "mkdir", "open", "read_bytes", "read_text", "readlink", "stat",
                "unlink", "write_bytes", "write_text",
            )
        ),
    }
)  # fmt: skip
#: They answer, and do not raise, whatever the machine holds.
_HARMLESS = frozenset(
    {
        "ctypes.util.find_library",
        "os.access",
        "shutil.which",
        "shutil.get_terminal_size",
        "socket.gethostname",
        "socket.has_dualstack_ipv6",
    }
)
#: ``ctypes`` also makes types and pointers; these are what loads a library.
_LIBRARIES = frozenset({"CDLL", "PyDLL", "OleDLL", "WinDLL", "LoadLibrary"})


@dataclass(frozen=True, slots=True)
class Leaning:
    """A call that the machine may fail.

    Attributes:
        name: what is called, in full.
        path: the file in which it stands.
        line: where.
        at_import: whether importing the module runs it, rather than the function.
    """

    name: str
    path: str | None
    line: int
    at_import: bool = False


def leaning_call(
    names: CallNames, module: Module, function: FunctionNode, versions: Collection[str]
) -> Leaning | None:
    """Return the first call that the machine may fail, or ``None``.

    Looked at are the top level of ``module``, the function, and the package's own functions that it
    calls. A call in a ``try`` that catches what it may end in fails nothing: what the handler does is
    followed where exceptions are.

    Args:
        names: over the package's modules.
        module: in which the function stands.
        function: what is called.
        versions: normalised names of the distributions that are there, whose version can be asked.
    """
    tree = module.source.tree if isinstance(module.source, Source) else None
    top = _Block(names, versions).found(module, (), tree.body if tree is not None else [])
    within = _Block(names, versions).called(module, function)
    return next(chain((replace(item, at_import=True) for item in top), within), None)


class _Block:
    """Looks through blocks and the functions they call, each once."""

    def __init__(self, names: CallNames, versions: Collection[str]) -> None:
        self._names = names
        self._versions = versions
        self._seen: set[int] = set()

    def called(self, module: Module, function: FunctionNode) -> Iterator[Leaning]:
        if id(function) in self._seen or len(self._seen) >= _MOST:
            return
        self._seen.add(id(function))
        if isinstance(function, ast.AsyncFunctionDef) or is_generator(function):
            return
        body = [function.body] if isinstance(function, ast.Lambda) else function.body
        yield from self.found(module, (function,), body)

    def found(
        self, module: Module, functions: tuple[FunctionNode, ...], body: Sequence[ast.AST]
    ) -> Iterator[Leaning]:
        for node, caught in _calls(body):
            name = _name(self._names, module, functions, node.func)
            if name is not None and self._leans(name, node):
                if not caught & _catching(name):
                    yield Leaning(name, module.path, node.lineno)
                continue
            callee = self._names.callee(module, functions, node.func)
            if caught & _ALL or callee is None or callee.module is None:
                continue
            if isinstance(callee.node, ast.FunctionDef) and callee.node not in functions:
                yield from self.called(callee.module, callee.node)

    def _leans(self, name: str, node: ast.Call) -> bool:
        if name in _HARMLESS:
            return False
        top, _, rest = name.partition(".")
        if top == "ctypes":
            return rest.rpartition(".")[2] in _LIBRARIES
        if name.startswith(("importlib.metadata.", "importlib_metadata.")) and node.args:
            asked = node.args[0]
            if isinstance(asked, ast.Constant) and isinstance(asked.value, str):
                return name in _CALLS and normalize_name(asked.value) not in self._versions
        return name in _CALLS or (bool(rest) and top in _MODULES)


#: What a handler names that catches all that such a call ends in; a bare one is told as ``Exception``.
_ALL = frozenset({"Exception", "BaseException"})
_SYSTEM = _ALL | {"OSError", "IOError", "EnvironmentError"}
_IMPORT = _ALL | {"ImportError"}
_METADATA = _IMPORT | {"ModuleNotFoundError", "PackageNotFoundError"}


def _catching(name: str) -> frozenset[str]:
    if name == "importlib.import_module":
        return _IMPORT
    if name.startswith(("importlib.metadata.", "importlib_metadata.")):
        return _METADATA
    # A program that fails, a library without the function: more than the system's errors.
    return _ALL if name.startswith(("subprocess.", "pkg_resources.")) else _SYSTEM


def _name(
    names: CallNames, module: Module, functions: tuple[FunctionNode, ...], node: ast.expr
) -> str | None:
    if isinstance(node, ast.Name) and node.id == "open":
        return "open" if names.callee(module, functions, node) is None else None
    return names.full(module, functions, node)


def _calls(body: Sequence[ast.AST]) -> Iterator[tuple[ast.Call, frozenset[str]]]:
    """The calls in order of the source, each with what is caught around it.

    Those in functions of their own are left out: whether they run is told by who calls them.
    """
    inner = ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda
    waiting: list[tuple[ast.AST, frozenset[str]]] = [(n, frozenset()) for n in reversed(body)]
    while waiting:
        node, caught = waiting.pop()
        if isinstance(node, inner):
            continue
        if isinstance(node, ast.Call):
            yield node, caught
        if isinstance(node, ast.Try):
            tried = caught.union(*map(_handled, node.handlers))
            rest = [*node.handlers, *node.orelse, *node.finalbody]
            waiting += [(child, caught) for child in reversed(rest)]
            waiting += [(child, tried) for child in reversed(node.body)]
        elif isinstance(node, ast.If) and _is_for_checkers(node.test):
            waiting += [(child, caught) for child in reversed(node.orelse)]
        else:
            waiting += [(child, caught) for child in reversed(list(ast.iter_child_nodes(node)))]


def _handled(handler: ast.ExceptHandler) -> frozenset[str]:
    if handler.type is None:
        return frozenset({"Exception"})
    types = handler.type.elts if isinstance(handler.type, ast.Tuple) else [handler.type]
    return frozenset(ast.unparse(item).rpartition(".")[2] for item in types)


def _is_for_checkers(test: ast.expr) -> bool:
    """Whether a branch is there for type checkers, or for the file as a program."""
    return "TYPE_CHECKING" in ast.unparse(test) or "__name__" in ast.unparse(test)
