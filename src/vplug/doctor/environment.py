"""What is installed and what of it does not fit together, from metadata alone."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from vplug.discovery.environment import Environment
from vplug.doctor.surroundings import Surroundings
from vplug.model import Duplicate, EnvironmentFacts, Unmet, normalize_name

if TYPE_CHECKING:
    from packaging.requirements import Requirement

#: Distributions whose doubles matter though they are no plugins.
_WATCHED = frozenset({"vllm", "torch", "transformers", "triton"})
#: What a distribution's name or local version says of its build (names on package indexes, and
#: the suffixes that vLLM's setup.py gives: `+cpu`, `+cu129`, `+rocm641`, `+xpu`, `+tpu`).
_VARIANT = re.compile(r"(?:^|[-+.])(cpu|cu\d+|rocm\d*|xpu|tpu|hpu|neuron|metal|ascend)")


def environment_facts(
    surroundings: Surroundings, python: str | None = None, option: str = ""
) -> EnvironmentFacts:
    """Return the facts of an environment.

    Args:
        surroundings: the environment.
        python: its Python's version, where it is known.
        option: the option that names it on vplug's command line.
    """
    vllm = surroundings.installed.vllm
    versions = surroundings.versions
    torch = versions.get("torch")
    return EnvironmentFacts(
        label=surroundings.environment.label,
        python=python or python_version(surroundings.environment),
        vllm=vllm.distribution if vllm is not None else None,
        vllm_version=vllm.version if vllm is not None else None,
        vllm_path=vllm.folder if vllm is not None else None,
        vllm_variant=_variant(vllm.distribution, vllm.version) if vllm is not None else None,
        stand_in=vllm.stand_in if vllm is not None else None,
        named_vllm=versions.get("vllm"),
        torch=torch,
        torch_build=torch.partition("+")[2] or None if torch is not None else None,
        unmet=tuple(_unmet(surroundings)),
        duplicates=tuple(_duplicates(surroundings)),
        hooks=surroundings.environment.hooks,
        unreadable=tuple(_unreadable(surroundings)),
        rivals=vllm.rivals if vllm is not None else (),
        option=option,
    )


_HOLDS_VERSION = re.compile(r"^version(?:_info)?\s*=\s*(\d+\.\d+(?:\.\d+)?)", re.MULTILINE)
_FOLDER = re.compile(r"[/\\]python(3\.\d+)(?=[/\\]|$)")


def python_version(environment: Environment) -> str | None:
    """Return the version of an environment's Python as its files tell it; ``None`` where none does.

    A virtual environment's ``pyvenv.cfg`` has it whole, the folders below ``lib/python3.11`` in part.
    """
    label = Path(environment.label)
    for folder in (label, *label.parents[:2]):
        try:
            text = (folder / "pyvenv.cfg").read_text(encoding="utf-8", errors="replace")
        except OSError:
            continue
        found = _HOLDS_VERSION.search(text)
        if found is not None:
            return found[1]
    for path in (*environment.site_folders, *environment.paths):
        found = _FOLDER.search(path)
        if found is not None:
            return found[1]
    return None


def _unreadable(surroundings: Surroundings) -> Iterator[tuple[str, str]]:
    """What importing and ``importlib.metadata`` would not read, or would stumble over."""
    for path in surroundings.environment.paths:
        try:
            os.scandir(path).close()
        except PermissionError as error:
            yield path, f"{error.strerror}: what is installed there cannot be told"
        except OSError:
            continue  # no folder, or none any more
    for path, reason in surroundings.installed.unreadable:
        if os.access(os.path.join(path, "entry_points.txt"), os.R_OK):  # noqa: PTH118
            yield path, f"{reason}: vLLM's own look for plugins ends in that"
        else:
            # `PathDistribution.read_text` passes over what may not be read (Python 3.11 to 3.14).
            yield path, f"{reason}: its plugins are passed over without a word"
    for distribution in surroundings.installed.distributions:
        for entry_point in distribution.entry_points:
            place = entry_point.location
            if entry_point.value or place is None or distribution.shadowed_by is not None:
                continue
            if not _has_sign(place.path, place.line or 0):
                reason = "a line without `=`: vLLM's own look for plugins ends in TypeError"
                yield f"{place.path}:{place.line}", reason


def _has_sign(path: str, number: int) -> bool:
    try:
        lines = Path(path).read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return True
    return number > len(lines) or "=" in lines[number - 1]


def _variant(name: str | None, version: str | None) -> str | None:
    for text in (
        name,
        (version or "").partition("+")[2] and f"+{(version or '').partition('+')[2]}",
    ):
        found = _VARIANT.search(text or "")
        if found is not None:
            return found[1]
    return None


def _unmet(surroundings: Surroundings) -> list[Unmet]:
    from packaging.requirements import InvalidRequirement, Requirement

    found = []
    own = surroundings.installed.vllm
    for distribution in surroundings.installed.distributions:
        if distribution.shadowed_by is not None or distribution.name is None:
            continue
        if own is not None and distribution.name == own.distribution:
            continue
        for text in distribution.requires:
            try:
                requirement = Requirement(text)
            except InvalidRequirement:
                continue
            if requirement.marker is not None and not _applies(requirement):
                continue
            name = normalize_name(requirement.name)
            version = surroundings.versions.get(name)
            if name == "vllm" and version is None and own is not None:
                version = own.version  # another distribution provides the package
            if version is None:
                found.append(Unmet(distribution.name, text, None))
            elif not _meets(requirement, version):
                found.append(Unmet(distribution.name, text, version))
    return found


def _applies(requirement: Requirement) -> bool:
    """Whether a marker holds, extras left out.

    Markers are evaluated for the running interpreter; only those on ``extra`` are told apart from it.
    """
    assert requirement.marker is not None  # noqa: S101 - the caller looked
    return requirement.marker.evaluate({"extra": ""})


def _meets(requirement: Requirement, version: str) -> bool:
    from packaging.version import InvalidVersion, Version

    try:
        return requirement.specifier.contains(Version(version), prereleases=True)
    except InvalidVersion:
        return True  # nobody can compare it


def _duplicates(surroundings: Surroundings) -> list[Duplicate]:
    watched = _WATCHED | {
        distribution.normalized_name
        for distribution in surroundings.installed.distributions
        if distribution.normalized_name is not None
    }
    places: dict[str, list[str]] = {}
    seen: set[str] = set()
    for path in surroundings.environment.paths:
        real = os.path.realpath(path)
        if real in seen:  # lib64 is often a link to lib
            continue
        seen.add(real)
        for name in surroundings.names_in(path):
            if not name.endswith((".dist-info", ".egg-info")):
                continue
            project = normalize_name(name.rpartition(".")[0].partition("-")[0])
            if project in watched:
                places.setdefault(project, []).append(f"{path}{os.sep}{name}")
    return [Duplicate(name, tuple(paths)) for name, paths in places.items() if len(paths) > 1]
