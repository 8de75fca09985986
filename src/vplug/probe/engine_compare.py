"""Prediction beside observation: where a process did otherwise than its plugins' standing foretold."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from vplug.loader.processes import EngineKind, foretell
from vplug.model import Plugin, StandingKind
from vplug.model.live import CellKind, Difference, EngineRun

_LOADED = (CellKind.LOADED, CellKind.INHERITED, CellKind.CALL_FAILED, CellKind.UNFINISHED)


def differences(
    run: EngineRun, kind: EngineKind, plugins: Iterable[Plugin]
) -> tuple[Difference, ...]:
    """Return where ``run`` differs from what was foretold of ``plugins``.

    A process of an engine that died may have had no time: what it did not do is no difference then. A
    plugin that failed to load was loaded as foretold, and failed.
    """
    by_subject = {f"{plugin.group}:{plugin.name}": plugin for plugin in plugins}
    found = []
    for cell in run.cells:
        plugin, process = by_subject.get(cell.subject), run.process(cell.pid)
        if plugin is None or process is None or cell.kind is CellKind.LOAD_FAILED:
            continue
        foretold = foretell(plugin, process.role, kind)
        loaded = cell.kind in _LOADED
        if foretold.loads is None or foretold.loads == loaded:
            continue
        if foretold.loads and not run.came_up and cell.kind is CellKind.NOT_ASKED:
            continue
        verb = "loads" if foretold.loads else "does not load"
        seen = str(cell.kind) + (f": {cell.reason}" if cell.reason else "")
        found.append(Difference(cell.subject, process.label, f"{verb} ({foretold.why})", seen))
    return tuple(found)


def unique(found: Iterable[Difference]) -> tuple[Difference, ...]:
    """Return differences without those that another engine showed already."""
    return tuple(dict.fromkeys(found))


def skip_reasons(plugins: Sequence[Plugin]) -> Mapping[str, str]:
    """Return subject → why a process that asks for its group is not to load it: its standing."""
    return {
        f"{plugin.group}:{plugin.name}": plugin.standing.reason
        for plugin in plugins
        if plugin.standing.kind is not StandingKind.LOADS
    }
