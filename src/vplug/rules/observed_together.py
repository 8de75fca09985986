"""VP709: plugins of one distribution that do not get on with each other."""

from __future__ import annotations

from collections.abc import Iterator

from vplug.model import ChangeKind, ImportOrder, Observation, Severity, Together
from vplug.rules.verdict import Fault

_ENDS = {
    "exited": "leaves",
    "killed": "is killed",
    "timed-out": "does not come back: it was ended",
    "out-of-memory": "takes more memory than it may: it was ended",
}


def fails_beside_its_own(
    together: Together, observations: tuple[Observation, ...]
) -> Iterator[Fault]:
    """Each of the distribution's plugins works alone, and not beside the others.

    ## What it does
    Where there are several platform and general plugins, and each works alone, lets vLLM load all of
    them in one process, as every vLLM process does once the distribution is installed. Compares what
    each registered alone, too: what two register under one name, the later one keeps.

    ## Why is this bad?
    `VLLM_PLUGINS` is unset for most users: they get all of the plugins. Two platforms, or a connector
    that is registered twice, and vLLM does not start.

    ## Example
    ```toml
    [project.entry-points."vllm.platform_plugins"]
    acme_one = "acme:one"  # both give a class's name on the same machine
    acme_two = "acme:two"
    ```
    Use instead:
    ```toml
    [project.entry-points."vllm.platform_plugins"]
    acme = "acme:chosen"  # looks at the machine, and gives one or none
    ```
    """
    raised = together.raised
    step = (
        "vLLM does not settle on a platform"
        if together.reached == "platform"
        else "loading them ends"
    )
    hint = "let each look at what is there, or say which names go into VLLM_PLUGINS"
    if raised is not None:
        yield Fault(
            f"each of its plugins works alone; with all of them {step}: {raised}; not caught: the "
            "process dies",
            raised.location,
            hint,
        )
    elif together.ending != "replied":
        detail = f" with {together.detail}" if together.detail else ""
        yield Fault(
            f"each of its plugins works alone; with all of them, while vLLM loads its "
            f"{together.reached} plugins, the process {_ENDS.get(together.ending, 'ends')}{detail}",
            hint=hint,
        )
    for name, owners in _registered_twice(observations).items():
        told = ", ".join(f"{owner}: {value}" for owner, value in owners.items())
        yield Fault(
            f"several of its plugins register {name}, each something else ({told}): the last that "
            "vLLM loads is kept",
            hint="register each name in one place",
            severity=Severity.WARNING,
        )


def _registered_twice(observations: tuple[Observation, ...]) -> dict[str, dict[str, str]]:
    """Registry entry → plugin → value, of those that two plugins fill with different things."""
    found: dict[str, dict[str, str]] = {}
    for seen in observations:
        main = seen.attempt(ImportOrder.VLLM_FIRST)
        for change in main.changes if main is not None else ():
            if change.kind is ChangeKind.REGISTRY and change.after is not None:
                found.setdefault(change.name, {})[seen.entry_point.name] = change.after
    return {name: owners for name, owners in found.items() if len(set(owners.values())) > 1}
