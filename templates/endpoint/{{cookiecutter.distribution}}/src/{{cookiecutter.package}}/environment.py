"""The environment variables that the plugin reads."""

import os
from collections.abc import Mapping
from dataclasses import dataclass

MAX_CHOICES = "{{ cookiecutter.env_prefix }}_MAX_CHOICES"
MAX_REQUESTS = "{{ cookiecutter.env_prefix }}_MAX_REQUESTS"


@dataclass(frozen=True)
class Limits:
    """What a server takes on.

    Attributes:
        choices: the most choices in one request; each is a prompt of its own to the model.
        requests: the most requests that are worked on at once.
    """

    choices: int
    requests: int


def limits(environ: Mapping[str, str] = os.environ) -> Limits:
    """Return the limits; what is not set has its default.

    Raises:
        ValueError: a variable is set to something other than a positive whole number.
    """
    return Limits(
        choices=_whole_number(environ, MAX_CHOICES, 64),
        requests=_whole_number(environ, MAX_REQUESTS, 32),
    )


def _whole_number(environ: Mapping[str, str], name: str, default: int) -> int:
    value = environ.get(name)
    if value is None:
        return default
    text = value.strip()
    if not (text.isascii() and text.isdecimal()) or int(text) == 0:
        raise ValueError(f"{name} must be a positive whole number, not {value!r}")
    return int(text)
