"""Handing files to twine, and what became of each."""

from __future__ import annotations

import contextlib
import io
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from vplug.release.publish.nouns import DistFile, Failure, FileState
from vplug.release.publish.repository import VARIABLES, Repository
from vplug.release.publish.told import explain, is_present

_GRACE_SECONDS = 3.0


@dataclass(frozen=True, slots=True)
class Sent:
    """What became of an upload.

    Attributes:
        states: by file name.
        failure: why not all went well, or ``None``.
        interrupted: whether a person broke it off.
    """

    states: dict[str, FileState]
    failure: Failure | None = None
    interrupted: bool = False


def upload(
    files: Sequence[DistFile],
    repository: Repository,
    timeout: float,
    attestations: bool = False,
    skip_existing: bool = False,
) -> Sent:
    """Send files, in order, until one fails.

    Twine's progress and its prompts for a login are the person's to see; they go to stderr.

    Args:
        files: what to send.
        repository: where.
        timeout: how long the server may be silent, in seconds.
        attestations: whether to send the files' attestations along.
        skip_existing: whether a file that the server has already is no failure. Twine's own option
            is for two hosts alone, so the answer is judged here and the rest is sent anew.
    """
    states = {file.name: FileState.NOT_SENT for file in files}
    pending = list(files)
    while pending:
        events, interrupted = _run(pending, repository, timeout, attestations)
        answer, raised = _read(events, states)
        if interrupted:
            return Sent(states, Failure("interrupted while sending"), True)
        if raised is None and answer is None and any(e["event"] == "done" for e in events):
            return Sent(states)
        name = str(answer.get("file")) if answer is not None else ""
        if skip_existing and answer is not None and is_present(answer):
            states[name] = FileState.PRESENT
            pending = [file for file in pending if states[file.name] is FileState.NOT_SENT]
            continue
        return Sent(states, explain(answer, raised, repository, timeout))
    return Sent(states)


def _read(
    events: Sequence[dict[str, Any]], states: dict[str, FileState]
) -> tuple[dict[str, Any] | None, dict[str, Any] | None]:
    """Note what became of each file; return the event of the failing file, and twine's own error."""
    last: dict[str, Any] | None = None
    raised: dict[str, Any] | None = None
    for event in events:
        name = event.get("file")
        if event["event"] == "raised":
            raised = event
        elif event["event"] == "broken" and name is None:
            last = event  # not an upload: trusted publishing's exchange of tokens
        if name not in states:
            continue
        if event["event"] == "sending":
            states[name] = FileState.UNKNOWN
        elif event["event"] == "broken":
            before = ("refused", "unreachable", "name", "tls", "proxy")
            states[name] = FileState.REFUSED if event["kind"] in before else FileState.UNKNOWN
            last = event
        elif event["event"] == "answered":
            taken = 200 <= int(event["status"]) < 300
            failed = int(event["status"]) >= 500
            refused = FileState.UNKNOWN if failed else FileState.REFUSED
            states[name] = FileState.SENT if taken else refused
            last = None if taken else event
    return last, raised


def _run(
    files: Sequence[DistFile], repository: Repository, timeout: float, attestations: bool
) -> tuple[list[dict[str, Any]], bool]:
    words = ["upload", *repository.arguments]
    if not _is_terminal(sys.stderr):
        words.append("--disable-progress-bar")
    if not _is_terminal(sys.stdin):
        words.append("--non-interactive")
    if attestations:
        words.append("--attestations")
        words += [str(path) for file in files for path in file.attestations]
    words += [str(file.path) for file in files]
    with tempfile.TemporaryDirectory(prefix="vplug-publish-") as folder:
        events = Path(folder, "events")
        events.touch()
        command = [
            # -P: `python -m` would import from the current folder first, which may be the project.
            *(sys.executable, "-P", "-m", "vplug.release.publish.twine_child"),
            *(str(events), str(timeout), *words),
        ]
        kept = {name: value for name, value in os.environ.items() if name not in VARIABLES}
        interrupted = _watch(command, {**kept, **repository.environment, **_width()})
        found = []
        for line in events.read_text(encoding="utf-8", errors="replace").splitlines():
            with contextlib.suppress(ValueError):  # the last line of a child that was killed
                found.append(json.loads(line))
        return found, interrupted or any(event["event"] == "interrupted" for event in found)


def _watch(command: list[str], env: dict[str, str]) -> bool:
    """Run the child to its end; return whether it was interrupted."""
    stream = _descriptor(sys.stderr)
    with subprocess.Popen(
        command,
        env=env,
        # All on stderr: stdout is for the report.
        stdout=stream if stream is not None else subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        errors="replace",
    ) as process:
        try:
            if process.stdout is not None:
                for line in process.stdout:
                    sys.stderr.write(line)
            process.wait()
        except KeyboardInterrupt:
            # A terminal sends the interrupt to both: the child is given time to write it down.
            for end in (None, process.terminate, process.kill):
                if end is not None:
                    end()
                with contextlib.suppress(subprocess.TimeoutExpired, KeyboardInterrupt):
                    process.wait(_GRACE_SECONDS)
                    break
            return True
    return False


def _width() -> dict[str, str]:
    """Twine's lines must not be broken at 80 columns in a log."""
    wide = {} if _is_terminal(sys.stderr) or "COLUMNS" in os.environ else {"COLUMNS": "2000"}
    return {**wide, "PYTHONIOENCODING": "utf-8"}


def _is_terminal(stream: IO[str] | None) -> bool:
    return stream is not None and not stream.closed and stream.isatty()


def _descriptor(stream: Any) -> int | None:
    try:
        stream.flush()
        return int(stream.fileno())
    except (AttributeError, OSError, ValueError, io.UnsupportedOperation):
        return None
