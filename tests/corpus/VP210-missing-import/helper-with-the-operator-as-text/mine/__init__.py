import operator

import vllm
from packaging import version


def check(target: str, comparison: str):
    """Whether vLLM's version compares so."""
    mine = version.parse(vllm.__version__)
    theirs = version.parse(target)
    if comparison == "<":
        return mine < theirs
    elif comparison == ">=":
        return mine >= theirs
    raise ValueError(comparison)


if check("0.16.0", "<"):
    from vllm.attention.layer import Attention
if check("0.16.0", ">="):
    from vllm.nowhere import Attention

def register():
    pass
