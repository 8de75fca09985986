"""As ``vllm/plugins/__init__.py`` loads plugins by group (0.7.0 to 0.33.0)."""

import os
from contextlib import suppress
from importlib.metadata import entry_points


def load_plugins_by_group(group):
    value = os.environ.get("VLLM_PLUGINS")
    allowed = None if value is None else value.split(",")
    plugins = {}
    for plugin in entry_points(group=group):
        if allowed is None or plugin.name in allowed:
            with suppress(Exception):  # vLLM logs it
                plugins[plugin.name] = plugin.load()
    return plugins
