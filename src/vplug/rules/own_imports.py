"""VP114: whether what the plugin imports of itself is there."""

from __future__ import annotations

from collections.abc import Iterator

from vplug.analysis.resolve import Status
from vplug.analysis.uses import Stage
from vplug.model import Location
from vplug.rules.evidence import Evidence, PluginEvidence
from vplug.rules.registry import requires
from vplug.rules.verdict import CannotTell, Fault


@requires("VP102", "VP103")
def missing_own_import(plugin: PluginEvidence, evidence: Evidence) -> Iterator[Fault]:
    """The plugin imports a module or name of its own that is not there.

    ## What it does
    Follows every import that loading the plugin runs, as `missing-import` does, and looks up those of
    the package's own modules: in the project's source folders, the wheel, the sdist, or the
    environment; the packages above a module are imported with it. What loading the plugin imports is
    an error; what a function of the modules reached imports when it is called, a warning; so is
    a string of the form `"package.module:name"`, or given to `import_module`, that names what is not
    there. What only a module imports that nothing reaches is for information. An import is no fault
    where its failure is caught, under `TYPE_CHECKING`, or where a test of vLLM's version keeps it from
    running. One under a test that only running decides is one severity lower.

    Where the missing module may be made by the build (an extension module, a `_version.py` that
    the build backend writes, a module made from a `.proto` file), or put in place by running code
    (`sys.modules`, an import hook, a changed `__path__`), the answer is "cannot tell"; so it is where
    a name may be bound by `globals()`, a computed `__getattr__`, or a star import from elsewhere.

    ## Why is this bad?
    The import raises `ModuleNotFoundError` or `ImportError` as soon as vLLM loads the plugin, with
    every release of vLLM. It is the fault of a file that was moved, renamed or never committed, and of
    one that the build backend leaves out of the wheel.

    ## Example
    ```python
    from .registry import regster_all
    ```
    Use instead:
    ```python
    from .registry import register_all
    ```
    """
    if not evidence.own_lacks:
        return  # so that the release is not asked about where there is nothing to ask
    told = _told_of_the_target(plugin)
    mask = evidence.asked.mask
    for name, fault in evidence.own_faults:
        wanted = fault.code == "VP114" and name in {plugin.subject, ""}
        if wanted and fault.releases & mask and fault.location != told:
            yield Fault(fault.message, fault.location, fault.hint, fault.severity)
    for name, use, lack in evidence.own_lacks:
        doubtful = name == plugin.subject and lack.doubt and use.stage is Stage.LOAD
        if doubtful and not lack.is_caught(use.what.guard):
            raise CannotTell(f"{lack.message}, but {lack.doubt}", use.what.location)


def _told_of_the_target(plugin: PluginEvidence) -> Location | None:
    """The import of which VP104 says that it does not give the plugin's target."""
    found = plugin.resolution
    return found.at if found.status is Status.MISSING and found.module is None else None
