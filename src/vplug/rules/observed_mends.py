"""What to do about an exception that a run saw, in one clause, where that can be told."""

from __future__ import annotations

import re

from vplug.discovery.target import Target
from vplug.model import Observation, Raised

#: What the requirement that a reason speaks of is called.
_NAME = re.compile(r"[A-Za-z0-9._-]+")
#: Python's words for a module whose import has begun and not ended.
_HALF = "partially initialized module"
#: Python's words for what vllm.platforms answers to whoever asks for the platform while it is being
#: chosen: the AttributeError of the plugin's half-imported module is lost with them.
_CHOOSING = "cannot import name 'current_platform' from 'vllm.platforms'"
#: The file of ``os.environ``.
_OF_OS = re.compile(r'File "(<frozen os>|[^"]*/os\.py)"')
_SHOWN = 3


def mend(raised: Raised, observed: Observation) -> str | None:
    """Return the mend for an exception that plugin code raised; ``None`` where nobody knows one.

    Of an import that failed it says who asked, and whether it is the environment that lacks what the
    plugin requires, another version of a package that is there, or a module of the plugin's own.
    """
    if raised.module is None:
        if raised.type == "KeyError" and _OF_OS.search(raised.traceback):
            name = raised.message.strip("'")
            return (
                f"the environment variable {name} is not set: the plugin must do without, or say so"
            )
        # What else the environment lacks need have no part in it.
        reason = _about("vllm", observed)
        return f"the plugin is for another vLLM: {reason}" if reason is not None else None
    top = raised.module.partition(".")[0]
    reason = _about(top, observed)
    is_there = raised.type != "ModuleNotFoundError" or "." in raised.module
    if _HALF in raised.message:
        return "it is only half imported then: import it inside the function that needs it"
    if _CHOOSING in raised.message:
        return (
            "vLLM has not chosen its platform yet when it imports this: import in the functions that use "
            "it what asks for the platform, as nearly all of vLLM does"
        )
    if observed.entry_point.module.partition(".")[0] == top:
        return (
            "it is the plugin's own, and what was installed does not have it: `vplug validate` looks "
            "at the packaging"
        )
    if top == "vllm" and reason is None:
        return "the installed vLLM does not have it: `vplug compat` tells which releases do"
    if is_there:
        # The package is found: it is another version than the plugin was written for.
        what = "vLLM" if top == "vllm" else top
        return f"the installed {what} does not have it" + (f": {reason}" if reason else "")
    if reason is not None:
        return f"{reason}: install what the plugin requires into the environment"
    if raised.asked_by is not None:
        return f"{raised.asked_by} asks for it, not the plugin: install {top} into the environment"
    lacking = [item for item in observed.missing if item.endswith(" is not installed")]
    if lacking:
        return (
            f"{_first(lacking)}: install what the plugin requires into the environment; "
            f"if {top} comes with none of it, declare it"
        )
    return f"if the plugin needs {top}, declare it as a requirement and install it"


def is_the_environments(raised: Raised, target: Target) -> bool:
    """Return whether an import failed for want of a package that others need, not the plugin.

    Another package's file asked for it, and the plugin does not require it by that name.
    """
    if raised.asked_by is None or raised.module is None or raised.type != "ModuleNotFoundError":
        return False
    top = raised.module.partition(".")[0].lower()
    named = {match[0] for text in target.distribution.requires if (match := _NAME.match(text))}
    return top != "vllm" and top not in {name.lower().replace("-", "_") for name in named}


def _about(top: str, observed: Observation) -> str | None:
    """Why the requirement of a module's name is not met; ``None`` where it is, or there is none."""
    for reason in observed.missing:
        named = _NAME.match(reason)
        if named is not None and named[0].lower().replace("-", "_") == top.lower():
            return reason
    return None


def _first(reasons: list[str]) -> str:
    more = f" and {len(reasons) - _SHOWN} more" if len(reasons) > _SHOWN else ""
    return ", ".join(reasons[:_SHOWN]) + more
