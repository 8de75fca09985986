"""VP103, VP104, VP112: whether targets are there."""

from __future__ import annotations

import difflib
from collections.abc import Iterator

from vplug.analysis.modules import ModuleFinder, ModuleKind, Source
from vplug.analysis.resolve import Resolver, Status
from vplug.discovery.declared import parse_requirement
from vplug.discovery.target import Target
from vplug.model import EntryPoint, OriginKind
from vplug.rules.evidence import PluginEvidence
from vplug.rules.registry import requires
from vplug.rules.verdict import CannotTell, Fault, Skip


@requires("VP102")
def missing_module(plugin: PluginEvidence, finder: ModuleFinder) -> Iterator[Fault]:
    """The module that an entry point names is not there.

    ## What it does
    Looks for the module as the import system would, in the project's source folders, the wheel, the
    sdist, or the environment. Namespace packages, extension modules and `package_dir` are followed.

    ## Why is this bad?
    Importing it raises `ModuleNotFoundError`. vLLM logs that and runs without the plugin; a platform
    plugin leaves the user on another platform. For a logits processor, start-up dies.

    ## Example
    ```toml
    my_plugin = "my_plugin.registr:register"
    ```
    Use instead:
    ```toml
    my_plugin = "my_plugin.register:register"
    ```
    """
    entry_point = plugin.entry_point
    yield from _missing_module(entry_point, finder, plugin.evidence.target)


def _missing_module(
    entry_point: EntryPoint, finder: ModuleFinder, target: Target
) -> Iterator[Fault]:
    if not entry_point.is_valid:
        raise Skip("its value is malformed (VP102)")
    module = finder.find(entry_point.module)
    undecided = target.undecided_about("package-dir")
    if module.kind is ModuleKind.EXTERNAL:
        top = entry_point.module.partition(".")[0]
        if undecided is not None:
            raise CannotTell(f"package_dir: {undecided.reason}", undecided.location)
        if top in _required_packages(target):
            raise CannotTell(f"{top} may belong to a distribution that this one requires")
        where = "the environment" if target.kind is OriginKind.ENVIRONMENT else f"the {target.kind}"
        known = _top_levels(target)
        close = difflib.get_close_matches(top, known, n=1, cutoff=0.6)
        hint = f"did you mean {close[0]!r}?" if close else _packaging_hint(target)
        yield Fault(f"there is no package {top!r} in {where}", entry_point.location, hint)
    elif module.kind is ModuleKind.MISSING:
        part = module.missing_part or entry_point.module
        parent, _, leaf = part.rpartition(".")
        known = _submodules(finder, parent)
        close = difflib.get_close_matches(leaf, known, n=1, cutoff=0.6)
        hint = f"did you mean {parent}.{close[0]}?" if close else None
        yield Fault(f"there is no module {part}", entry_point.location, hint)


def _required_packages(target: Target) -> set[str]:
    parsed = (parse_requirement(text) for text in target.distribution.requires)
    return {item[0].replace("-", "_") for item in parsed if item is not None}


def _packaging_hint(target: Target) -> str | None:
    if target.kind is OriginKind.WHEEL:
        return "the package was left out of the wheel: check the build backend's package settings"
    return None


def _top_levels(target: Target) -> list[str]:
    names = set()
    for root in target.roots[: target.own_roots]:
        if root.package:
            names.add(root.package.partition(".")[0])
            continue
        for name in root.tree.listdir(root.folder):
            path = f"{root.folder}/{name}" if root.folder else name
            if name.endswith(".py"):
                names.add(name.removesuffix(".py"))
            elif root.tree.is_file(f"{path}/__init__.py"):
                names.add(name)
    return sorted(names)


def _submodules(finder: ModuleFinder, package: str) -> list[str]:
    names = set()
    for tree, folder in finder.find(package).folders:
        for name in tree.listdir(folder):
            names.add(name.removesuffix(".py"))
    return sorted(names - {"__init__", "__pycache__"})


@requires("VP102", "VP103")
def missing_attribute(plugin: PluginEvidence) -> Iterator[Fault]:
    """The function or class that an entry point names is not in its module.

    ## What it does
    Follows the name as Python would: assignments, re-exports, star imports and `__all__`,
    definitions under `if` and `try`, and a module `__getattr__` where its body is a plain chain of
    returns. Where only running would tell (names bound by `globals()`, a computed `__getattr__`), the
    answer is "cannot tell".

    ## Why is this bad?
    Loading the entry point raises `AttributeError`. vLLM logs that and runs without the plugin; for a
    logits processor, start-up dies.

    ## Example
    ```toml
    my_plugin = "my_plugin:regster"
    ```
    Use instead:
    ```toml
    my_plugin = "my_plugin:register"
    ```
    """
    yield from _missing_attribute(plugin.entry_point, plugin.evidence.resolver)


def _missing_attribute(entry_point: EntryPoint, resolver: Resolver) -> Iterator[Fault]:
    if not entry_point.is_valid:
        raise Skip("its value is malformed (VP102)")
    if not entry_point.attr:
        raise Skip("it names a module")
    found = resolver.entry_point(entry_point.module, entry_point.attr)
    if found.status is Status.UNKNOWN:
        raise CannotTell(found.reason, found.at)
    if found.status is Status.EXTERNAL:
        raise CannotTell(f"{found.name} belongs to another distribution", found.at)
    if found.status is not Status.MISSING:
        return
    module = resolver.finder.find(entry_point.module)
    if found.module is None:
        # The name is there, imported from a module that is not.
        yield Fault(
            f"{entry_point.value}: {found.reason}, from which it is imported",
            found.at or entry_point.location,
        )
        return
    source = found.module.source
    names = list(source.bindings.by_name) if isinstance(source, Source) else []
    close = difflib.get_close_matches(found.name, names, n=1, cutoff=0.6)
    hint = f"did you mean {close[0]!r}?" if close else None
    shown = module.at(None).path
    yield Fault(f"{found.reason} ({shown})", entry_point.location, hint)


def script_without_target(
    target: Target, finder: ModuleFinder, resolver: Resolver
) -> Iterator[Fault]:
    """A console script whose function is not there.

    ## What it does
    Resolves the project's own console scripts as VP103 and VP104 resolve its plugins.

    ## Why is this bad?
    The script is installed and dies with a traceback when it is first run.

    ## Example
    ```toml
    [project.scripts]
    my-plugin = "my_plugin.cli:man"
    ```
    Use instead:
    ```toml
    my-plugin = "my_plugin.cli:main"
    ```
    """
    if not target.distribution.scripts:
        raise Skip("no console script is declared")
    doubt: CannotTell | None = None
    for script in target.distribution.scripts:
        entry_point = script.entry_point
        prefix = f"console script {entry_point.name}: "
        try:
            faults = list(_missing_module(entry_point, finder, target))
            faults = faults or list(_missing_attribute(entry_point, resolver))
        except CannotTell as error:
            doubt = CannotTell(prefix + str(error), error.location)
            continue
        except Skip:
            if not entry_point.is_valid:
                message = f"{prefix}{entry_point.value!r} is no object reference"
                yield Fault(message, entry_point.location)
            continue
        for fault in faults:
            yield Fault(prefix + fault.message, fault.location, fault.hint)
    if doubt is not None:
        raise doubt
