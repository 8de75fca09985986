"""What is done while plugin code runs, and by whom: an audit hook that looks at the stack.

Of the frames of a call, the innermost that stands in the plugin's own files or in vLLM's says whose
act it is: what vLLM's modules do while a plugin imports them is not the plugin's doing.
"""

from __future__ import annotations

import os
import sys

_WATCHED = frozenset(
    {
        "os.putenv",
        "os.unsetenv",
        "os.chdir",
        "os.kill",
        "os.killpg",
        "os.system",
        "os.posix_spawn",
        "subprocess.Popen",
        "socket.connect",
        "socket.getaddrinfo",
    }
)
_MOST = 200


class Acts:
    """A record of acts since it was installed."""

    def __init__(self, own, vllm):
        self.own = tuple(own)
        self.vllm = vllm
        self.seen = []
        self.step = None
        self._busy = False

    def install(self):
        """Begin to record; an audit hook cannot be taken away again."""
        sys.addaudithook(self._hear)

    def _hear(self, event, args):
        if event not in _WATCHED or self.step is None or self._busy or len(self.seen) >= _MOST:
            return
        self._busy = True
        try:
            owner, file, line = self.owner(sys._getframe(1))
            if owner != "vllm":
                self.seen.append(
                    {
                        "event": event,
                        "detail": _detail(event, args),
                        "owner": owner,
                        "file": file,
                        "line": line,
                        "step": self.step,
                    }
                )
        except Exception:
            pass
        finally:
            self._busy = False

    def owner(self, frame):
        """Return ``plugin``, ``vllm`` or ``other``, and where in the plugin's files."""
        while frame is not None:
            file = frame.f_code.co_filename
            if self.is_own(file):
                return "plugin", file, frame.f_lineno
            if self.vllm and file.startswith(self.vllm):
                return "vllm", None, None
            frame = frame.f_back
        return "other", None, None

    def is_own(self, file):
        """Whether a file is the plugin's."""
        return file.startswith(self.own)


def _detail(event, args):
    first = args[0] if args else ""
    if event in ("os.putenv", "os.unsetenv"):
        return os.fsdecode(first)
    if event == "socket.connect":
        return str(args[1])[:200] if len(args) > 1 else ""
    return str(first)[:200]
