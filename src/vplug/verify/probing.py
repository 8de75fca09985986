"""The look that every verification takes: each entry point in processes of its own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
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
    before = _own_files(laid)
    observations = observe(laid, limits, on_done=tell, on_step=options.step)
    if gone := tuple(sorted(before - _own_files(laid))):
        observations = tuple(replace(item, gone=gone) for item in observations)
    return {
        "observations": observations,
        "together": observe_together(laid, observations, limits, options.step),
    }


def _own_files(laid: Overlay) -> set[str]:
    """What was installed into the throw-away folder; nothing for a plugin of the environment's."""
    if not laid.path:
        return set()
    files = (path for path in laid.folder.rglob("*") if path.is_file() and path.suffix != ".pyc")
    return {str(path.relative_to(laid.folder)) for path in files}
