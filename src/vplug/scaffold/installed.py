"""Whether a name is taken by something installed here; nothing is imported to find out."""

from __future__ import annotations

import importlib.util
import json
from importlib import metadata
from pathlib import Path
from urllib.parse import unquote, urlsplit
from urllib.request import url2pathname

from vplug.errors import UsageFault


def check_package_is_free(package: str, destination: Path) -> None:
    """Refuse a package that would shadow one installed here, unless it lies in ``destination``.

    A project scaffolded before and installed from there is no stranger to itself.

    Raises:
        UsageFault: an importable module has that name.
    """
    try:
        # For a top-level name, find_spec asks the finders and imports nothing.
        spec = importlib.util.find_spec(package)
    except (ImportError, ValueError):
        return
    # A namespace package is any folder of that name on sys.path, the current one among them.
    if spec is None or spec.origin is None:
        return
    origin = Path(spec.origin)
    if origin.is_absolute() and origin.resolve().is_relative_to(destination.resolve()):
        return
    raise UsageFault(
        f"{package!r} cannot be the import package: a module of that name is installed here",
        f"it comes from {spec.origin}; give another name with --package",
    )


def check_distribution_is_free(name: str, destination: Path) -> None:
    """Refuse the name of a distribution installed here from elsewhere than ``destination``.

    Installing the new project would uninstall it.

    Raises:
        UsageFault: there is one.
    """
    try:
        found = metadata.distribution(name)
    except metadata.PackageNotFoundError:
        return
    source = _source_folder(found)
    if source is not None and source.resolve() == destination.resolve():
        return
    raise UsageFault(
        f"{name!r} cannot be the distribution's name: one of that name is installed here, "
        f"version {found.version}",
        "installing the new project would replace it; give another name with --name",
    )


def _source_folder(distribution: metadata.Distribution) -> Path | None:
    """Return the local folder a distribution was installed from (direct_url.json, PEP 610)."""
    try:
        url = json.loads(distribution.read_text("direct_url.json") or "null")["url"]
    except (KeyError, TypeError, ValueError):
        return None
    parts = urlsplit(str(url))
    return Path(url2pathname(unquote(parts.path))) if parts.scheme == "file" else None
