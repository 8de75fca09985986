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


def load_general_plugins():
    global plugins_loaded
    if plugins_loaded:
        return
    plugins_loaded = True
    for function in load_plugins_by_group("vllm.general_plugins").values():
        function()
