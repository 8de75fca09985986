"""The entry point of the group `{{ cookiecutter.group }}`.

vLLM loads this module while it is choosing a platform, so that neither it nor the package's
`__init__` may import vLLM: the loader would meet `vllm.platforms` half initialised, swallow the
error, and run on another platform.
"""

import logging

from .device import look_for_device
from .environment import PLATFORM, Use, use

# vLLM gives handlers to the logger "vllm", so that a child of it is heard, without importing vLLM.
logger = logging.getLogger(f"vllm.{__name__}")


def register() -> str | None:
    """Return the dotted name of the platform class, or None where vLLM is to use another one.

    vLLM calls this once to ask whether the platform can be used and, where it can, once more to
    have the name, in each of its processes. The name is written with dots only: vLLM splits it at
    the last one. Nothing is raised: vLLM would swallow it and choose another platform in silence.
    """
    try:
        wanted = use()
    except ValueError as error:
        logger.error("%s; vLLM will run on another platform.", error)
        return None
    if wanted is Use.OFF:
        logger.info("%s=off: vLLM will run on another platform.", PLATFORM)
        return None
    if wanted is Use.AUTO:
        try:
            found, reason = look_for_device()
        except Exception:
            logger.exception("Looking for the device failed; vLLM will run on another platform.")
            return None
        if not found:
            logger.warning(
                "No device: %s; vLLM will run on another platform (%s=on skips this question).",
                reason,
                PLATFORM,
            )
            return None
    return "{{ cookiecutter.package }}.platform.DevicePlatform"
