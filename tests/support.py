"""What the tests share: environments, projects and archives laid out as real files."""

from __future__ import annotations

import contextlib
import io
import os
import subprocess
import sys
import tarfile
import venv
import zipfile
from collections.abc import Iterable, Mapping
from pathlib import Path
from unittest import mock

import pytest
from _pytest.mark import ParameterSet

from vplug.analysis.modules import ModuleFinder
from vplug.analysis.resolve import Resolver
from vplug.discovery.project import read_project
from vplug.discovery.target import Root, Target
from vplug.discovery.tree import FolderTree
from vplug.model import Distribution, EntryPoint, Origin, OriginKind

#: Variables that change what vplug says; no test inherits them from whoever runs it.
_FOREIGN = (
    "COLUMNS",
    "FORCE_COLOR",
    "NO_COLOR",
    "PYTHONHOME",
    "PYTHONPATH",
    "TERM",
    "VIRTUAL_ENV",
    "VLLM_PLUGINS",
    "VPLUG_DEBUG",
)


def clean_environment(**env: str) -> dict[str, str]:
    """This process's environment without what would colour a test, and with ``env``."""
    kept = {key: value for key, value in os.environ.items() if key not in _FOREIGN}
    return {**kept, **env}


def vplug(
    *args: str | Path, cwd: Path | None = None, **env: str
) -> subprocess.CompletedProcess[str]:
    """Run the command line in a process of its own, output captured."""
    return subprocess.run(
        [sys.executable, "-m", "vplug", *map(str, args)],
        cwd=cwd,
        env=clean_environment(**env),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )


def vplug_here(
    *args: str | Path, cwd: Path | None = None, **env: str
) -> subprocess.CompletedProcess[str]:
    """As :func:`vplug`, in this process: several times as fast, for what needs no process."""
    from vplug.cli.app import run

    words = [str(arg) for arg in args]
    out, err = (io.TextIOWrapper(io.BytesIO(), encoding="utf-8") for _ in range(2))
    status: object = None
    with (
        mock.patch.dict(os.environ, clean_environment(**env), clear=True),
        contextlib.chdir(cwd or Path.cwd()),
        contextlib.redirect_stdout(out),
        contextlib.redirect_stderr(err),
    ):
        try:
            run(words)
        except SystemExit as leaving:
            status = leaving.code
    texts = []
    for stream in (out, err):
        stream.flush()
        texts.append(stream.buffer.getvalue().decode())  # type: ignore[attr-defined]
    return subprocess.CompletedProcess(words, int(status or 0), *texts)  # type: ignore[call-overload]


def write(root: Path, files: Mapping[str, str | bytes]) -> Path:
    """Write files by ``/``-separated path below ``root``; return ``root``."""
    for name, content in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
    return root


def make_venv(root: Path, *, system: bool = False) -> Path:
    """Make a virtual environment without pip; return its interpreter."""
    venv.EnvBuilder(symlinks=os.name != "nt", with_pip=False, system_site_packages=system).create(
        root
    )
    return root / ("Scripts/python.exe" if os.name == "nt" else "bin/python")


def site_packages(root: Path) -> Path:
    """The site-packages folder of a virtual environment."""
    if os.name == "nt":
        return root / "Lib" / "site-packages"
    return root / "lib" / f"python{sys.version_info[0]}.{sys.version_info[1]}" / "site-packages"


def entry_points_text(groups: Mapping[str, Mapping[str, str]]) -> str:
    """The text of an ``entry_points.txt``."""
    return "\n".join(
        f"[{group}]\n" + "".join(f"{name} = {value}\n" for name, value in entries.items())
        for group, entries in groups.items()
    )


def lay_distribution(
    site: Path,
    name: str,
    version: str = "1.0",
    groups: Mapping[str, Mapping[str, str]] | None = None,
    *,
    folder: str | None = None,
    requires: Iterable[str] = (),
    record: Iterable[str] = (),
    files: Mapping[str, str | bytes] | None = None,
    extra: Mapping[str, str | bytes] | None = None,
) -> Path:
    """Lay an installed distribution's metadata (and files) into ``site``; return the folder.

    ``folder`` names the metadata folder where it is not the usual ``.dist-info``; ``extra`` holds
    further (or replaced) files in it.
    """
    info = site / (folder or f"{name.replace('-', '_')}-{version}.dist-info")
    egg = info.name.lower().endswith("egg-info")
    metadata = f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n"
    metadata += "".join(f"Requires-Dist: {item}\n" for item in requires)
    content: dict[str, str | bytes] = {"PKG-INFO" if egg else "METADATA": metadata}
    if groups is not None:
        content["entry_points.txt"] = entry_points_text(groups)
    listed = [*record, *(files or {})]
    if listed and not egg:
        content["RECORD"] = "".join(f"{path},,\n" for path in listed)
    write(info, {**content, **(extra or {})})
    write(site, files or {})
    return info


def make_wheel(path: Path, files: Mapping[str, str | bytes]) -> Path:
    """Write a zip with these members."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return path


def plugin_wheel(path: Path, **files: str | bytes) -> Path:
    """A small sound wheel of a general plugin; ``files`` replace or add members by path."""
    members: dict[str, str | bytes] = {
        "demo/__init__.py": "def register():\n    pass\n",
        "demo-1.0.dist-info/METADATA": "Metadata-Version: 2.1\nName: demo\nVersion: 1.0\n",
        "demo-1.0.dist-info/WHEEL": "Wheel-Version: 1.0\n",
        "demo-1.0.dist-info/entry_points.txt": "[vllm.general_plugins]\nmine = demo:register\n",
    }
    return make_wheel(path, {**members, **files})


def make_tar(
    path: Path,
    files: Mapping[str, str | bytes],
    links: Iterable[tuple[str, str, bytes]] = (),
    mode: str = "w:gz",
) -> Path:
    """Write a tar with these members, and links as ``(name, target, type)``."""
    with tarfile.open(path, mode) as archive:  # type: ignore[call-overload]
        for name, content in files.items():
            data = content.encode() if isinstance(content, str) else content
            info = tarfile.TarInfo(name)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
        for name, target, kind in links:
            info = tarfile.TarInfo(name)
            info.type = kind
            info.linkname = target
            archive.addfile(info)
    return path


def project(root: Path, files: Mapping[str, str | bytes]) -> Target:
    """Write a project and read it as vplug does."""
    return read_project(FolderTree(write(root, files)), "demo")


def resolver_of(root: Path, files: Mapping[str, str | bytes]) -> Resolver:
    """Write modules below ``root`` and return a resolver over them."""
    return Resolver(ModuleFinder([Root(FolderTree(write(root, files)))], 1))


def distribution(
    name: str, *points: tuple[str, str, str], version: str = "1.0", shadowed_by: str | None = None
) -> Distribution:
    """A distribution with entry points as ``(group, name, value)``."""
    return Distribution(
        name,
        version,
        Origin(OriginKind.ENVIRONMENT, f"/site/{name}-{version}.dist-info"),
        tuple(EntryPoint(*point) for point in points),
        shadowed_by=Origin(OriginKind.ENVIRONMENT, shadowed_by) if shadowed_by else None,
    )


def bug(reason: str) -> pytest.MarkDecorator:
    """A test that shows a known fault; it fails once the fault is mended, to be unmarked."""
    return pytest.mark.xfail(strict=True, reason=reason)


def cases(table: Iterable[str], bugs: Mapping[str, str] | None = None) -> list[ParameterSet]:
    """The names of a table as parameters, those in ``bugs`` (with a reason) expected to fail."""
    known = bugs or {}
    return [pytest.param(name, marks=bug(known[name]) if name in known else ()) for name in table]
