"""Names of distributions, compared as the packaging specifications compare them."""

from __future__ import annotations

import re

_RUNS = re.compile(r"[-_.]+")


def normalize_name(name: str) -> str:
    """Return ``name`` as the name-normalisation specification (PEP 503) spells it.

    >>> normalize_name("Vllm__Ascend.Plus")
    'vllm-ascend-plus'
    """
    return _RUNS.sub("-", name).lower()
