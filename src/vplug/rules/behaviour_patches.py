"""VP312: attributes of vLLM and of Python itself that the plugin replaces."""

from __future__ import annotations

from collections.abc import Iterator

from vplug.analysis.modules import Module
from vplug.analysis.patches import patches_in
from vplug.model import Severity
from vplug.rules.evidence import Evidence
from vplug.rules.verdict import Fault

_SHOWN = 3


def monkey_patch(evidence: Evidence, reached: tuple[Module, ...]) -> Iterator[Fault]:
    """A module replaces attributes of vLLM, or of Python's builtins.

    ## What it does
    Reports assignments to attributes of vLLM's modules and classes, `setattr` on them, modules of vLLM
    replaced in `sys.modules`, and assignments to `builtins` (a warning; the others are `info`), in the
    modules that the plugins reach. One finding a module.

    ## Why is this bad?
    A patch is bound to the release for which it was written. In the next one what it replaces may have
    moved: then nothing calls it, and nothing says so. Two plugins that patch the same attribute undo
    each other, by the order in which they load. A patch of `builtins` reaches all code of the process.

    ## Example
    ```python
    from vllm.v1.core.sched.scheduler import Scheduler

    Scheduler.schedule = my_schedule
    ```
    Use instead:
    ```python
    # where vLLM has a place for it
    class MyScheduler(Scheduler):
        def schedule(self): ...


    # vllm serve --scheduler-cls my_plugin.scheduler.MyScheduler
    ```
    """
    for module in reached:
        mine = patches_in(module, evidence.names)
        for of_python in (True, False):
            found = [item for item in mine if item.name.startswith("builtins.") is of_python]
            if not found:
                continue
            names = list(dict.fromkeys(item.name for item in found))
            shown = ", ".join(names[:_SHOWN])
            more = len(names) - _SHOWN
            yield Fault(
                f"it sets {shown}{f' and {more} more' if more > 0 else ''}",
                found[0].place.at(found[0].node),
                "hold it to the releases it was written for, and test that it is called",
                Severity.WARNING if of_python else None,
            )
