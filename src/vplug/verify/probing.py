"""The look that every verification takes: each entry point in processes of its own."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from vplug.model import EntryPoint, ImportOrder
from vplug.probe.child import Limits
from vplug.probe.look import observe, probed
from vplug.probe.overlay import Overlay
from vplug.probe.together import observe_together
from vplug.verify.run import Options


def probe(laid: Overlay, options: Options) -> Mapping[str, Any]:
    """Return ``observations``, what was seen of each entry point, and ``together``, of all at once."""
    total = len(probed(laid)) * len(ImportOrder)
    done = 0

    def tell(entry: EntryPoint, order: ImportOrder) -> None:
        nonlocal done
        done += 1
        options.step(f"probing [{done}/{total}]: {entry.name}, {order}")

    if laid.missing:
        options.step(f"the environment lacks what the plugin requires: {', '.join(laid.missing)}")
    options.step(f"probing [0/{total}]")
    limits = Limits(options.seconds, options.memory_bytes)
    observations = observe(laid, limits, on_done=tell)
    return {
        "observations": observations,
        "together": observe_together(laid, observations, limits, options.step),
    }
