"""What judging a use looks at: cells, events, answers, a start that failed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from vplug.model.live import Cell, Truth, Use
from vplug.probe.engine_log import unset_variable
from vplug.probe.engine_run import Ran


def failed_start(subject: str, how: str, ran: Ran) -> Use:
    """Return the use of a plugin whose engine did not come up."""
    what = ran.error or (ran.run.telling[-1] if ran.run.telling else None)
    message = f"the engine {ran.run.ending or 'did not come up'}"
    if what and what not in message:
        message += f": {what}"
    if variable := wants_variable(ran):
        message += (
            f": the environment variable {variable} is not set ([tool.vplug.verify] env sets it)"
        )
    detail = "\n".join(ran.run.telling)
    return Use(subject, how, Truth.FAILS, message, detail, started=ran.run.came_up)


def wants_variable(ran: Ran) -> str | None:
    """Return the environment variable for want of which an engine did not come up, if that is why."""
    return unset_variable(ran.run.telling) if ran.run.telling else None


def cells_of(ran: Ran, subject: str) -> list[Cell]:
    """Return what the processes of an engine made of a plugin."""
    return [cell for cell in ran.run.cells if cell.subject == subject]


def events_of(runs: Sequence[Ran], kind: str, **wanted: Any) -> list[Mapping[str, Any]]:
    """Return the events of a kind in which each of ``wanted`` has that value."""
    return [
        event
        for ran in runs
        for event in ran.events
        if event["event"] == kind and all(event.get(key) == value for key, value in wanted.items())
    ]


def generated(runs: Sequence[Ran]) -> bool:
    """Return whether any of the engines gave tokens."""
    return any(
        answer.get("ok") and any(answer.get("tokens") or ())
        for ran in runs
        for answer in ran.answers.values()
    )
