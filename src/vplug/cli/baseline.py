"""``vplug validate --write-baseline``: where the baselines go, and writing them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from vplug import __version__
from vplug.cli.documents import json_text
from vplug.errors import UsageFault, VplugError

if TYPE_CHECKING:
    from vplug.model import Report, TargetReport


def write(report: Report, chosen: Path | None) -> Report:
    """Write the findings of ``report`` and return it with all of them kept quiet.

    They go to ``chosen``, else to the file that each project's ``[tool.vplug]`` names.

    Raises:
        UsageFault: nobody says where.
        VplugError: a target could not be looked at, a rule crashed, something else is in the
            baseline's place, or it cannot be written. Nothing is written then.
    """
    from vplug.atomic import write_bytes
    from vplug.model import OutcomeKind
    from vplug.rules.baseline import baseline_json, entries_to_keep, quieted, renewed

    places: dict[Path, list[TargetReport]] = {}
    for target in report.targets:
        if target.error is not None:
            raise VplugError(
                f"the baseline is not written: {target.target} could not be looked at: "
                f"{target.error}",
                target.hint,
            )
        if any(outcome.kind is OutcomeKind.CRASHED for outcome in target.outcomes):
            raise VplugError(f"the baseline is not written: a rule crashed on {target.target}")
        places.setdefault(_place(target, chosen), []).append(target)
    texts = {
        path: baseline_json(renewed(targets, entries_to_keep(path)), __version__)
        for path, targets in places.items()
    }
    for path, document in texts.items():
        write_bytes(path, json_text(document).encode())
        count = sum(row["count"] for row in document["findings"])
        typer.echo(f"{path}: {count} finding{'s' if count != 1 else ''} known", err=True)
    return replace(report, targets=tuple(map(quieted, report.targets)))


def _place(target: TargetReport, chosen: Path | None) -> Path:
    if chosen is not None:
        return chosen
    if target.baseline is not None and target.kind == "project":
        return Path(target.target) / target.baseline
    raise UsageFault(
        f"--write-baseline: nothing says where the baseline of {target.target} is",
        'add --baseline FILE, or baseline = "vplug-baseline.json" to [tool.vplug]',
    )
