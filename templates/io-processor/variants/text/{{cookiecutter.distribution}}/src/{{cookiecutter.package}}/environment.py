"""The environment variables that the plugin reads."""

import os
from collections.abc import Mapping
from dataclasses import dataclass

MAX_CHARS = "{{ cookiecutter.env_prefix }}_MAX_CHARS"
MAX_CHUNKS = "{{ cookiecutter.env_prefix }}_MAX_CHUNKS"


@dataclass(frozen=True)
class Limits:
    """What one request may ask for, all its texts together.

    Attributes:
        chars: the most characters.
        chunks: the most chunks; each is a prompt of its own to the model.
    """

    chars: int = 1_000_000
    chunks: int = 4096


def limits(environ: Mapping[str, str] = os.environ) -> Limits:
    """Return the limits; what is not set has its default.

    Raises:
        ValueError: a variable is set to something other than a positive whole number.
    """
    return Limits(
        chars=_whole_number(environ, MAX_CHARS, Limits.chars),
        chunks=_whole_number(environ, MAX_CHUNKS, Limits.chunks),
    )


def _whole_number(environ: Mapping[str, str], name: str, default: int) -> int:
    value = environ.get(name)
    if value is None:
        return default
    text = value.strip()
    if not (text.isascii() and text.isdecimal()) or int(text) == 0:
        raise ValueError(f"{name} must be a positive whole number, not {value!r}")
    return int(text)
