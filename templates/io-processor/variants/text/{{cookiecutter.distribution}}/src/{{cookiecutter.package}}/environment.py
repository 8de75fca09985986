"""The environment variable that the plugin reads."""

import os
from collections.abc import Mapping

MAX_CHARS = "{{ cookiecutter.env_prefix }}_MAX_CHARS"
DEFAULT_MAX_CHARS = 1_000_000


def max_chars(environ: Mapping[str, str] = os.environ) -> int:
    """Return the most characters that one request may hold, all its texts together.

    Raises:
        ValueError: the variable is set to something other than a positive whole number.
    """
    value = environ.get(MAX_CHARS)
    if value is None:
        return DEFAULT_MAX_CHARS
    if not value.strip().isdecimal() or int(value) == 0:
        raise ValueError(f"{MAX_CHARS} must be a positive whole number, not {value!r}")
    return int(value)
