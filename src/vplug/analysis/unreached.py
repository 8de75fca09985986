"""Imports in modules that no plugin's loading reads: found as text, not parsed.

A package may hold hundreds of modules that its entry points do not reach; parsing them all would
make every check as slow as the tree is large. A name missing there is the mildest of findings, and
only statements at the margin are looked at: what is indented is conditional, guarded, or later.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator

from vplug.analysis.execution import Stage, Use
from vplug.analysis.imports import Import
from vplug.analysis.modules import Module, ModuleKind
from vplug.analysis.resolve import absolute
from vplug.discovery.target import Target
from vplug.discovery.tree import Tree, walk
from vplug.errors import Unreadable
from vplug.model import Location

_VLLM = re.compile(r"vllm(?!\w)")
_STATEMENT = re.compile(r"(?:from|import)[ \t\\]")
#: What most of them look like; the others are parsed.
_PLAIN = re.compile(r"from (vllm(?:\.[\w.]+)?) import (\w+(?:, \w+)*)\n")
#: Comments and strings: what looks like a statement within one is none. An open one goes on to the
#: end of its line, or of the file.
_QUOTED = re.compile(
    r"""
      \#[^\n]*
    | \"{3} (?: [^"\\]++ | \\. | "(?!"") )*+ (?: \"{3} | \\?\Z )
    | '{3} (?: [^'\\]++ | \\. | '(?!'') )*+ (?: '{3} | \\?\Z )
    | " (?: [^"\\\n]++ | \\. )*+ "?
    | ' (?: [^'\\\n]++ | \\. )*+ '?
    """,
    re.DOTALL | re.VERBOSE,
)


def unreached_uses(target: Target, reached: frozenset[str]) -> tuple[Use, ...]:
    """Return the vLLM imports at the margin of own modules that are not among ``reached``."""
    uses: list[Use] = []
    for tree, path, name in _unreached_files(target, reached):
        text = _text(tree, path, b"vllm")
        if text is not None:
            uses += _uses_in(tree, path, name, text, _VLLM, _from_vllm)
    return tuple(uses)


def unreached_own_uses(target: Target, reached: frozenset[str]) -> tuple[Use, ...]:
    """Return the imports of the package's own at the margin of own modules not among ``reached``."""
    uses: list[Use] = []
    tops = {
        entry_point.module.partition(".")[0] for entry_point in target.distribution.entry_points
    }
    words = "|".join(re.escape(top) for top in sorted(tops))
    wanted = re.compile(rf"^(?:from[ \t]+\.|(?:from|import)[ \t]+(?:{words})\b)", re.MULTILINE)
    for tree, path, name in _unreached_files(target, reached):
        text = _text(tree, path, b"import")
        if text is None:
            continue
        module = Module(
            name, ModuleKind.SOURCE, tree, path, path.rpartition("/")[2] == "__init__.py"
        )

        def own(node: ast.ImportFrom, module: Module = module) -> str | None:
            base = absolute(module, node.module or "", node.level)
            return base if base is not None and base.partition(".")[0] in tops else None

        uses += _uses_in(tree, path, name, text, wanted, own)
    return tuple(uses)


def _unreached_files(target: Target, reached: frozenset[str]) -> Iterator[tuple[Tree, str, str]]:
    """The files of own modules that are not among ``reached``, each with its module's name."""
    tops = {
        entry_point.module.partition(".")[0] for entry_point in target.distribution.entry_points
    }
    for root in target.roots[: target.own_roots]:
        for top in sorted(tops):
            folder = root.folder if root.package == top else _join(root.folder, top)
            if (root.package and root.package != top) or not root.tree.is_dir(folder):
                continue
            for path in walk(root.tree, folder):
                if not path.endswith(".py"):
                    continue
                name = top + path.removeprefix(folder).removesuffix(".py").replace("/", ".")
                name = name.removesuffix(".__init__")
                if name not in reached:
                    yield root.tree, path, name


def _join(folder: str, name: str) -> str:
    return f"{folder}/{name}" if folder else name


def _text(tree: Tree, path: str, word: bytes) -> str | None:
    """A file's text with plain line ends; ``None`` where it does not hold ``word``."""
    try:
        data = tree.read(path)
    except Unreadable:
        return None
    if word not in data:
        return None
    text = data.decode("utf-8", errors="replace")
    return text.replace("\r\n", "\n").replace("\r", "\n") if "\r" in text else text


def _uses_in(
    tree: Tree,
    path: str,
    name: str,
    text: str,
    word: re.Pattern[str],
    base_of: Callable[[ast.ImportFrom], str | None],
) -> list[Use]:
    uses = []
    for start in _at_the_margin(text, word):
        location = Location(tree.display(path), text.count("\n", 0, start) + 1, 1)
        uses += [
            Use(Import(module, taken, location), Stage.UNREACHED, name)
            for module, taken in _taken(text, start, base_of)
        ]
    return uses


def _at_the_margin(text: str, word: re.Pattern[str]) -> Iterator[int]:
    """Where import statements that hold ``word`` begin, those in strings and comments left out."""
    quoted = _QUOTED.finditer(text)
    inside = next(quoted, None)
    last = -1
    for match in word.finditer(text):
        start = text.rfind("\n", 0, match.start()) + 1
        while text.endswith("\\\n", 0, start) and start:
            start = text.rfind("\n", 0, start - 1) + 1  # the line before goes on in this one
        if start == last or not _STATEMENT.match(text, start):
            continue
        last = start
        while inside is not None and inside.end() <= start:
            inside = next(quoted, None)
        if inside is None or inside.start() > start:
            yield start


def _taken(
    text: str, start: int, base_of: Callable[[ast.ImportFrom], str | None]
) -> list[tuple[str, str | None]]:
    """The modules and names of the import statement that begins at ``start``.

    Args:
        text: the module's.
        start: where the statement begins.
        base_of: gives the full name of the module that a ``from`` import takes from; ``None`` for
            one that is not asked after.
    """
    plain = _PLAIN.match(text, start)
    if plain is not None and base_of is _from_vllm:
        return [(plain[1], name) for name in plain[2].split(", ")]
    statement = ""
    end = start
    while end < len(text):
        start, end = end, text.find("\n", end) + 1 or len(text)
        # No string stands in an import, so `#` begins a comment.
        part = text[start:end].partition("#")[0].rstrip()
        statement += part.removesuffix("\\") + " "
        if not part.endswith("\\") and statement.count("(") <= statement.count(")"):
            break
    try:
        body = ast.parse(statement).body
    except (SyntaxError, ValueError, MemoryError, RecursionError):
        return []
    found: list[tuple[str, str | None]] = []
    for node in body:
        if isinstance(node, ast.Import):
            for alias in node.names:
                whole = ast.ImportFrom(alias.name, [], 0)
                found += [(alias.name, None)] if base_of(whole) is not None else []
        elif isinstance(node, ast.ImportFrom):
            base = base_of(node)
            taken = [None if alias.name == "*" else alias.name for alias in node.names]
            found += [(base, name) for name in taken] if base is not None else []
    return found


def _from_vllm(node: ast.ImportFrom) -> str | None:
    """The module of vLLM's that an import takes from; ``None`` for others."""
    name = node.module or ""
    return name if node.level == 0 and name.partition(".")[0] == "vllm" else None
