"""The environment variable that the plugin reads."""

import os
import re
from collections.abc import Mapping

MODEL_ALIASES = "{{ cookiecutter.env_prefix }}_MODEL_ALIASES"

_ALIAS = re.compile(r"(?P<architecture>\w+)=(?P<model>\w+(?:\.\w+)*:\w+)", re.ASCII)


def model_aliases(environ: Mapping[str, str] = os.environ) -> dict[str, str]:
    """Return architecture name → "module:Class" of the model to serve it by.

    Raises:
        ValueError: the variable is set to something that does not read so.
    """
    aliases: dict[str, str] = {}
    for part in environ.get(MODEL_ALIASES, "").split(","):
        item = part.strip()
        if not item:
            continue
        match = _ALIAS.fullmatch(item)
        if match is None:
            raise ValueError(f"{MODEL_ALIASES}: {item!r} is not Architecture=module:Class")
        if match["architecture"] in aliases:
            raise ValueError(f"{MODEL_ALIASES}: {match['architecture']} is there twice")
        aliases[match["architecture"]] = match["model"]
    return aliases
