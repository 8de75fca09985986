"""Where a project's metadata speaks of something: lines of the files that declare it."""

from __future__ import annotations

import re
from functools import cached_property

from vplug.discovery.project import METADATA_FILES
from vplug.discovery.target import Target
from vplug.discovery.toml_lines import key_lines
from vplug.errors import Unreadable
from vplug.model import Location, OriginKind


class MetadataPlaces:
    """Finds places in the metadata files of one target.

    Args:
        target: whose files they are.
    """

    def __init__(self, target: Target) -> None:
        self.target = target

    @cached_property
    def _pyproject(self) -> tuple[str, dict[tuple[str, ...], int]]:
        try:
            text = self.target.tree.read("pyproject.toml").decode("utf-8", errors="replace")
        except Unreadable:
            return "", {}
        return text, key_lines(text)

    def place(self, *keys: str, text: str | None = None) -> Location | None:
        """Return where a key of ``[project]`` or a requirement stands, or the metadata file itself.

        Args:
            keys: the path of a key in pyproject.toml.
            text: a requirement as written; searched in every metadata file of the project.
        """
        if self.target.kind in (OriginKind.WHEEL, OriginKind.ENVIRONMENT):
            return self._metadata_file()
        if text is not None:
            found = self._place_of(text)
            if found is not None:
                return found
        content, lines = self._pyproject
        if not content or ("project",) not in lines:
            return self._metadata_file()
        for end in range(len(keys), 0, -1):
            if keys[:end] in lines:
                return Location("pyproject.toml", lines[keys[:end]])
        return Location("pyproject.toml")

    def _place_of(self, text: str) -> Location | None:
        """The line of a requirement: quoted in TOML and Python, bare in setup.cfg, a key in Poetry."""
        name = re.split(r"[^\w.-]", text.strip(), maxsplit=1)[0]
        quoted = re.compile(rf"""["']{re.escape(text.strip())}\s*["';]""")
        bare = re.compile(rf"^\s*{re.escape(text.strip())}\s*(#.*|;.*)?$")
        key = re.compile(rf"""^\s*["']?{re.escape(name)}["']?\s*=""")
        for path in METADATA_FILES:
            try:
                content = self.target.tree.read(path).decode("utf-8", errors="replace")
            except Unreadable:
                continue
            for pattern in (quoted, bare, key):
                for number, line in enumerate(content.splitlines(), start=1):
                    if pattern.search(line) and not (pattern is key and name == "name"):
                        return Location(path, number)
        return None

    def _metadata_file(self) -> Location | None:
        tree, origin = self.target.tree, self.target.distribution.origin
        if self.target.kind is OriginKind.WHEEL:
            infos = [name for name in tree.listdir("") if name.endswith(".dist-info")]
            return Location(f"{infos[0]}/METADATA") if infos else None
        if self.target.kind is OriginKind.ENVIRONMENT:
            return Location(origin.path)
        paths = [d.path for d in self.target.declarations]
        _, lines = self._pyproject
        if (
            "pyproject.toml" in paths
            and ("project",) not in lines
            and ("tool", "poetry") not in lines
        ):
            paths = [path for path in paths if path != "pyproject.toml"] or paths
        return Location(paths[0]) if paths else None
