"""VP222: plugins that raise of themselves when vLLM loads them, by release."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from vplug.analysis.conditions import Always
from vplug.analysis.refusals import Refusal
from vplug.fit.fault import ReleaseFault
from vplug.fit.masks import Masks
from vplug.model import Severity

_HINT = "declare the releases that it works with: [tool.vplug] vllm, or a requirement on vllm"


def refusal_faults(refusals: Iterable[Refusal], masks: Masks) -> Iterator[ReleaseFault]:
    """Yield a fault for each statement that surely ends loading, in the releases in which it runs.

    What only running tells (a device, a variable) is no fault of any release.
    """
    for refusal in refusals:
        sure, _ = masks.when(refusal.condition)
        if sure:
            doing = "calling" if refusal.is_called else "importing"
            yield ReleaseFault(
                "VP222",
                Severity.ERROR,
                f"{doing} it raises {refusal.error}",
                sure,
                refusal.location,
                hint=None if isinstance(refusal.condition, Always) else _HINT,
            )
