"""The environment variable that the plugin reads."""

import os
from collections.abc import Mapping
from enum import StrEnum

PLATFORM = "{{ cookiecutter.env_prefix }}_PLATFORM"


class Use(StrEnum):
    """Whether vLLM is to run on this platform."""

    AUTO = "auto"  # where the device is found
    ON = "on"  # without asking for the device
    OFF = "off"  # never


def use(environ: Mapping[str, str] = os.environ) -> Use:
    """Return what the variable asks for; AUTO when it is not set.

    Raises:
        ValueError: it is set to something else.
    """
    value = environ.get(PLATFORM)
    if value is None:
        return Use.AUTO
    try:
        return Use(value.strip().lower())
    except ValueError:
        raise ValueError(f"{PLATFORM} must be auto, on or off, not {value!r}") from None
