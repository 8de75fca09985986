"""All platform and general plugins of one distribution in one process, as an installation has them."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from vplug.model import Attempt, Observation, Together
from vplug.probe.child import SCRIPTS, Limits, child_environment, kept_python_path, run_script
from vplug.probe.look import own_files, read_raised
from vplug.probe.overlay import Overlay

#: vLLM loads every plugin of these in each process; of the others it takes one, or asks for names.
_GROUPS = ("vllm.platform_plugins", "vllm.general_plugins")


def observe_together(
    laid: Overlay,
    alone: Sequence[Observation],
    limits: Limits,
    on_step: Callable[[str], None],
) -> Together | None:
    """Return what came of them together; ``None`` for fewer than two, or where one fails alone.

    Args:
        laid: the plugin in front of its environment.
        alone: what was seen of each.
        limits: what the process may take.
        on_step: called with one line as it begins.
    """
    mine = [seen for seen in alone if seen.entry_point.group in _GROUPS]
    names = {seen.entry_point.name for seen in mine}
    if len(mine) < 2 or any("," in name for name in names):
        return None
    if any(_fails(item) for seen in mine for item in seen.attempts):
        return None
    on_step("probing all of its plugins together")
    files = own_files(laid)
    request = {"own": list(files.prefixes), "vllm": str(laid.vllm.folder) + os.sep}
    offline = {"HF_HUB_OFFLINE": "1", "VLLM_NO_USAGE_STATS": "1"}
    run = run_script(
        laid.python,
        SCRIPTS / "together.py",
        request,
        limits=limits,
        env=child_environment(
            kept_python_path() | offline | {"VLLM_PLUGINS": ",".join(sorted(names))}
        ),
        path=laid.path,
    )
    told: Mapping[str, Any] = run.reply or {}
    status = f"status {run.returncode}" if run.returncode is not None else None
    return Together(
        tuple(seen.entry_point for seen in mine),
        str(run.ending),
        str(told.get("reached", "start")),
        read_raised(told.get("raised"), files),
        run.signal or status,
    )


def _fails(item: Attempt) -> bool:
    raised = (item.vllm_failed, item.load_failed, item.call_failed, item.again_failed, item.fault)
    return item.ending != "replied" or any(error is not None for error in raised)
