"""Further architecture names for models that vLLM has."""

import logging

from ..environment import model_aliases

logger = logging.getLogger(f"vllm.{__name__}")


def install() -> None:
    """Register each alias with vLLM.

    Raises:
        ValueError: the environment variable does not read as aliases.
    """
    aliases = model_aliases()
    if not aliases:
        return
    from vllm import ModelRegistry

    for architecture, model in aliases.items():
        # With a colon, and as a string: vLLM imports the model only when it is asked for. An
        # import here would come before the platform is chosen, and initialise CUDA too early.
        # Which string it is only running tells.
        ModelRegistry.register_model(architecture, model)  # vplug: ignore[VP207,VP307]
        logger.info("Architecture %s is served by %s.", architecture, model)
