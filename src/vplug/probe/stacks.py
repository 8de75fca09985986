"""Where code was when ``faulthandler`` wrote a process's stacks: pure."""

from __future__ import annotations

import re

_FRAME = re.compile(r'^  File "(?P<path>[^"]*)", line (?P<line>\d+) in (?P<name>.*)$')

#: One frame: file, line and function.
Frame = tuple[str, int, str]


def frames_within(text: str, ours: str) -> tuple[Frame, ...]:
    """Return the frames of the call that our own code made, outermost first; empty if there is none.

    Args:
        text: what ``faulthandler`` writes: threads with their frames, innermost first.
        ours: part of the path of the file that made the call. The thread is the one with such a frame,
            and frames from there outwards are left out.
    """
    for thread in text.split("Thread 0x"):
        frames: list[Frame] = []
        for line in thread.splitlines():
            match = _FRAME.match(line)
            if match is None:
                continue
            if ours in match["path"]:
                if frames:
                    return tuple(reversed(frames))
                break
            if not match["path"].startswith("<frozen "):  # Python leaves these out as well
                frames.append((match["path"], int(match["line"]), match["name"]))
    return ()
