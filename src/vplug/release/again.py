"""A second build of the same sources, to compare: at one ``SOURCE_DATE_EPOCH``."""

from __future__ import annotations

import contextlib
import os
import subprocess
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

#: What hatchling takes where nobody says: 2 February 2020 (hatchling/builders/utils.py).
_FALLBACK = "1580601600"
_SECONDS = 10


def epoch(folder: Path) -> Mapping[str, str]:
    """Return the variables that make a build of ``folder`` repeatable.

    ``SOURCE_DATE_EPOCH`` is left as it is where it is set; else it is the time of the last commit, as
    https://reproducible-builds.org/docs/source-date-epoch/ advises, or a fixed day without Git.
    """
    if "SOURCE_DATE_EPOCH" in os.environ:
        return {}
    told = ""
    with contextlib.suppress(OSError, subprocess.SubprocessError):
        done = subprocess.run(
            ["git", "log", "-1", "--format=%ct"],  # noqa: S607 - the user's own Git
            cwd=folder,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=_SECONDS,
            check=False,
        )
        told = done.stdout.decode("ascii", errors="replace").strip()
    return {"SOURCE_DATE_EPOCH": told if told.isdigit() else _FALLBACK}
