"""A release's files to its surface."""

from __future__ import annotations

import gc
from collections.abc import Mapping

from vplug.contracts.classes import class_surface
from vplug.contracts.curated import CLASSES, FUNCTIONS
from vplug.contracts.functions import function_surface
from vplug.contracts.loaderfacts import loader_surface
from vplug.contracts.package import Package
from vplug.contracts.surface import ClassSurface, FunctionSurface, Surface
from vplug.errors import Unreadable


def extract(
    files: Mapping[str, bytes], release: str, source: str = "checkout", digest: str = "-"
) -> Surface:
    """Return the surface of one release.

    Args:
        files: by path: the Python files of the package (``vllm/…``) and, where there are any,
            ``pyproject.toml`` and ``PKG-INFO`` or ``METADATA``.
        release: its number.
        source: what the files were taken from.
        digest: the source archive's sha256, or ``-``.

    Raises:
        Unreadable: there is no ``vllm/__init__.py`` among them.
    """
    if "vllm/__init__.py" not in files:
        raise Unreadable(
            "there is no vllm/__init__.py in it: it does not hold vLLM's sources",
            "give vLLM's sdist, a wheel, a source checkout or an environment that has vLLM",
        )
    enabled = gc.isenabled()
    gc.disable()  # syntax trees are many objects without cycles: collecting them costs a third more
    try:
        package = Package(files)
        modules = {name: package.surface(name) for name in sorted(package.modules)}
        classes: dict[str, ClassSurface] = {}
        for curated in CLASSES:
            for name in curated.names:
                found = class_surface(package, name)
                taken = {known.name for known in classes.values()}
                if found is not None and found.name not in taken:
                    classes[curated.key] = found
                    break
        functions: dict[str, FunctionSurface] = {}
        for wanted in FUNCTIONS:
            for name in wanted.names:
                function = function_surface(package, name)
                if function is not None:
                    functions[wanted.key] = function
                    break
        loader = loader_surface(package, files)
    finally:
        if enabled:
            gc.enable()
    return Surface(release, source, digest, modules, classes, functions, loader)
