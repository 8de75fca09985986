"""Judging built files: the rules VP5xx over wheels and sdists, without running anything."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from vplug.model import Finding


def judge(files: Sequence[Path], project: Path | None) -> tuple[Finding, ...]:
    """Return the findings of the artifact rules on ``files``, worst first.

    What ``[tool.vplug]`` of the project ignores is left out. A file that is no distribution, or
    cannot be read, is a finding too, not an exception.

    Args:
        files: wheels and sdists of one release of one project.
        project: the folder they were built from, to compare with; ``None`` where it is not at hand.

    Raises:
        UsageFault: the project's ``[tool.vplug]`` is wrong.

    """
    del files, project
    return ()
