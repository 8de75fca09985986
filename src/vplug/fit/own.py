"""VP114: imports of the plugin's own modules and names that are not there, by release."""

from __future__ import annotations

from collections.abc import Iterator

from vplug.analysis.conditions import Condition, doubt_of
from vplug.analysis.own_imports import Lack
from vplug.analysis.uses import Stage, Use
from vplug.fit.fault import LOWER, ReleaseFault
from vplug.fit.masks import Masks
from vplug.model import Severity

_BY_STAGE = {
    Stage.LOAD: Severity.ERROR,
    Stage.LATER: Severity.WARNING,
    Stage.UNREACHED: Severity.INFO,
}
#: What a test asks that looks whether a module is there before it is imported.
_LOOKS = ("find_spec", "find_module", "find_loader")


def own_faults(use: Use, lack: Lack, masks: Masks) -> Iterator[ReleaseFault]:
    """Yield the faults that an import of something missing is, in the releases in which it runs.

    A plugin may import one of its modules for some vLLM releases only. Where only running tells
    whether it runs at all, the fault is one severity lower and says on what that hangs.
    """
    if lack.doubt or lack.is_caught(use.what.guard):
        return
    severity = _BY_STAGE[use.stage]
    lower = LOWER.get(severity, severity)
    reached, _ = masks.when(use.reach)
    _, reachable = masks.when(use.reach, likely=True)
    sure, _ = masks.when(use.what.condition)
    _, may = masks.when(use.what.condition, likely=True)
    code = "VP114" if lack.parses or use.stage is not Stage.LOAD else "VP001"
    place = use.what.location if lack.location is None else lack.location
    if sure & reached:
        yield ReleaseFault(code, severity, lack.message, sure & reached, place, hint=lack.hint)
    for releases, how, condition in (
        (sure & reachable & ~reached, severity, use.reach),
        (may & ~sure & reachable, lower, use.what.condition),
    ):
        hangs = hangs_on(condition)
        if releases and hangs:
            message = f"{lack.message}; whether this runs hangs on {hangs}"
            yield ReleaseFault(code, how, message, releases, place, hint=lack.hint)


def hangs_on(condition: Condition) -> str:
    """Return on what it hangs whether an import runs; empty where that is whether it works."""
    text = doubt_of(condition)
    return "" if any(word in text for word in _LOOKS) else text
