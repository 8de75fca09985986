"""Files that a wheel lays into a package of another distribution, as pip does it.

A wheel may hold ``vllm/acme/__init__.py`` and no ``vllm/__init__.py``: installed into the environment it
is a part of vLLM's package. In a folder of its own it would never be found, for the import system takes a
package with an ``__init__.py`` anywhere on the path before a folder without one.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

#: Takes the place of a package: its code, its files, and beside them those that were laid into it.
_STAND_IN = '''\
"""Written by vplug: the package below, with what was laid into it in front."""
import importlib.machinery as _machinery
import os as _os

__file__ = {file!r}
__path__ = [_os.path.dirname(__spec__.origin), _os.path.dirname(__file__)]
__loader__ = _machinery.SourceFileLoader(__name__, __file__)
__spec__ = _machinery.ModuleSpec(__name__, __loader__, origin=__file__, is_package=True)
__spec__.has_location = True
__spec__.submodule_search_locations = __path__
exec(__loader__.get_code(__name__), globals())
'''


def lay_into(folder: Path, paths: Iterable[str]) -> None:
    """Make what was installed into ``folder`` part of the packages on ``paths`` that it belongs to."""
    roots = [Path(path) for path in paths]
    for top in _folders(folder):
        for root in roots:
            if (root / top.name / "__init__.py").is_file():
                _lay(top, root / top.name)
                break


def additions(folder: Path) -> tuple[str, ...]:
    """Return the modules and packages that a top folder adds to another distribution's package.

    Empty where the folder is a package of its own.
    """
    if not _is_stand_in(folder):
        return ()
    found: list[str] = []
    for item in sorted(folder.iterdir()):
        name = f"{folder.name}.{item.name.partition('.')[0]}"
        if item.is_dir() and _is_stand_in(item):
            found += [f"{folder.name}.{inner}" for inner in additions(item)]
        elif item.name not in ("__init__.py", "__pycache__"):
            found.append(name)
    return tuple(dict.fromkeys(found))


def _lay(folder: Path, package: Path) -> None:
    if (folder / "__init__.py").exists():
        return  # it takes the package's place: so it would, installed
    for inner in _folders(folder):
        if (package / inner.name / "__init__.py").is_file():
            _lay(inner, package / inner.name)
    file = str(package / "__init__.py")
    (folder / "__init__.py").write_text(_STAND_IN.format(file=file), encoding="utf-8")


def _folders(folder: Path) -> list[Path]:
    return [item for item in folder.iterdir() if item.is_dir() and item.name.isidentifier()]


def _is_stand_in(folder: Path) -> bool:
    try:
        with (folder / "__init__.py").open(encoding="utf-8") as file:
            return file.readline() == _STAND_IN.partition("\n")[0] + "\n"
    except (OSError, UnicodeDecodeError):
        return False
