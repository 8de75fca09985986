"""What one metadata file of a project says, before the files are put together."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from vplug.model import EntryPoint, Location, Script, Undecided

SCRIPT_GROUPS = frozenset({"console_scripts", "gui_scripts"})


@dataclass
class Partial:
    """One file's share.

    Attributes:
        path: the file.
        fields: core metadata by the name ``[project]`` gives it: ``name``, ``version``,
            ``dependencies`` (requirement strings, extras' markers included), ``requires-python``,
            ``description``, ``license``, ``license-file``, ``readme``, ``homepage``.
        entry_points: of every group but scripts.
        scripts: console and GUI scripts.
        undecided: by field name, or ``entry-points`` or ``package-dir``.
        package_dir: package → folder, as setuptools means it.
        present: whether the file was there.
        faults: entry-point tables that no build backend accepts.
    """

    path: str
    fields: dict[str, Any] = field(default_factory=dict)
    entry_points: list[EntryPoint] = field(default_factory=list)
    scripts: list[Script] = field(default_factory=list)
    undecided: dict[str, Undecided] = field(default_factory=dict)
    package_dir: dict[str, str] = field(default_factory=dict)
    present: bool = True
    faults: list[Undecided] = field(default_factory=list)

    def cannot_tell(self, what: str, reason: str, line: int | None = None) -> None:
        """Note that ``what`` needs running the file."""
        self.undecided[what] = Undecided(what, reason, Location(self.path, line))

    def malformed(self, reason: str, line: int | None = None) -> None:
        """Note an entry-point table or value that no build backend accepts."""
        self.faults.append(Undecided("entry-points", reason, Location(self.path, line)))

    def take_classifiers(self, classifiers: list[Any]) -> None:
        """Take the licence that a classifier names, where no field does."""
        for item in classifiers:
            if isinstance(item, str) and item.startswith("License ::"):
                self.fields.setdefault("license", item.rpartition(" :: ")[2])

    def add(
        self, group: str, name: str, value: str, line: int | None = None, path: str | None = None
    ) -> None:
        """Note one entry point, scripts kept apart; ``path`` where another file declares it."""
        entry_point = EntryPoint(group, name, value, Location(path or self.path, line))
        if group in SCRIPT_GROUPS:
            self.scripts.append(Script(entry_point))
        else:
            self.entry_points.append(entry_point)

    def add_lines(self, group: str, text: str, line: int | None) -> None:
        """Note the ``name = value`` lines of a setuptools entry-point string."""
        for raw in text.splitlines():
            entry = raw.split("#", 1)[0].strip() if raw.lstrip().startswith("#") else raw.strip()
            if not entry:
                continue
            name, _, value = entry.partition("=")
            self.add(group, name.strip(), value.strip(), line)


def extra_requirements(extra: str, requirements: list[str]) -> list[str]:
    """Return requirements with the extra's marker that their wheel metadata would carry."""
    result = []
    for requirement in requirements:
        head, _, marker = requirement.partition(";")
        joined = f"({marker.strip()}) and extra == {extra!r}" if marker else f"extra == {extra!r}"
        result.append(f"{head.strip()} ; {joined}")
    return result
