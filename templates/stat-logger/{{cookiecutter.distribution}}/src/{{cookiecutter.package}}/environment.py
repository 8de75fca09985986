"""The environment variables that the plugin reads."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

FILE = "{{ cookiecutter.env_prefix }}_FILE"
MAX_BYTES = "{{ cookiecutter.env_prefix }}_MAX_BYTES"
BACKUPS = "{{ cookiecutter.env_prefix }}_BACKUPS"
INTERVAL = "{{ cookiecutter.env_prefix }}_INTERVAL"

DEFAULT_FILE = "{{ cookiecutter.package }}.jsonl"


@dataclass(frozen=True)
class Settings:
    """Where the lines go.

    Attributes:
        file: the file, absolute, so that a later change of the working folder does not move it.
        max_bytes: the size that the file is not to exceed.
        backups: how many full files are kept beside it.
        interval: seconds between two lines of one engine.
    """

    file: Path
    max_bytes: int
    backups: int
    interval: int


def settings(environ: Mapping[str, str] = os.environ) -> Settings:
    """Return the settings; what is not set has its default.

    Raises:
        ValueError: a variable is set to something that is no such number.
    """
    return Settings(
        file=Path(environ.get(FILE) or DEFAULT_FILE).expanduser().absolute(),
        max_bytes=_whole_number(environ, MAX_BYTES, default=10_000_000, least=1),
        backups=_whole_number(environ, BACKUPS, default=5, least=0),
        interval=_whole_number(environ, INTERVAL, default=10, least=1),
    )


def _whole_number(environ: Mapping[str, str], name: str, *, default: int, least: int) -> int:
    value = environ.get(name)
    if value is None:
        return default
    text = value.strip()
    if not (text.isascii() and text.isdecimal()) or int(text) < least:
        raise ValueError(f"{name} must be a whole number of at least {least}, not {value!r}")
    return int(text)
