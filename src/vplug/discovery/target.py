"""What a command looks at, opened: its metadata, its files, and where its modules are."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from vplug.discovery.tree import Tree
from vplug.model import Distribution, EntryPoint, OriginKind, Script, Undecided


@dataclass(frozen=True, slots=True)
class Root:
    """A folder in which a module search starts.

    Attributes:
        tree: the files.
        folder: the folder in the tree; empty for its root. With a package it may be a ``.py`` file,
            which then is that module.
        package: the package that ``folder`` *is*; empty where it *holds* top-level packages
            (``package_dir={"pkg": "lib"}`` makes a root with package ``pkg`` and folder ``lib``).
    """

    tree: Tree
    folder: str = ""
    package: str = ""


@dataclass(frozen=True, slots=True)
class Declaration:
    """The entry points that one file declares.

    Attributes:
        path: the file.
        entry_points: all groups but scripts.
        scripts: console scripts.
        ignored: why the build backend does not look at it, or ``None``.
        unlisted: why the build backend warns of it though it takes it up, or ``None``.
    """

    path: str
    entry_points: tuple[EntryPoint, ...] = ()
    scripts: tuple[Script, ...] = ()
    ignored: str | None = None
    unlisted: str | None = None


@dataclass(frozen=True)
class Target:
    """One thing to look at.

    Attributes:
        label: as the person gave it.
        kind: what it is.
        distribution: its effective metadata: what a build of it would declare.
        tree: its files.
        roots: where its modules are searched, in order; the first ``own_roots`` are its own files.
        own_roots: how many of ``roots`` belong to the target itself.
        declarations: file by file, what it declares, ignored files included.
        undecided: what could not be read without running something.
        config: its ``[tool.vplug]`` as it stands, maybe no table; empty where there is none.
        malformed: entry-point tables that no build backend accepts.
        unreadable: files that ought to have been read and could not be: path and why.
        members: for an installed distribution, the files it owns; else ``None``: all of the tree.
    """

    label: str
    kind: OriginKind
    distribution: Distribution
    tree: Tree
    roots: tuple[Root, ...] = ()
    own_roots: int = 1
    declarations: tuple[Declaration, ...] = ()
    undecided: tuple[Undecided, ...] = ()
    config: Any = field(default_factory=dict)
    malformed: tuple[Undecided, ...] = ()
    unreadable: tuple[tuple[str, str], ...] = ()
    members: tuple[str, ...] | None = None

    def undecided_about(self, what: str) -> Undecided | None:
        """Return why ``what`` (a metadata field, or ``entry-points``) cannot be told, if so."""
        return next((item for item in self.undecided if item.what == what), None)
