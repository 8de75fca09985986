"""Imports from vLLM in modules that no plugin's loading reads: found as text, not parsed.

A package may hold hundreds of modules that its entry points do not reach; parsing them all would
make every check as slow as the tree is large. A name missing there is the mildest of findings, and
only statements at the margin are looked at: what is indented is conditional, guarded, or later.
"""

from __future__ import annotations

import re

from vplug.analysis.execution import Stage, Use
from vplug.analysis.imports import Import
from vplug.discovery.target import Target
from vplug.discovery.tree import Tree, walk
from vplug.errors import Unreadable
from vplug.model import Location

_IMPORT = re.compile(
    r"^from[ \t]+(?P<base>vllm(?:\.[\w.]+)?)[ \t]+import[ \t]+(?P<names>\([^)]*\)|[^\n#;\\]+)"
    r"|^import[ \t]+(?P<module>vllm(?:\.[\w.]+)?)(?![\w.])",
    re.MULTILINE,
)
_STRING = re.compile(r'"""|\'\'\'')


def unreached_uses(target: Target, reached: frozenset[str]) -> tuple[Use, ...]:
    """Return the vLLM imports at the margin of own modules that are not among ``reached``."""
    uses: list[Use] = []
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
                if name in reached:
                    continue
                uses += _uses_in(root.tree, path, name)
    return tuple(uses)


def _join(folder: str, name: str) -> str:
    return f"{folder}/{name}" if folder else name


def _uses_in(tree: Tree, path: str, name: str) -> list[Use]:
    try:
        data = tree.read(path)
    except Unreadable:
        return []
    if b"vllm" not in data:
        return []
    text = data.decode("utf-8", errors="replace")
    uses = []
    for match in _IMPORT.finditer(text):
        if len(_STRING.findall(text, 0, match.start())) % 2:
            continue  # inside a docstring
        line = text.count("\n", 0, match.start()) + 1
        location = Location(tree.display(path), line, 1)
        if match["module"]:
            uses.append(Use(Import(match["module"], None, location), Stage.UNREACHED, name))
            continue
        for part in re.sub(r"#[^\n]*", "", match["names"].strip("()")).split(","):
            words = part.split()
            if words and words[0].isidentifier():
                item = Import(match["base"], words[0], location)
                uses.append(Use(item, Stage.UNREACHED, name))
    return uses
