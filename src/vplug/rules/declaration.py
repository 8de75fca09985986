"""VP101, VP102, VP105 to VP108: what the metadata declares."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence

from vplug.artifact.litter import STRAY_FOLDERS
from vplug.discovery.target import Declaration, Target
from vplug.loader import group_of, is_meant_for_vllm, misspelt_group, nearest_group, unread_text
from vplug.loader.names import GENERIC_PACKAGES
from vplug.model import EntryPoint, Location, OriginKind, Plugin, Severity, normalize_name
from vplug.rules.evidence import PluginEvidence
from vplug.rules.verdict import CannotTell, Fault, Skip


def unknown_group(target: Target) -> Iterator[Fault]:
    """An entry-point group that no vLLM release reads.

    ## What it does
    Reports entry points in a group that begins with `vllm.` or nearly equals one of vLLM's groups,
    but is none of them. The nearest real group is suggested. A group that begins with another
    package's name, such as `vllm_omni.`, is for that package to read.

    ## Why is this bad?
    vLLM asks for its groups by exact name. Entry points in any other group are never loaded, and
    nothing says so. Where no real group is near, the finding is a warning: another package may read
    the group.

    ## Example
    ```toml
    [project.entry-points."vllm.plugins"]
    my_plugin = "my_plugin:register"
    ```
    Use instead:
    ```toml
    [project.entry-points."vllm.general_plugins"]
    my_plugin = "my_plugin:register"
    ```
    """
    for entry_point in target.distribution.entry_points:
        group = entry_point.group
        if group_of(group) is not None:
            continue
        if not is_meant_for_vllm(group):
            continue
        near = nearest_group(group) if group.startswith("vllm.") else misspelt_group(group)
        message, hint = unread_text(entry_point, near)
        yield Fault(
            message,
            entry_point.location,
            hint,
            None if near is not None else Severity.WARNING,
        )


def invalid_entry_point(plugin: PluginEvidence) -> Iterator[Fault]:
    """An entry point whose value Python cannot load.

    ## What it does
    Reports values that are not an object reference, `module` or `module:attribute`, with dotted
    Python identifiers on both sides.

    ## Why is this bad?
    `EntryPoint.load()` raises before any module is imported. vLLM logs that and skips the plugin;
    some build backends refuse to build.

    ## Example
    ```toml
    my_plugin = "my-plugin.register()"
    ```
    Use instead:
    ```toml
    my_plugin = "my_plugin:register"
    ```
    """
    entry_point = plugin.entry_point
    if entry_point.is_valid:
        return
    if not entry_point.value:
        message = f"{entry_point.name} has no value"
    else:
        message = f"{entry_point.value!r} is no object reference"
    yield Fault(message, entry_point.location, "write it as module:function, both dotted names")


def malformed_entry_points(target: Target) -> Iterator[Fault]:
    """An entry-point table or value that no build backend accepts.

    ## What it does
    Reports groups that are not tables, values that are not text, and group names that were not quoted
    in TOML.

    ## Why is this bad?
    The project cannot be built. An unquoted group is the usual case: TOML takes its dots for nested
    tables.

    ## Example
    ```toml
    [project.entry-points.vllm.general_plugins]
    mine = "my_plugin:register"
    ```
    Use instead:
    ```toml
    [project.entry-points."vllm.general_plugins"]
    mine = "my_plugin:register"
    ```
    """
    for item in target.malformed:
        yield Fault(item.reason, item.location)


def duplicate_name(target: Target) -> Iterator[Fault]:
    """The same name twice in one group of one project.

    ## What it does
    Reports a second entry point of the same name in the same group.

    ## Why is this bad?
    vLLM collects the entry points of a group into a dictionary by name: both are imported, and only
    the last is used.

    ## Example
    ```python
    entry_points={"vllm.general_plugins": ["mine = a:register", "mine = b:register"]}
    ```
    Use instead:
    ```python
    entry_points={"vllm.general_plugins": ["mine_a = a:register", "mine_b = b:register"]}
    ```
    """
    seen: dict[tuple[str, str], EntryPoint] = {}
    for entry_point in target.distribution.entry_points:
        key = (entry_point.group, entry_point.name)
        first = seen.setdefault(key, entry_point)
        if first is not entry_point and entry_point.group.startswith("vllm."):
            yield Fault(
                f"{entry_point.name!r} is declared twice in {entry_point.group}: "
                f"{first.value} is lost, {entry_point.value} is kept",
                entry_point.location,
                "give each its own name",
            )


def name_taken_in_environment(target: Target, installed: Sequence[Plugin]) -> Iterator[Fault]:
    """Another installed distribution declares the same name in the same group.

    ## What it does
    Compares the target's entry points with those of the environment (the running one, or that of
    `--python` or `--prefix`), vLLM's own included.

    ## Why is this bad?
    vLLM keeps one plugin for a name: the one found last, which depends on the order of folders.
    Logits processors are the exception: they are kept in a list.

    ## Example
    ```toml
    [project.entry-points."vllm.general_plugins"]
    lora_filesystem_resolver = "my_plugin:register"  # vLLM ships one of this name
    ```
    Use instead:
    ```toml
    my_lora_resolver = "my_plugin:register"
    ```
    """
    mine = target.distribution.normalized_name
    taken = {
        (plugin.group, plugin.name): plugin
        for plugin in installed
        if plugin.distribution.normalized_name != mine
    }
    for entry_point in target.distribution.entry_points:
        other = taken.get((entry_point.group, entry_point.name))
        group = group_of(entry_point.group)
        if other is not None and group is not None and group.by_name:
            yield Fault(
                f"{other.distribution.label} also declares {entry_point.name!r} in "
                f"{entry_point.group}: vLLM keeps only one of the two",
                entry_point.location,
                "choose a name that begins with your project's",
            )


def generic_top_level_package(target: Target) -> Iterator[Fault]:
    """A top-level package with a name that any project might use.

    ## What it does
    Reports plugins that live in a top-level package called `plugins`, `models`, `utils`, `tests`
    and the like; in a wheel, every such package.

    ## Why is this bad?
    All distributions share one namespace. A second project with the same idea overwrites the first
    one's files, or hides them on `sys.path`; in a folder with a `plugins` directory of its own, that
    is imported instead.

    ## Example
    ```toml
    my_plugin = "plugins.mine:register"
    ```
    Use instead:
    ```toml
    my_plugin = "my_plugin.plugins.mine:register"
    ```
    """
    found: dict[str, Location | None] = {}
    for entry_point in target.distribution.entry_points:
        top = entry_point.module.partition(".")[0]
        if top in GENERIC_PACKAGES and entry_point.group.startswith("vllm."):
            found.setdefault(top, entry_point.location)
    if target.kind is OriginKind.WHEEL:
        for name in target.tree.listdir(""):
            # VP520 tells of tests, docs and the like, which nothing should install.
            if name in GENERIC_PACKAGES - STRAY_FOLDERS and _holds_python(target, name):
                found.setdefault(name, Location(name))
    for name, location in found.items():
        yield Fault(
            f"the top-level package {name!r} can clash with any other project's",
            location,
            f"move it under a package of your own name, e.g. {_own_package(target)}.{name}",
        )


def _holds_python(target: Target, folder: str) -> bool:
    return any(name.endswith(".py") for name in target.tree.listdir(folder))


def _own_package(target: Target) -> str:
    return normalize_name(target.distribution.name or "your_project").replace("-", "_")


def conflicting_declarations(target: Target) -> Iterator[Fault]:
    """Two files of the project declare different entry points.

    ## What it does
    Compares the vLLM entry points in `pyproject.toml`, `setup.py` and `setup.cfg`, and reports those
    that stand only in a file that the build backend ignores, or with another value there.

    ## Why is this bad?
    The build keeps one file's declarations and drops the other's: the plugin that is missing from
    the wheel is not missed by anyone until production. Setuptools drops those in `setup.py` and
    `setup.cfg` as soon as `[project]` has entry points or scripts of its own. Where it has none,
    setuptools keeps them, and warns that it ignores what is not listed as dynamic: that finding is a
    warning.

    ## Example
    `setup.py` has `entry_points={"vllm.general_plugins": ["mine = my_plugin:register"]}` and
    `pyproject.toml` has a `[project.scripts]` table. Use instead:
    ```toml
    [project.entry-points."vllm.general_plugins"]
    mine = "my_plugin:register"
    ```
    """
    if len(target.declarations) < 2:
        raise Skip("one file declares everything")
    undecided = target.undecided_about("entry-points")
    if undecided is not None:
        raise CannotTell(undecided.reason, undecided.location)
    effective = {(e.group, e.name): e for e in target.distribution.entry_points}
    by_name: dict[tuple[str, str], list[EntryPoint]] = defaultdict(list)
    for declaration in target.declarations:
        for entry_point in declaration.entry_points:
            if entry_point.group.startswith("vllm."):
                by_name[entry_point.group, entry_point.name].append(entry_point)
        if declaration.unlisted is not None:
            yield from _unlisted(declaration)
        if declaration.ignored is None:
            continue
        for entry_point in declaration.entry_points:
            key = (entry_point.group, entry_point.name)
            if entry_point.group.startswith("vllm.") and key not in effective:
                yield Fault(
                    f"{entry_point.name!r} in {declaration.path} is ignored: {declaration.ignored}",
                    entry_point.location,
                    "declare it in pyproject.toml under [project.entry-points]",
                )
    for key, entry_points in by_name.items():
        values = {"".join(entry_point.value.split()) for entry_point in entry_points}
        if len(values) > 1 and key in effective:
            kept = effective[key]
            other = next(e for e in entry_points if e.value != kept.value)
            yield Fault(
                f"{kept.name!r} is {kept.value} in one file and {other.value} in another; "
                "the first is built",
                other.location,
                "declare it once",
            )


def _unlisted(declaration: Declaration) -> Iterator[Fault]:
    """What is built in spite of the specification, which setuptools may hold to one day."""
    for entry_point in declaration.entry_points:
        if entry_point.group.startswith("vllm."):
            yield Fault(
                f"{entry_point.name!r} in {declaration.path} is built, but {declaration.unlisted}: "
                "setuptools warns of it",
                entry_point.location,
                "declare it in pyproject.toml under [project.entry-points]",
                Severity.WARNING,
            )
