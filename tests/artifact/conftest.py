"""A small plugin's wheel, sdist and project, made by hand, with whatever is to be wrong in them."""

from __future__ import annotations

import base64
import hashlib
import io
import tarfile
import warnings
import zipfile
from pathlib import Path

import pytest

INFO = "mine-1.0.dist-info"
PYPROJECT = """\
[build-system]
requires = ["hatchling"]
build-backend = "hatchling.build"

[project]
name = "mine"
version = "1.0"

[project.entry-points."vllm.general_plugins"]
mine = "mine:register"
"""
METADATA = """\
Metadata-Version: 2.4
Name: mine
Version: 1.0
License-Expression: MIT
License-File: LICENSE
Description-Content-Type: text/markdown

# Mine
"""
WHEEL = "Wheel-Version: 1.0\nGenerator: tests\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
ENTRY_POINTS = "[vllm.general_plugins]\nmine = mine:register\n"
CODE = {
    "mine/__init__.py": "from mine.ops import work\n\n\ndef register():\n    work()\n",
    "mine/ops.py": "def work():\n    pass\n",
}
MEMBERS = {
    **CODE,
    f"{INFO}/METADATA": METADATA,
    f"{INFO}/WHEEL": WHEEL,
    f"{INFO}/entry_points.txt": ENTRY_POINTS,
    f"{INFO}/licenses/LICENSE": "MIT\n",
}
SOURCES = {"pyproject.toml": PYPROJECT, "LICENSE": "MIT\n", **CODE}


class Maker:
    """Makes built files of the plugin; a member given as ``None`` is left out."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def wheel(
        self,
        changes: dict[str, str | bytes | None] | None = None,
        name: str = "mine-1.0-py3-none-any.whl",
        *,
        after: dict[str, str | bytes] | None = None,
        modes: dict[str, int] | None = None,
        time: tuple[int, ...] = (2020, 2, 2, 0, 0, 0),
    ) -> Path:
        """Write a wheel; what ``after`` holds is put in once RECORD is made, against its word."""
        members = {**MEMBERS, **(changes or {})}
        kept = {
            path: text.encode() if isinstance(text, str) else text
            for path, text in members.items()
            if text is not None
        }
        rows = [f"{path},sha256={_digest(data)},{len(data)}" for path, data in kept.items()]
        if f"{INFO}/RECORD" not in members:
            kept[f"{INFO}/RECORD"] = "\n".join([*rows, f"{INFO}/RECORD,,", ""]).encode()
        path = self._place(name)
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            for member, data in [*kept.items(), *(after or {}).items()]:
                info = zipfile.ZipInfo(member, time)
                info.external_attr = (modes or {}).get(member, 0o100644) << 16
                info.create_system = 3
                with warnings.catch_warnings():
                    warnings.simplefilter("ignore")  # a member twice is what a case wants
                    archive.writestr(info, data)
        return path

    def sdist(
        self,
        changes: dict[str, str | bytes | None] | None = None,
        name: str = "mine-1.0.tar.gz",
        *,
        top: str = "mine-1.0/",
        odd: tuple[tarfile.TarInfo, ...] = (),
        mtime: int = 0,
    ) -> Path:
        """Write an sdist; ``odd`` members are put in as they are."""
        members = {**SOURCES, "PKG-INFO": METADATA, **(changes or {})}
        path = self._place(name)
        with tarfile.open(path, "w:gz") as archive:
            for member, text in members.items():
                if text is None:
                    continue
                data = text.encode() if isinstance(text, str) else text
                info = tarfile.TarInfo(f"{top}{member}")
                info.size, info.mtime = len(data), mtime
                archive.addfile(info, io.BytesIO(data))
            for info in odd:
                archive.addfile(info)
        return path

    def project(self, changes: dict[str, str | None] | None = None) -> Path:
        """Write the project's folder."""
        folder = self.folder / "project"
        for member, text in {**SOURCES, **(changes or {})}.items():
            if text is not None:
                (folder / member).parent.mkdir(parents=True, exist_ok=True)
                (folder / member).write_text(text)
        return folder

    def _place(self, name: str) -> Path:
        # Equal names beside each other: a twin lies in a folder of its own.
        number = 0
        while (folder := self.folder / f"dist{number or ''}").joinpath(name).exists():
            number += 1
        folder.mkdir(exist_ok=True)
        return folder / name


def _digest(data: bytes) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode()


def member(name: str, kind: bytes = tarfile.REGTYPE, link: str = "", mode: int = 0o644):
    """Return a tar's member without contents."""
    info = tarfile.TarInfo(name)
    info.type, info.linkname, info.mode = kind, link, mode
    return info


@pytest.fixture
def make(tmp_path: Path) -> Maker:
    return Maker(tmp_path)


@pytest.fixture
def tar_member():
    return member
