"""What a child process prints: kept within bounds, made safe to show, cut to the telling lines."""

from __future__ import annotations

import re
from collections import deque
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

#: What is kept of a child's output: enough for any compiler's last words.
KEPT_LINES = 400
MAX_LINE = 500
TELLING_LINES = 20

# Terminal control sequences (ECMA-48 CSI and OSC), then every other control character but the tab.
_SEQUENCES = re.compile(r"\x1b\[[0-?]*[ -/]*[@-~]|\x1b\].*?(?:\x07|\x1b\\)|\x1b[@-Z\\-_]")
_CONTROLS = re.compile(r"[\x00-\x08\x0a-\x1f\x7f-\x9f]")
_CARETS = re.compile(r"^[\s~^]*$")
_FRAME = re.compile(r'^\s+File ".*[/\\]pyproject_hooks[/\\].*", line \d+')
_REASON = re.compile(
    r"^(?:[\w.]+\.)?\w*"
    r"(?:Error|Exception|Failed|Failure|Unavailable|Invalid|Exit|Interrupt)\w*(?:: .+)?$"
)
_SAID = re.compile(r"^(?:\w+: )?(?:fatal )?error: .+", re.IGNORECASE)


def printable(text: str) -> str:
    """Return ``text`` in one line, without what would move a terminal's cursor or recolour it."""
    return _CONTROLS.sub("", _SEQUENCES.sub("", text.strip().replace("\n", " ")))


class Output:
    """The last lines that a child printed.

    Args:
        echo: called with each line as it comes, or ``None`` to keep quiet.

    """

    def __init__(self, echo: Callable[[str], None] | None = None) -> None:
        self._echo = echo
        self._lines: deque[str] = deque(maxlen=KEPT_LINES)
        self._partial = b""

    @property
    def lines(self) -> tuple[str, ...]:
        """The lines kept, oldest first."""
        return tuple(self._lines)

    def begin(self) -> None:
        """Forget what was printed before: a new child starts."""
        self._lines.clear()
        self._partial = b""

    def feed(self, data: bytes) -> None:
        """Take what the child printed."""
        *whole, self._partial = (self._partial + data).split(b"\n")
        for line in whole:
            self._take(line)
        if len(self._partial) > 16 * MAX_LINE:  # megabytes without a line end
            self._take(self._partial)
            self._partial = b""

    def end(self) -> None:
        """Take the last line, which may have no end."""
        if self._partial:
            self._take(self._partial)
            self._partial = b""

    def _take(self, raw: bytes) -> None:
        # A progress bar overwrites its line: only what it came to is worth keeping.
        line = raw.rstrip(b"\r").rpartition(b"\r")[2][: 4 * MAX_LINE]
        text = _CONTROLS.sub(
            "", _SEQUENCES.sub("", line.decode("utf-8", errors="replace"))
        ).rstrip()
        if len(text) > MAX_LINE:
            text = text[: MAX_LINE - 1] + "…"
        self._lines.append(text)
        if self._echo is not None:
            self._echo(text)


def telling_lines(lines: Iterable[str], limit: int = TELLING_LINES) -> tuple[str, ...]:
    """Return the last lines that tell something.

    Left out: blank lines, underlines of tracebacks, repetitions, and the frames of the hook caller,
    which are the same for every project.
    """
    kept: list[str] = []
    in_hook_caller = False
    for line in lines:
        if _CARETS.match(line):
            continue
        if _FRAME.match(line):
            in_hook_caller = True
            continue
        if in_hook_caller and line.startswith("    "):  # the source line that goes with the frame
            continue
        in_hook_caller = False
        if not kept or kept[-1] != line:
            kept.append(line)
    return tuple(kept[-limit:])


def reason_in(lines: Iterable[str]) -> str | None:
    """Return the line that names the fault, an exception's last or an ``error:``; or ``None``."""
    listed = list(lines)
    for line in reversed(listed):
        if _REASON.match(line) and not line.startswith(
            ("subprocess.CalledProcessError", "SystemExit")
        ):
            return line.strip()
    for line in reversed(listed):
        if _SAID.match(line.strip()):
            return re.sub(r"^error: ", "", line.strip(), flags=re.IGNORECASE)
    return None
