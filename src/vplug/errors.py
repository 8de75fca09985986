"""What can go wrong, as one sentence and a hint; the command line's error boundary prints these."""

from __future__ import annotations

from enum import IntEnum


class ExitStatus(IntEnum):
    """The exit statuses of every vplug command."""

    CLEAN = 0
    FINDINGS = 1
    USAGE = 2
    NOTHING = 3
    FAILED = 4
    INTERRUPTED = 130


class VplugError(Exception):
    """A fault that vplug can put into words.

    Args:
        message: the fact, one sentence without a trailing full stop.
        hint: the mend, or ``None`` where vplug knows of none.
    """

    status = ExitStatus.FAILED

    def __init__(self, message: str, hint: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


class DamagedStore(VplugError):
    """The contract store cannot be read: whatever is asked of it would be a guess."""


class UsageFault(VplugError):
    """The command line or a configuration file asks for something that does not exist."""

    status = ExitStatus.USAGE


class NothingFound(VplugError):
    """The target was read, and there is nothing in it for the command to look at."""

    status = ExitStatus.NOTHING


class Unreadable(VplugError):
    """A target cannot be read: missing, damaged, or unsafe to open."""

    status = ExitStatus.FAILED
