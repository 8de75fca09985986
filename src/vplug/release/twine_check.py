"""``twine check --strict`` on the artifacts, run as a child and read back.

Twine calls itself no library ("the contents of this package are not a public API"), so its command
line is what is used; a readme that brings the renderer down brings only the child down.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

from vplug.release.output import printable

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

_SECONDS = 120
_LEVEL = re.compile(r"^(?:WARNING|ERROR)\s+")
_CHECKING = re.compile(r"^Checking (?P<path>.+): (?P<verdict>PASSED|FAILED)(?P<rest>.*)$")
_MENDS = (
    (
        "`long_description` missing",
        'it has no readme: add `readme = "README.md"` to [project] (setup.py: long_description)',
    ),
    (
        "`long_description_content_type` missing",
        (
            "the readme's content type is not given: a `readme` file that ends in .md or .rst "
            "gives it (setup.py: long_description_content_type)"
        ),
    ),
    ("has syntax errors in markup", "the readme's markup is wrong: an index would not render it"),
)


@dataclass(frozen=True, slots=True)
class TwineReading:
    """What twine said.

    Attributes:
        passed: whether every file passed; ``None`` where twine did not get to say.
        lines: what it said of each file, made readable.

    """

    passed: bool | None
    lines: tuple[str, ...] = ()


def twine_check(files: Sequence[Path]) -> TwineReading:
    """Return what ``twine check --strict`` says of ``files``.

    Raises:
        ValueError: no files: twine would call that a success.

    """
    if not files:
        raise ValueError("twine check passes when it is given no files")
    try:
        done = subprocess.run(
            [sys.executable, "-m", "twine", "--no-color", "check", "--strict", *map(str, files)],
            # `python -m` imports from the working folder first: never from the project's.
            cwd=files[0].parent,
            # Rich breaks lines at the terminal's width.
            env={**os.environ, "COLUMNS": "2000", "PYTHONIOENCODING": "utf-8", "NO_COLOR": "1"},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return TwineReading(None, (f"twine gave no answer in {_SECONDS} s",))
    said = [
        printable(line).rstrip()
        for line in (done.stdout + b"\n" + done.stderr)
        .decode("utf-8", errors="replace")
        .splitlines()
    ]
    lines = [line for line in said if line.strip()]
    verdicts = [match for line in lines if (match := _CHECKING.match(line))]
    if done.returncode == 0 and len(verdicts) == len(files):
        return TwineReading(all(match["verdict"] == "PASSED" for match in verdicts))
    if not verdicts and not any(line.startswith("ERROR") for line in lines):
        return TwineReading(
            None, tuple(lines[-1:]) or (f"twine exited with status {done.returncode}",)
        )
    return TwineReading(False, _readable(lines))


def _readable(lines: Sequence[str]) -> tuple[str, ...]:
    told: list[str] = []
    for line in lines:
        if _CHECKING.match(line):
            continue
        text = _LEVEL.sub("", line).strip()
        mend = next((mend for start, mend in _MENDS if start in text), text)
        # Said once for both artifacts: they carry the same readme.
        if mend not in told:
            told.append(mend)
    if any("no readme" in line for line in told):  # then its content type is beside the point
        told = [line for line in told if "content type" not in line]
    return tuple(told)
