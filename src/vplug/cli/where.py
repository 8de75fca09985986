"""The options that say which environment is meant, shared by the commands that look into one."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from vplug.errors import UsageFault

if TYPE_CHECKING:
    from vplug.discovery.environment import Environment
    from vplug.discovery.installed import InstalledVllm

PythonOption = Annotated[
    Path | None,
    typer.Option(
        "--python",
        metavar="PATH",
        help="Look into the environment of this interpreter, given by path or by its name on PATH; "
        "plugin code and .pth hooks are not run. [default: the one vplug runs in]",
    ),
]
PrefixOption = Annotated[
    Path | None,
    typer.Option(
        "--prefix", metavar="DIR", help="Look into this environment root or site-packages folder."
    ),
]
PluginsOption = Annotated[
    str | None,
    typer.Option(
        "--plugins", metavar="VALUE", help="Use this instead of the variable VLLM_PLUGINS."
    ),
]


def environment_from(python: Path | None, prefix: Path | None) -> Callable[[], Environment]:
    """Return a function that gives the environment the options ask for.

    Raises:
        UsageFault: both options are given.
    """
    if python is not None and prefix is not None:
        raise UsageFault("--python and --prefix exclude each other")

    def choose() -> Environment:
        from vplug.discovery import environment as env

        if python is not None:
            return env.environment_of_python(python)
        if prefix is not None:
            return env.environment_of_prefix(prefix)
        return env.running_environment()

    return choose


def describe_vllm(vllm: InstalledVllm | None) -> str:
    """Return one clause on the environment's vLLM."""
    if vllm is None:
        return "no vLLM"
    if vllm.distribution is None:
        return f"vLLM {vllm.version or '(version unknown)'} from {vllm.folder}"
    text = f"{vllm.distribution} {vllm.version or '(version unknown)'}"
    return f"{text} (beside {vllm.stand_in}, an empty stand-in)" if vllm.stand_in else text


def other_environment_hint(running: bool, found_vllm: bool) -> str | None:
    """Return a hint where the person's own environment is probably another one."""
    import os
    import sys

    active = os.environ.get("VIRTUAL_ENV")
    if (
        running
        and not found_vllm
        and active
        and Path(active).resolve() != Path(sys.prefix).resolve()
    ):
        return f"vplug runs in {sys.prefix}; for the active environment add --prefix {active}"
    return None
