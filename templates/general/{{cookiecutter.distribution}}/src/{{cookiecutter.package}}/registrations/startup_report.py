"""One line in the log of each vLLM process."""

import logging
import multiprocessing
import os
from importlib import metadata

from ..registry import vllm_version

logger = logging.getLogger(f"vllm.{__name__}")

DISTRIBUTION = "{{ cookiecutter.distribution }}"


def install() -> None:
    """Log the versions and the process."""
    logger.info(
        "%s %s with vLLM %s in process %s (pid %d).",
        DISTRIBUTION,
        metadata.version(DISTRIBUTION),
        vllm_version(),
        multiprocessing.current_process().name,
        os.getpid(),
    )
