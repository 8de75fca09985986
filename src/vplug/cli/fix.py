"""``vplug validate --fix`` and ``--diff``."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from vplug.cli.documents import say_bytes
from vplug.errors import ExitStatus, NothingFound, Unreadable

if TYPE_CHECKING:
    from vplug.discovery.environment import Environment
    from vplug.fixes.project import Mended
    from vplug.rules.config import Settings


def fix(
    labels: Sequence[str],
    settings: Settings,
    environment: Callable[[], Environment],
    *,
    show: bool,
) -> None:
    """Mend the projects, or with ``show`` print what that would change.

    Raises:
        UsageFault: one of the targets is no project folder; nothing is changed then.
        VplugError: a file was changed meanwhile, or cannot be written.
        typer.Exit: after showing; 1 where something would be changed.
    """
    from functools import cache

    from vplug.discovery.installed import scan
    from vplug.discovery.open import Surroundings, open_target
    from vplug.fixes.project import diff, plan, write
    from vplug.rules.validate import patient_collector

    @cache
    def surroundings() -> Surroundings:
        chosen = environment()
        return Surroundings(chosen, scan(chosen))

    mended: list[Mended] = []
    with patient_collector():
        for label in dict.fromkeys(labels):
            try:
                mended += [plan(target, settings) for target in open_target(label, surroundings)]
            except (NothingFound, Unreadable):
                continue  # the report says why it cannot be looked at
    for item in mended:
        for made in item.mends:
            word = "would mend" if show else "mends"
            typer.echo(f"{item.root / made.path}: {word} {made.code}: {made.what}", err=True)
    if show:
        text = "".join(diff(item, _prefix(item.root)) for item in mended)
        data = text.encode("utf-8", "surrogateescape")
        say_bytes(data.decode("utf-8", "replace"), data)
        if not text:
            typer.echo("nothing to mend", err=True)
        raise typer.Exit(ExitStatus.FINDINGS if text else ExitStatus.CLEAN)
    write(mended)


def _prefix(root: Path) -> str:
    return "" if root == Path() else root.as_posix().lstrip("/")
