"""VP510 to VP513: a built file against the project, the sdist, and a second build of itself."""

from __future__ import annotations

from collections.abc import Iterator

from vplug.analysis.conditions import Always
from vplug.analysis.datafiles import DataReference, data_references, may_refer
from vplug.analysis.guards import Guard
from vplug.analysis.imported import Import
from vplug.analysis.imports import module_imports
from vplug.analysis.modules import Module, ModuleFinder, ModuleKind
from vplug.artifact import litter
from vplug.artifact.compare import differences as byte_differences
from vplug.artifact.entry_points import all_of, differences
from vplug.artifact.members import Archive
from vplug.discovery.target import Target
from vplug.discovery.tree import walk
from vplug.errors import Unreadable
from vplug.model import Location, Severity, normalize_name
from vplug.rules.built import Built
from vplug.rules.verdict import CannotTell, Fault, Skip


def entry_points_differ(built: Built) -> Iterator[Fault]:
    """Entry points were lost or changed on the way from the project to the built file.

    ## What it does
    Compares the entry points of the project, the sdist and the wheel, scripts included. Those that are
    computed when the project is built are not compared: the wheel alone says what they are.

    ## Why is this bad?
    vLLM finds a plugin by its entry point alone. A wheel without it installs, and does nothing.

    ## Example
    ```toml
    [project]
    name = "my-plugin"        # and the entry points in setup.py, which is no longer read
    ```
    Use instead:
    ```toml
    [project.entry-points."vllm.general_plugins"]
    my_plugin = "my_plugin:register"
    ```
    """
    others = [
        (target, label)
        for target, label in ((built.source, "the project"), (built.sdist, "the sdist"))
        if target is not None
    ]
    if not others:
        raise Skip("there is neither a project nor an sdist to compare with")
    here, place = built.target, built.at(built.metadata_path)
    if built.is_wheel and here.declarations:
        place = Location(here.declarations[0].path)
    what = "the wheel" if built.is_wheel else "the sdist"
    told: set[str] = set()
    doubt = here.undecided_about("entry-points")
    for other, label in others:
        doubt = doubt or other.undecided_about("entry-points")
        if doubt is not None:
            continue
        for line in differences(all_of(other), all_of(here), label, what):
            key = line.partition(" is in ")[0]
            if key not in told:
                told.add(key)
                # A hook of the backend may add some; none may take any away.
                severity = Severity.WARNING if line.startswith("extra:") else None
                hint = "see where the build backend takes entry points from"
                yield Fault(line, place, hint, severity)
    if doubt is not None:
        raise CannotTell(f"the entry points are computed: {doubt.reason}", doubt.location)


def module_not_packaged(built: Built) -> Iterator[Fault]:
    """The wheel lacks a module that the project has and its plugins import.

    ## What it does
    Follows the imports of the modules that loading the plugins reads, and reports those of the project
    (or of the sdist beside the wheel) that the wheel does not hold: submodules, and modules that lie
    beside the package. What a function imports when it is called, or what is guarded, is a warning. Of
    a wheel alone, `missing-own-import` tells what it imports of itself and lacks.

    ## Why is this bad?
    It works from the project's folder, where the module lies, and fails for everybody who installed it.

    ## Example
    ```toml
    [tool.setuptools]
    packages = ["my_plugin"]          # and not my_plugin.ops
    ```
    Use instead:
    ```toml
    [tool.setuptools.packages.find]
    include = ["my_plugin*"]
    ```
    """
    built.wheel_only()
    evidence = built.evidence
    other = built.source if built.source is not None else built.sdist
    if other is None:
        raise Skip("there is neither a project nor an sdist to compare with: VP114 reads it alone")
    origin, label = ModuleFinder.for_target(other), "project" if built.source else "sdist"
    required = {_bare(text) for text in evidence.distribution.requires}
    told: set[str] = set()
    for module in evidence.reached:
        imports = module_imports(evidence.resolver, module)
        later = [item for items in imports.functions.values() for item in items]
        for item in [*imports.top, *later]:
            name = _lost(item, evidence.finder, origin, required)
            if name is None or name in told:
                continue
            there = origin.find(name)
            if there.kind is not ModuleKind.SOURCE or not there.own:
                continue  # nobody has it: VP114 tells that, or it is only perhaps asked for
            told.add(name)
            yield Fault(
                f"{module.name} imports {name}, which the {label} has at {there.path}; "
                "the wheel does not hold it",
                item.location,
                "see the build backend's list of packages",
                None if item in imports.top and _is_sure(item) else Severity.WARNING,
            )


def _bare(requirement: str) -> str:
    from packaging.requirements import InvalidRequirement, Requirement

    try:
        return normalize_name(Requirement(requirement).name)
    except InvalidRequirement:
        return ""


def _is_sure(item: Import) -> bool:
    return isinstance(item.condition, Always) and item.guard is Guard.NONE


def _lost(
    item: Import, finder: ModuleFinder, origin: ModuleFinder, required: set[str]
) -> str | None:
    """The module that an import asks for and the wheel does not hold; ``None`` for all others."""
    found = finder.find(item.module)
    if found.kind is ModuleKind.MISSING and found.own:
        return found.missing_part or item.module
    top = item.module.partition(".")[0]
    if found.kind is ModuleKind.EXTERNAL and top != "vllm":
        there = origin.find(item.module)
        own = there.kind is ModuleKind.SOURCE and there.own
        # A folder `yaml` of the project stands for nothing if the wheel requires a library yaml.
        if own and normalize_name(top) not in required and not litter.is_for_tests(there.path):
            return item.module
        return None
    if found.kind is ModuleKind.SOURCE and found.own and found.is_package and item.name:
        if found.source_binds(item.name):
            return None
        name = f"{item.module}.{item.name}"
        below = finder.find(name)
        there = origin.find(name)
        if below.kind is ModuleKind.MISSING and there.kind is ModuleKind.SOURCE and there.own:
            return name
    return None


def missing_package_data(built: Built) -> Iterator[Fault]:
    """Code refers to a file beside it that the built file does not hold.

    ## What it does
    Reads references to files that are spelt out: `Path(__file__).parent / "x.json"`,
    `os.path.join(os.path.dirname(__file__), "x.json")`, `importlib.resources.files(__package__)`,
    `pkgutil.get_data`. Reported are files that the project has and the built file has not, and
    files that nobody has where the code reads them without looking first. Computed names are not told.

    ## Why is this bad?
    Build backends pack Python files by themselves and other files only when told to. It works from the
    project's folder and fails once installed.

    ## Example
    ```toml
    [tool.setuptools]
    packages = ["my_plugin"]
    ```
    Use instead:
    ```toml
    [tool.setuptools.package-data]
    my_plugin = ["*.json"]
    ```
    """
    target = built.target
    if not built.is_wheel and built.source is None:
        raise Skip(
            "the project is not at hand: an sdist alone does not say what was left out of it"
        )
    told: set[str] = set()
    for reference in _references(target):
        path = reference.path
        if path in told or target.tree.is_file(path) or target.tree.is_dir(path):
            continue
        if path.endswith((".pyc", ".so", ".pyd", ".log", ".lock")) or litter.cache(path):
            continue
        found = _elsewhere(built, path)
        if found is None and not (reference.read and built.is_wheel):
            continue
        if "/" not in path and not reference.read:
            continue  # the project's own pytest.ini and the like: for its developers
        told.add(path)
        has = f"which the {found[0]} has as {found[1]}" if found else "which is nowhere"
        yield Fault(
            f"the code refers to {path}, {has}; {built.path.name} does not hold it",
            reference.location,
            "tell the build to pack it: setuptools: package-data; hatchling: include or artifacts; "
            "an sdist by setuptools: MANIFEST.in",
            None if reference.read and found else Severity.WARNING,
        )


def _references(target: Target) -> Iterator[DataReference]:
    folders: dict[str, str] = {}
    paths: list[str] = []
    for root in target.roots[: target.own_roots]:
        start = "" if root.folder.endswith(".py") else root.folder
        for path in walk(target.tree, start):
            if path.endswith("/__init__.py"):
                inner = path.removeprefix(f"{root.folder}/" if root.folder else "")
                package = inner.removesuffix("/__init__.py").replace("/", ".")
                folders.setdefault(package, path.removesuffix("/__init__.py"))
            if path.endswith(".py") and not litter.is_for_tests(path) and path not in paths:
                paths.append(path)
    for path in dict.fromkeys(paths):
        try:
            text = target.tree.read(path).decode("utf-8", errors="replace")
        except Unreadable:
            continue
        # What stands at the top of an sdist builds it, and is never installed.
        if may_refer(text) and path.rpartition("/")[2] not in ("setup.py", "noxfile.py"):
            if "/" in path or target.kind == "wheel":
                module = Module(path, ModuleKind.SOURCE, target.tree, path)
                yield from data_references(module, folders)


def _elsewhere(built: Built, path: str) -> tuple[str, str] | None:
    """Where the project, else the sdist, has what a wheel (or sdist) lacks: which one, and the path."""
    for target, label in ((built.source, "project"), (built.sdist, "sdist")):
        if target is None:
            continue
        candidates = [path]
        if built.is_wheel:
            for root in target.roots:
                own = root.package.replace(".", "/")
                if own and path.startswith(f"{own}/"):
                    candidates.append(f"{root.folder}/{path.removeprefix(f'{own}/')}".lstrip("/"))
                elif not own and root.folder:
                    candidates.append(f"{root.folder}/{path}")
        for candidate in candidates:
            if target.tree.is_file(candidate):
                return label, candidate
    return None


def not_reproducible(built: Built) -> Iterator[Fault]:
    """Building twice gives two different files.

    ## What it does
    Compares the file with a second build of the same sources at the same `SOURCE_DATE_EPOCH`, member
    by member: contents, order, times, modes. `vplug build` makes that second build. Where only times
    differ it is a remark: setuptools writes the clock into every sdist.

    ## Why is this bad?
    Nobody can check that the published file came from the sources, and each rebuild looks like a
    change.

    ## Example
    ```python
    Path("my_plugin/_built.py").write_text(f"BUILT = {time.time()}")
    ```
    Use instead:
    ```python
    Path("my_plugin/_built.py").write_text(f"BUILT = {os.environ['SOURCE_DATE_EPOCH']}")
    ```
    """
    if built.twin is None:
        raise Skip("it was built once: `vplug build --reproducible` builds it twice")
    if built.path.read_bytes() == built.twin.read_bytes():
        return
    try:
        found = byte_differences(built.archive, Archive(built.twin))
    except Unreadable as error:
        raise CannotTell(error.message) from error
    for item in found[:5]:
        yield Fault(
            f"built twice, {item.what}",
            built.at(item.path) if item.path else None,
            "have the build take times from SOURCE_DATE_EPOCH and sort what it lists"
            if not item.time_only
            else "hatchling and flit take times from SOURCE_DATE_EPOCH; setuptools does not in sdists",
            Severity.INFO if item.time_only else None,
        )
    if len(found) > 5:
        yield Fault(f"built twice, {len(found) - 5} more members differ", None, None, Severity.INFO)
