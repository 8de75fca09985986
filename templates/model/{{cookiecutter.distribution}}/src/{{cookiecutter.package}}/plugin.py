{% set architecture = cookiecutter.package.split("_") | map("capitalize") | join + "ForCausalLM" %}
"""The entry point of the group `{{ cookiecutter.group }}`.

vLLM loads this module in each of its processes, so it imports nothing of vLLM and nothing heavy.
"""

import importlib.util
import logging

# vLLM gives handlers to the logger "vllm", so that a child of it is heard, without importing vLLM.
logger = logging.getLogger(f"vllm.{__name__}")

#: What a checkpoint's config.json has under "architectures".
ARCHITECTURE = "{{ architecture }}"

#: With a colon, and as a string: vLLM imports the model only when one is asked for. An import here
#: would come before the platform is chosen, and initialise CUDA too early.
MODEL = "{{ cookiecutter.package }}.model:DecoderForCausalLM"


def register() -> None:
    """Make vLLM know the model and its configuration; a second call changes nothing."""
    if importlib.util.find_spec("vllm") is None:
        logger.warning("%s is not registered: vLLM is not installed.", ARCHITECTURE)
        return
    from vllm import ModelRegistry

    from .config import register_config

    register_config()
    if ARCHITECTURE not in ModelRegistry.get_supported_archs():
        ModelRegistry.register_model(ARCHITECTURE, MODEL)
        logger.debug("%s is served by %s.", ARCHITECTURE, MODEL)
