"""The environment variable that the plugin reads."""

import os
from collections.abc import Mapping

MAX_TOKENS = "{{ cookiecutter.env_prefix }}_MAX_TOKENS"
DEFAULT_MAX_TOKENS = 1024


def max_tokens(environ: Mapping[str, str] = os.environ) -> int:
    """Return the most token ids that one request may list.

    Raises:
        ValueError: the variable is set to something other than a positive whole number.
    """
    value = environ.get(MAX_TOKENS)
    if value is None:
        return DEFAULT_MAX_TOKENS
    text = value.strip()
    if not (text.isascii() and text.isdecimal()) or int(text) == 0:
        raise ValueError(f"{MAX_TOKENS} must be a positive whole number, not {value!r}")
    return int(text)
