"""What rules VP5xx may know of one built file: its members, its metadata, what it is compared with."""

from __future__ import annotations

from collections.abc import Mapping
from email.message import Message
from email.parser import Parser
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from vplug.artifact import filenames, wheelfile
from vplug.artifact.members import Archive, ArchiveKind
from vplug.discovery.target import Target
from vplug.errors import Unreadable, VplugError
from vplug.model import Location, OriginKind
from vplug.rules.verdict import Skip

if TYPE_CHECKING:
    from vplug.rules.evidence import Evidence

#: What public indexes take of one file: MAX_FILESIZE of Warehouse's constants.py, in MiB.
DEFAULT_LIMIT = 100


class Built:
    """One wheel or sdist.

    Args:
        path: the file.
        evidence: of the opened file; ``None`` opens it when asked for.
        source: the project that it was built from, or ``None``.
        sdist: where this is a wheel, the sdist of the same release, or ``None``.
        twin: the same file, built a second time; ``None`` where it was not.
        beside: the other files that are judged with it.
        config: ``[tool.vplug]`` of the project.
    """

    def __init__(
        self,
        path: Path,
        *,
        evidence: Evidence | None = None,
        source: Target | None = None,
        sdist: Target | None = None,
        twin: Path | None = None,
        beside: tuple[Path, ...] = (),
        config: Mapping[str, Any] | None = None,
    ) -> None:
        self.path = path
        self.source = source
        self.sdist = sdist
        self.twin = twin
        self.beside = beside
        self.config = config or {}
        self._evidence = evidence
        self.fault: VplugError | None = None
        self._archive: Archive | None = None
        try:
            self._archive = Archive(path)
        except (OSError, Unreadable) as error:
            known = isinstance(error, Unreadable)
            self.fault = error if known else Unreadable(f"{path.name} cannot be read: {error}")  # type: ignore[assignment]

    @classmethod
    def of(cls, evidence: Evidence) -> Built:
        """Return the built file that evidence is about; skips for what was not built."""
        target = evidence.target
        if target.kind not in (OriginKind.WHEEL, OriginKind.SDIST):
            raise Skip("it speaks of wheels and sdists")
        config = target.config if isinstance(target.config, dict) else {}
        return cls(Path(target.distribution.origin.path), evidence=evidence, config=config)

    @property
    def archive(self) -> Archive:
        """Its members; skips where it cannot be read."""
        if self._archive is None:
            raise Skip("the file cannot be read (VP501)")
        return self._archive

    @property
    def is_wheel(self) -> bool:
        """Whether it is a wheel; skips where it cannot be read."""
        return self.archive.kind is ArchiveKind.WHEEL

    def wheel_only(self) -> None:
        """Raise :class:`Skip` for an sdist."""
        if not self.is_wheel:
            raise Skip("it speaks of wheels")

    @cached_property
    def evidence(self) -> Evidence:
        """Evidence of it as a target; skips where it cannot be opened as one."""
        if self._evidence is None:
            from vplug.discovery.archive import read_sdist, read_wheel
            from vplug.rules.evidence import Evidence

            reader = read_wheel if self.is_wheel else read_sdist
            try:
                self._evidence = Evidence(reader(self.path, str(self.path)))
            except VplugError as error:
                raise Skip(f"it cannot be opened: {error.message}") from error
        return self._evidence

    @property
    def target(self) -> Target:
        """It as a target; skips where it cannot be opened as one."""
        return self.evidence.target

    @cached_property
    def info(self) -> str:
        """The folder of a wheel's metadata, without a closing slash; skips where there is not one."""
        self.wheel_only()
        found = sorted(
            {p.partition("/")[0] for p in self.archive.paths if ".dist-info/" in p}
            & {top for top in self.archive.tops if top.endswith(".dist-info")}
        )
        if len(found) != 1:
            raise Skip("the wheel has no single *.dist-info folder (VP505)")
        return found[0]

    @cached_property
    def top(self) -> str:
        """The one top folder of an sdist; skips where there is not one."""
        if self.is_wheel:
            raise Skip("it speaks of sdists")
        if len(self.archive.tops) != 1:
            raise Skip("the sdist has no single top folder (VP508)")
        return self.archive.tops[0]

    @property
    def metadata_path(self) -> str:
        """The member that holds its metadata."""
        return f"{self.info}/METADATA" if self.is_wheel else f"{self.top}/PKG-INFO"

    @cached_property
    def metadata_bytes(self) -> bytes:
        """Its metadata as it stands; skips where it has none."""
        return self.member(self.metadata_path)

    @cached_property
    def metadata(self) -> Message:
        """Its metadata; skips where it has none."""
        return Parser().parsestr(self.metadata_bytes.decode("utf-8", errors="replace"))

    @cached_property
    def wheel(self) -> wheelfile.WheelFile:
        """Its ``WHEEL`` file; skips where it has none."""
        text = self.member(f"{self.info}/WHEEL")
        return wheelfile.parse(text.decode("utf-8", errors="replace"))

    @cached_property
    def named(self) -> filenames.FileName:
        """What its file name says; skips where that is no valid name."""
        try:
            return filenames.parse(self.path.name)
        except ValueError as error:
            raise Skip("its file name is not valid (VP503)") from error

    def member(self, path: str) -> bytes:
        """Return a member's bytes; skips where it is missing or damaged."""
        try:
            data = self.archive.read(path)
        except Unreadable as error:
            raise Skip(error.message) from error
        if data is None:
            raise Skip(f"there is no {path} (VP505)")
        return data

    def inner(self, path: str) -> str:
        """Return a member's path as the project would name it: below an sdist's top folder."""
        return path if self.is_wheel else path.partition("/")[2] or path

    def at(self, path: str, line: int | None = None) -> Location:
        """Return a member's place."""
        return Location(self.inner(path), line)
