"""The entry point of the group `{{ cookiecutter.group }}`.

vLLM loads this module in each of its processes, so it imports nothing of vLLM and nothing heavy.
"""

import logging
import os

from .environment import DIR, URL, read_settings

# vLLM gives handlers to the logger "vllm", so that a child of it is heard, without importing vLLM.
logger = logging.getLogger(f"vllm.{__name__}")

#: What vLLM's registry calls the resolver.
NAME = "{{ cookiecutter.plugin_name }}"


def register() -> None:
    """Register the resolver with vLLM, where a source is configured; a second call changes nothing.

    Raises:
        ValueError: a setting cannot be used. vLLM does not catch it, and the process ends.
    """
    settings = read_settings()
    if settings.folder is None and settings.store is None:
        logger.info("No LoRA adapters are resolved: neither %s nor %s is set.", DIR, URL)
        return
    from vllm.lora.resolver import LoRAResolverRegistry

    from .resolver import AdapterResolver

    there = LoRAResolverRegistry.resolvers.get(NAME)
    if isinstance(there, AdapterResolver) and there.settings == settings:
        return
    resolver = AdapterResolver(settings)
    LoRAResolverRegistry.register_resolver(NAME, resolver)
    logger.info("LoRA adapters are resolved from %s.", resolver)
    if os.environ.get("VLLM_ALLOW_RUNTIME_LORA_UPDATING", "0").strip().lower() not in ("1", "true"):
        logger.warning(
            "LoRA resolvers are not asked unless VLLM_ALLOW_RUNTIME_LORA_UPDATING=1 is set."
        )
