"""As in vLLM: a dictionary by name, exceptions while loading logged and swallowed."""

import logging

from vllm import envs

plugins_loaded = False


def load_plugins_by_group(group):
    from importlib.metadata import entry_points

    allowed = envs.VLLM_PLUGINS
    found = {}
    for plugin in entry_points(group=group):
        if allowed is None or plugin.name in allowed:
            try:
                found[plugin.name] = plugin.load()
            except Exception:
                logging.getLogger(__name__).exception("Failed to load plugin %s", plugin.name)
    return found
