"""The environment variable that the plugin reads."""

import os
import re
from collections.abc import Mapping

REPLACES = "{{ cookiecutter.env_prefix }}_REPLACES"

_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]*", re.ASCII)


def replaced(environ: Mapping[str, str] = os.environ) -> tuple[str, ...]:
    """Return the names of vLLM's own backends that this one stands in for; () when not set.

    Raises:
        ValueError: the variable is set to something that is no list of names.
    """
    names: dict[str, None] = {}
    for part in environ.get(REPLACES, "").split(","):
        name = part.strip()
        if not name:
            continue
        if not _NAME.fullmatch(name):
            raise ValueError(f"{REPLACES}: {name!r} is not the name of an attention backend")
        names[name.upper()] = None
    return tuple(names)
