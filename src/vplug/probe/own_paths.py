"""From a path in the throw-away folder to the target's own: what a reader can open when it is gone."""

from __future__ import annotations

import os
import posixpath
import re
from collections.abc import Mapping
from dataclasses import fields, is_dataclass, replace
from enum import Enum
from pathlib import Path
from typing import Any, TypeVar

from vplug.discovery.target import Root, Target
from vplug.errors import Unreadable
from vplug.model import Location

Noun = TypeVar("Noun")

#: What the folder is called where it is named by itself: a plugin is installed into one of this name.
_ITSELF = "site-packages"
#: What ends a path in a text. A file whose name holds one of these is told relative to its package.
_BEHIND = r"""[^\s"'`<>|;:,()\[\]{}…]*"""


class OwnPaths:
    """The paths of what was installed into a throw-away folder, as the target has them.

    A file of a project or an sdist is the source that it was built from: the one that the target's
    module search finds and that has the same bytes. A file of a wheel is its member. What the target
    has no such file of (made by the build, compiled, or missing) stays relative to the folder.

    Args:
        folder: the folder for what is installed; it must be there while paths are asked for.
        target: what the person gave.
    """

    def __init__(self, folder: Path, target: Target) -> None:
        self._folder = folder
        self._roots = target.roots[: target.own_roots]
        self._known: dict[str, str] = {}
        self._beginning = str(folder)
        self._pattern = re.compile(
            rf"{re.escape(self._beginning)}(?![\w-])(?:{re.escape(os.sep)}(?P<path>{_BEHIND}))?"
        )

    def shown(self, value: Noun) -> Noun:
        """Return a noun, or anything made of nouns, texts and containers, with every path mapped."""
        return self._shown(value)  # type: ignore[no-any-return]

    def text(self, text: str) -> str:
        """Return a text with each path in the folder mapped; one that was cut short at its end too."""
        told = self._pattern.sub(self._of_match, text)
        if told.endswith("…"):
            for length in range(len(self._beginning), len(self._folder.anchor) + 1, -1):
                if told.endswith(f"{self._beginning[:length]}…"):
                    return f"{told[: -length - 1]}…"
        return told

    def path(self, path: str) -> str:
        """Return a path relative to the folder as the target has it; itself where it has none."""
        if path not in self._known:
            self._known[path] = self._found(path) or path
        return self._known[path]

    def _shown(self, value: Any) -> Any:
        if isinstance(value, Location):
            return replace(value, path=self.path(value.path))
        if isinstance(value, str) and not isinstance(value, Enum):
            return self.text(value)
        if is_dataclass(value) and not isinstance(value, type):
            before = {field.name: getattr(value, field.name) for field in fields(value)}
            after = {name: self._shown(item) for name, item in before.items()}
            news = {name: item for name, item in after.items() if item is not before[name]}
            return replace(value, **news) if news else value
        if isinstance(value, Mapping):
            return {key: self._shown(item) for key, item in value.items()}
        if isinstance(value, (tuple, list)):
            return type(value)([self._shown(item) for item in value])
        return value

    def _of_match(self, match: re.Match[str]) -> str:
        path = match["path"]
        if not path:
            return _ITSELF
        bare = path.rstrip("./")  # the full stop of a sentence
        return self.path(bare.replace(os.sep, "/")) + path[len(bare) :] if bare else _ITSELF

    def _found(self, path: str) -> str | None:
        for root in self._roots:
            place = _in_root(path, root)
            if place is None:
                continue
            if (self._folder / path).is_dir():
                if place and root.tree.is_dir(place):
                    return place
            elif root.tree.is_file(place) and self._is_same(root, place, path):
                return place
        return None

    def _is_same(self, root: Root, place: str, path: str) -> bool:
        try:
            return root.tree.read(place) == (self._folder / path).read_bytes()
        except (Unreadable, OSError):
            return False


def _in_root(path: str, root: Root) -> str | None:
    """Where an installed file would lie in a root of the target; ``None`` if not there."""
    if not root.package:
        return posixpath.normpath(posixpath.join(root.folder, path))
    package = root.package.replace(".", "/")
    if root.folder.endswith(".py"):
        return root.folder if path == f"{package}.py" else None
    if path == package or path.startswith(f"{package}/"):
        return posixpath.normpath(posixpath.join(root.folder, path[len(package) + 1 :]))
    return None
