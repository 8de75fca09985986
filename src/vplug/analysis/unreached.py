"""Imports in modules that no plugin's loading reads: found as text, not parsed.

A package may hold hundreds of modules that its entry points do not reach; parsing them all would
make every check as slow as the tree is large. A name missing there is the mildest of findings, and
only statements at the margin are looked at: what is indented is conditional, guarded, or later.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import replace

from vplug.analysis.imported import Import
from vplug.analysis.modules import Module, ModuleFinder, ModuleKind, is_below_vllm
from vplug.analysis.outline import QUOTED
from vplug.analysis.resolve import absolute
from vplug.analysis.uses import Stage, Use
from vplug.discovery.target import Target
from vplug.discovery.tree import Tree, walk
from vplug.errors import Unreadable
from vplug.model import Location

#: The head of an import statement: the module that it takes from, or those that it imports.
_HEAD = re.compile(r"from[ \t]+(?P<base>\.*[\w.]*)|import[ \t]+(?P<modules>[\w., \t]*)")
#: What most of them look like; the others are parsed.
_PLAIN = re.compile(
    r"from[ \t]+([\w.]+)[ \t]+import[ \t]+"
    r"(?:(\w+(?:,[ \t]*\w+)*)|\(\s*(\w+(?:,\s*\w+)*),?\s*\))[ \t]*(?:\#[^\n]*)?(?:\n|\Z)"
)
_NAME = re.compile(r"\w+")


def unreached_uses(target: Target, reached: frozenset[str]) -> tuple[Use, ...]:
    """Return the imports at the margin of own modules that are not among ``reached``.

    Those of vLLM and of the package's own are given, in the order in which they stand; no others.
    """
    uses: list[Use] = []
    tops = _tops(target)
    finder = ModuleFinder.for_target(target)
    for tree, path, name in _unreached_files(target, reached):
        text = _text(tree, path)
        if text is not None:
            is_package = path.rpartition("/")[2] == "__init__.py"
            module = Module(name, ModuleKind.SOURCE, tree, path, is_package)
            for item in _imports_in(module, tree.display(path), text, tops | {"vllm"}):
                own = is_below_vllm(item.module) and finder.brings(item.module, item.name)
                uses.append(Use(replace(item, own=own), Stage.UNREACHED, module.name))
    return tuple(uses)


def _tops(target: Target) -> frozenset[str]:
    """The top-level packages that the target's entry points name."""
    modules = (entry_point.module for entry_point in target.distribution.entry_points)
    return frozenset(module.partition(".")[0] for module in modules if module)


def _unreached_files(target: Target, reached: frozenset[str]) -> Iterator[tuple[Tree, str, str]]:
    """The files of own modules that are not among ``reached``, each with its module's name."""
    tops = _tops(target)
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


def _text(tree: Tree, path: str) -> str | None:
    """A file's text with plain line ends; ``None`` where it can't be read or imports nothing."""
    try:
        data = tree.read(path)
    except Unreadable:
        return None
    if b"import" not in data:
        return None
    text = data.decode("utf-8", errors="replace")
    return text.replace("\r\n", "\n").replace("\r", "\n") if "\r" in text else text


def _imports_in(module: Module, shown: str, text: str, tops: frozenset[str]) -> Iterator[Import]:
    """The imports of a module's margin that take from ``tops``."""
    line, counted = 1, 0
    for start in _at_the_margin(text, tops):
        line, counted = line + text.count("\n", counted, start), start
        for base, taken in _taken(module, text, start):
            if base.partition(".")[0] in tops:
                yield Import(base, taken, Location(shown, line, 1))


def _at_the_margin(text: str, tops: frozenset[str]) -> Iterator[int]:
    """Where import statements begin that may take from ``tops``, those in strings left out."""
    quoted = QUOTED.finditer(text)
    inside = next(quoted, None)
    for start in _starts(text):
        head = _HEAD.match(text, start)
        if head is None:
            continue
        if head["base"]:
            wanted = head["base"].startswith(".") or head["base"].partition(".")[0] in tops
        elif head["modules"]:
            wanted = not tops.isdisjoint(_NAME.findall(head["modules"]))
        else:
            wanted = False
        if not wanted and not _goes_on(text, start):
            continue
        while inside is not None and inside.end() <= start:
            inside = next(quoted, None)
        if inside is None or inside.start() > start:
            yield start


def _goes_on(text: str, start: int) -> bool:
    """Whether a line holds more than one statement, or one that ends in a later line."""
    end = text.find("\n", start)
    line = text[start:end] if end >= 0 else text[start:]
    return ";" in line or line.endswith("\\")


def _starts(text: str) -> list[int]:
    """Where lines begin with one of the words that begin an import."""
    found = [0] if text.startswith(("from", "import")) else []
    for word in ("\nfrom", "\nimport"):
        at = text.find(word)
        while at >= 0:
            found.append(at + 1)
            at = text.find(word, at + 1)
    return sorted(found)


def _taken(module: Module, text: str, start: int) -> list[tuple[str, str | None]]:
    """The modules and names of the import statement that begins at ``start`` in a module's text."""
    plain = _PLAIN.match(text, start)
    if plain is not None:
        names = _NAME.findall(plain[2] or plain[3])
        if "as" not in names:
            bare = plain[1].lstrip(".")
            base = absolute(module, bare, len(plain[1]) - len(bare))
            return [(base, name) for name in names] if base is not None else []
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
            found += [(alias.name, None) for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            base = absolute(module, node.module or "", node.level)
            taken = [None if alias.name == "*" else alias.name for alias in node.names]
            found += [(base, name) for name in taken] if base is not None else []
    return found
