"""A build that failed, in one sentence, with a hint and the backend's last telling lines."""

from __future__ import annotations

import re
import signal
import subprocess
from typing import TYPE_CHECKING

from vplug.errors import VplugError
from vplug.release.output import Output, reason_in, telling_lines

if TYPE_CHECKING:
    from collections.abc import Iterable

_NO_MODULE = re.compile(r"No module named '?([\w.]+)'?")
_NO_MATCH = re.compile(
    r"(?:No matching distribution found for|satisfies the requirement) ([^\s(;]+)"
)
_NO_NETWORK = (
    "NewConnectionError",
    "NameResolution",
    "Temporary failure in name",
    "ConnectTimeout",
    "ProxyError",
    "Network is unreachable",
    "Connection refused",
    "Failed to establish",
)
_NO_TOOL = re.compile(r"(CMake|cmake|ninja|nvcc|CUDA_HOME|gcc|g\+\+|clang|cargo|rustc|cl\.exe)")


class BuildFailed(VplugError):
    """The build backend, or the making of its environment, failed.

    Attributes:
        output: the last telling lines of what it printed, safe to show.

    """

    def __init__(self, message: str, hint: str | None = None, output: Iterable[str] = ()) -> None:
        super().__init__(message, hint)
        self.output = tuple(output)


def hook_failed(
    error: Exception, backend: str, making: str, output: Output, isolated: bool
) -> BuildFailed:
    """Return the failure for an exception out of a build hook.

    Args:
        error: what ``pyproject_hooks`` raised (the cause inside ``BuildBackendException``).
        backend: the backend's name.
        making: what it was to make, e.g. ``the wheel``.
        output: what it printed.
        isolated: whether it ran in an environment of its own.

    """
    import pyproject_hooks

    lines = telling_lines(output.lines)
    if isinstance(error, pyproject_hooks.BackendUnavailable):
        told = telling_lines(str(error.traceback).splitlines())
        reason = reason_in(told) or str(error).splitlines()[0]
        hint = (
            "see build-backend, backend-path and requires in [build-system] of pyproject.toml"
            if isolated
            else "install it into this environment, or leave --no-isolation out"
        )
        return BuildFailed(f"the build backend {backend} cannot be imported: {reason}", hint, told)
    if isinstance(error, pyproject_hooks.HookMissing):
        return BuildFailed(
            f"the build backend {backend} offers no {error.hook_name}: it cannot make {making}"
        )
    if isinstance(error, pyproject_hooks.UnsupportedOperation):
        told = telling_lines(str(error.traceback).splitlines())
        return BuildFailed(
            f"the build backend {backend} says that it cannot make {making} here", None, told
        )
    if isinstance(error, subprocess.CalledProcessError):
        reason = reason_in(lines) or _exit(error.returncode)
        return BuildFailed(
            f"{backend} failed while making {making}: {reason.rstrip('.')}",
            _hint(lines, isolated),
            lines,
        )
    if isinstance(error, subprocess.TimeoutExpired):
        return BuildFailed(
            f"{backend} had not finished {making} after {error.timeout:g} s and was ended",
            "give it longer with --timeout, or see what it waits for with --verbose",
            lines,
        )
    if isinstance(error, FileNotFoundError):  # the hook's reply was never written
        return BuildFailed(
            f"{backend} ended without an answer while making {making}",
            "its process exited by itself: look for sys.exit() or os._exit() in the build files",
            lines,
        )
    return BuildFailed(
        f"{backend} failed while making {making}: {type(error).__name__}: {error}", None, lines
    )


def environment_failed(error: Exception, requirements: Iterable[str]) -> BuildFailed:
    """Return the failure for an exception while an isolated environment was made.

    Args:
        error: what ``build.env`` raised.
        requirements: what was to be installed.

    """
    wanted = ", ".join(sorted(requirements)) or "nothing"
    inner = getattr(error, "exception", error)
    if not isinstance(inner, subprocess.CalledProcessError):
        return BuildFailed(
            f"the isolated build environment cannot be made: {error}",
            "give --no-isolation to build with what is installed here",
        )
    collected = Output()
    for stream in (inner.stdout, inner.stderr):
        if stream:
            collected.feed((stream if isinstance(stream, bytes) else str(stream).encode()) + b"\n")
    text = "\n".join(collected.lines)
    offline = any(mark in text for mark in _NO_NETWORK)
    missing = _NO_MATCH.search(text)
    which = missing[1] if missing else wanted
    if offline:
        why = "the package index cannot be reached"
    elif missing:
        why = "pip finds no such distribution"
    else:
        why = reason_in(collected.lines) or _exit(inner.returncode)
    return BuildFailed(
        f"the isolated build environment cannot be made: installing {which} failed: {why}",
        "give --no-isolation to build with what is installed here, or look to the network and the "
        "index that pip is set up for",
        telling_lines(collected.lines),
    )


def _exit(status: int) -> str:
    if status >= 0:
        return f"its process exited with status {status}"
    try:
        name = signal.Signals(-status).name
    except ValueError:
        name = f"signal {-status}"
    return f"its process was killed by {name}" + (" (out of memory?)" if name == "SIGKILL" else "")


def _hint(lines: Iterable[str], isolated: bool) -> str | None:
    for line in reversed(list(lines)):
        missing = _NO_MODULE.search(line)
        if missing:
            name = missing[1].partition(".")[0]
            return (
                f"if the build needs {name}, add it to requires in the [build-system] table"
                if isolated
                else f"install {name} into this environment, or leave --no-isolation out"
            )
        if "Permission denied" in line or "Read-only file system" in line:
            return "build backends write into the project folder: build a copy that may be written"
        tool = _NO_TOOL.search(line)
        if tool:
            return (
                f"the build needs {tool[1]}; see the lines above for what it asks of this machine"
            )
    return None
