"""Makes the store from the index: ``python -m vplug.contracts.make --releases all --out FOLDER``."""

from __future__ import annotations

import argparse
import concurrent.futures
import functools
import hashlib
import json
import os
import sys
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from packaging.version import InvalidVersion, Version

from vplug.contracts.extract import extract
from vplug.contracts.files import from_sdist, from_wheel, pack, unpack
from vplug.contracts.history import History
from vplug.contracts.index import OLDEST, IndexFile, fetch, final_releases, list_files
from vplug.contracts.place import write_folder
from vplug.contracts.ranges import RangeReader
from vplug.contracts.releases import in_order
from vplug.contracts.surface import Surface
from vplug.contracts.writing import write
from vplug.errors import UsageFault, VplugError


def surface_from_index(file: IndexFile, cache: Path | None = None) -> Surface:
    """Return the surface of one release on the index.

    Args:
        file: its sdist or a wheel of it.
        cache: where the Python files of releases and their surfaces are kept between runs. An
            archive found in its ``downloads`` is used instead of fetching, if its hash is right.

    Raises:
        VplugError: it can't be fetched or read.
    """
    release = str(file.version)
    source = "sdist" if file.is_sdist else "wheel"
    # A surface holds as long as the extraction is the same code and the archive the same file.
    stamp = hashlib.sha256(f"{extraction_digest()} {file.sha256} {file.name}".encode()).hexdigest()[
        :16
    ]
    kept = cache / "surfaces" / f"{release}-{stamp}.json" if cache is not None else None
    if kept is not None and kept.is_file():
        try:
            return Surface.from_json(json.loads(kept.read_bytes()))
        except (ValueError, KeyError, TypeError):
            kept.unlink()
    surface = extract(_files(file, cache), release, source, file.sha256 or "-")
    if kept is not None:
        _keep(kept, json.dumps(surface.as_json()).encode())
    return surface


def _files(file: IndexFile, cache: Path | None) -> dict[str, bytes]:
    packed = cache / "sources" / f"{file.name}.{(file.sha256 or '-')[:16]}.zip" if cache else None
    if packed is not None and packed.is_file():
        return unpack(packed)
    local = cache / "downloads" / file.name if cache is not None else None
    if not file.is_sdist:
        with RangeReader(file.url) as reader:
            import io

            files = from_wheel(io.BufferedReader(reader, 1 << 20), file.name)
    elif local is not None and local.is_file() and _is_whole(local, file):
        with local.open("rb") as handle:
            files = from_sdist(handle, file.name)
    else:
        with fetch(file) as handle:
            files = from_sdist(handle, file.name)
    if packed is not None:
        _keep(packed, pack(files))
    return files


def _is_whole(path: Path, file: IndexFile) -> bool:
    with path.open("rb") as handle:
        return hashlib.file_digest(handle, "sha256").hexdigest() == file.sha256


def _keep(path: Path, data: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    beside.write_bytes(data)
    beside.replace(path)


@functools.cache
def extraction_digest() -> str:
    """Return a digest of the code that extraction runs: what makes a cached surface stale.

    Taken once, when the code was loaded: somebody may be editing it meanwhile.
    """
    here = Path(__file__).parent
    names = (
        "classes", "curated", "curated_built_in", "extract", "functions", "generated", "lazynames",
        "loaderfacts", "package", "scope", "surface", "wording",
    )  # fmt: skip
    digest = hashlib.sha256()
    for name in names:
        digest.update((here / f"{name}.py").read_bytes())
    return digest.hexdigest()


def history_of(surfaces: Iterable[Surface]) -> History:
    """Return the releases merged, whatever order they come in."""
    by_release = {surface.release: surface for surface in surfaces}
    history = History()
    for release in in_order(by_release):
        history.insert(by_release[release])
    return history


def make(
    chosen: dict[str, IndexFile],
    out: Path,
    cache: Path | None = None,
    *,
    jobs: int = 2,
    tell: Callable[[str], None] = lambda _: None,
) -> History:
    """Write the store of the ``chosen`` releases to ``out``, replacing what is there.

    Raises:
        VplugError: a release can't be fetched or read; ``out`` is as it was.
    """
    surfaces: list[Surface] = []
    extraction_digest()
    with concurrent.futures.ProcessPoolExecutor(jobs) as pool:
        running = {
            pool.submit(surface_from_index, file, cache): release
            for release, file in chosen.items()
        }
        for done in concurrent.futures.as_completed(running):
            surfaces.append(done.result())
            tell(f"{running[done]}: {len(surfaces[-1].modules):,} modules")
    history = history_of(surfaces)
    write_folder(out, write(history))
    return history


def choose(wanted: str, available: dict[str, IndexFile]) -> dict[str, IndexFile]:
    """Return the releases that ``wanted`` names: ``all``, or numbers with commas between.

    Raises:
        UsageFault: one of them is not on the index.
    """
    if wanted == "all":
        return available
    names = [name.strip() for name in wanted.split(",") if name.strip()]
    known = {Version(name): name for name in available}
    taken = [known.get(_version(name)) for name in names]
    unknown = [name for name, found in zip(names, taken, strict=True) if found is None]
    old = [name for name in unknown if _version(name) < Version(OLDEST)]
    if old:
        raise UsageFault(
            f"vLLM {', '.join(old)} is older than the contracts, which begin at {OLDEST}",
            "vplug knows nothing of plugins for it",
        )
    if unknown or not names:
        raise UsageFault(
            f"the index has no final release {', '.join(unknown) or wanted!r}",
            "give release numbers, such as 0.32.0",
        )
    return {name: available[name] for name in taken if name is not None}


def _version(text: str) -> Version:
    """What a person names as a release; one that was never made where it is no version."""
    try:
        return Version(text)
    except InvalidVersion:
        return Version("99999")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the maker; return its exit status."""
    parser = argparse.ArgumentParser(prog="python -m vplug.contracts.make", description=__doc__)
    parser.add_argument("--releases", default="all", help="all, or release numbers with commas")
    parser.add_argument("--out", type=Path, required=True, help="the store's folder")
    parser.add_argument("--cache", type=Path, help="where sources and surfaces are kept")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    options = parser.parse_args(arguments)
    try:
        chosen = choose(options.releases, final_releases(list_files()))
        history = make(
            chosen,
            options.out,
            options.cache,
            jobs=options.jobs,
            tell=lambda line: print(line, file=sys.stderr),  # noqa: T201
        )
    except VplugError as error:
        print(f"error: {error.message}", file=sys.stderr)  # noqa: T201
        if error.hint:
            print(f"hint: {error.hint}", file=sys.stderr)  # noqa: T201
        return int(error.status)
    print(f"{len(history.releases.names)} releases", file=sys.stderr)  # noqa: T201
    return 0


if __name__ == "__main__":
    sys.exit(main())
