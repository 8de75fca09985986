"""VP101: entry points of a group that no release reads."""

from __future__ import annotations

from vplug.fit.fault import ReleaseFault
from vplug.fit.masks import Masks
from vplug.loader import nearest_group, unread_text
from vplug.model import EntryPoint, Severity


def unread_fault(entry_point: EntryPoint, masks: Masks) -> ReleaseFault:
    """Return the fault of an entry point in a group that is none of vLLM's, in every release.

    It is a warning where no real group is near: another package may read the group.
    """
    near = nearest_group(entry_point.group)
    severity = Severity.ERROR if near is not None else Severity.WARNING
    message, hint = unread_text(entry_point, near)
    everything, place = masks.store.everything, entry_point.location
    return ReleaseFault("VP101", severity, message, everything, place, entry_point.group, hint)
