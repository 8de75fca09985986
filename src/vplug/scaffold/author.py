"""Who writes the plugin: from git's configuration, checked, and spelled for pyproject.toml."""

from __future__ import annotations

import json
import re
import subprocess

from vplug.errors import UsageFault

MAX_TEXT = 200
_EMAIL = re.compile(r"[^@\s<>\"',;]+@[^@\s<>\"',;]+")


def git_config(key: str) -> str:
    """Return git's value of ``key`` (such as ``user.name``), or "" without git or value."""
    try:
        done = subprocess.run(
            ["git", "config", "--get", key],  # noqa: S607 - whichever git the person uses
            capture_output=True,
            text=True,
            encoding="utf-8",
            errors="replace",
            timeout=5,
            check=False,
        )
    except (OSError, subprocess.SubprocessError):
        return ""
    return done.stdout.strip() if done.returncode == 0 else ""


def usable(text: str) -> str:
    """Return ``text`` if it may stand in one line of metadata, else ""."""
    return text if text.isprintable() and len(text) <= MAX_TEXT else ""


def check_line(what: str, text: str) -> None:
    """Refuse a text that is no line: with control characters, or too long.

    Raises:
        UsageFault: with the reason.
    """
    if not text.isprintable():
        raise UsageFault(f"the {what} holds a line break or another control character")
    if len(text) > MAX_TEXT:
        raise UsageFault(
            f"the {what} has {len(text)} characters, and at most {MAX_TEXT} are allowed"
        )


def check_email(email: str) -> None:
    """Refuse what is no address; "" is none, and allowed.

    Raises:
        UsageFault: with the reason.
    """
    check_line("email", email)
    if email and not _EMAIL.fullmatch(email):
        raise UsageFault(f"{email!r} is not an email address")


def toml_string(text: str) -> str:
    """Return ``text`` as a TOML basic string; JSON's escapes are a subset of TOML's."""
    return json.dumps(text, ensure_ascii=False)


def toml_author(name: str, email: str) -> str:
    """Return the author as a TOML inline table, or "" when neither is known."""
    known = {"name": name, "email": email}
    fields = [f"{key} = {toml_string(value)}" for key, value in known.items() if value]
    return f"{{ {', '.join(fields)} }}" if fields else ""
