"""How the choice of a platform is mended: values to set, and what to do where there is no exception."""

from __future__ import annotations

from collections.abc import Sequence

from vplug.loader import setting
from vplug.model import Diagnosis


def setting_without(diagnosis: Diagnosis, names: Sequence[str]) -> str | None:
    """Return the setting that loads all that loads now but ``names``; ``None`` where none can say it."""
    exactly = diagnosis.load_plan.exactly
    if exactly is None:
        return None
    return setting([name for name in exactly.split(",") if name not in names])


def mend_of_lost(diagnosis: Diagnosis, error: str) -> str:
    """Return how to mend a choice whose process hung or was ended: no exception tells where."""
    asked = [item for item in diagnosis.platform.candidates if not item.built_in]
    name = next((item.name for item in asked if f"plugin {item.name!r} was asked" in error), None)
    late = "; where it is only slow, --timeout gives it more time" if "no answer" in error else ""
    if name is None:
        return f"there is no exception: look at what vLLM does when it is imported{late}"
    value = diagnosis.load_plan.all_but.get(name)
    what = f"mend what the function of {name} does when it is called, or uninstall the plugin{late}"
    return what + (f"; to leave it out: {setting(value.split(','))}" if value is not None else "")
