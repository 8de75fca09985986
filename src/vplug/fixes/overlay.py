"""A project's files with changes that are not written yet, so that a mend sees those before it."""

from __future__ import annotations

from vplug.discovery.tree import Tree


class Overlay:
    """A :class:`vplug.discovery.tree.Tree` over another one, some of whose files read otherwise.

    Only files that are there can be changed. A file is read once: what somebody else writes meanwhile
    is not mixed in, and shows when the changes are written.

    Attributes:
        original: what was read, by path.
        changed: what files are to hold, by path.
    """

    def __init__(self, tree: Tree) -> None:
        self._tree = tree
        self.original: dict[str, bytes] = {}
        self.changed: dict[str, bytes] = {}

    def is_file(self, path: str) -> bool:
        """Return whether ``path`` is a file."""
        return self._tree.is_file(path)

    def is_dir(self, path: str) -> bool:
        """Return whether ``path`` is a folder; the empty path is the root."""
        return self._tree.is_dir(path)

    def listdir(self, path: str) -> tuple[str, ...]:
        """Return the names in a folder, sorted; empty if it is none."""
        return self._tree.listdir(path)

    def leads_back(self, path: str) -> bool:
        """Return whether a folder is a link to one of the folders above it."""
        return self._tree.leads_back(path)

    def read(self, path: str) -> bytes:
        """Return a file's bytes, changed or not; raises :class:`vplug.errors.Unreadable`."""
        if path in self.changed:
            return self.changed[path]
        if path not in self.original:
            self.original[path] = self._tree.read(path)
        return self.original[path]

    def display(self, path: str) -> str:
        """Return ``path`` as messages should show it."""
        return self._tree.display(path)
