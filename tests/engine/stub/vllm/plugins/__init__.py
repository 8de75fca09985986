import logging
import os

plugins_loaded = False


def load_plugins_by_group(group):
    from importlib.metadata import entry_points

    allowed = os.environ.get("VLLM_PLUGINS")
    names = None if allowed is None else allowed.split(",")
    found = {}
    for plugin in entry_points(group=group):
        if names is None or plugin.name in names:
            try:
                found[plugin.name] = plugin.load()
            except Exception:
                logging.exception("Failed to load plugin %s", plugin.name)
    return found


def load_general_plugins():
    global plugins_loaded
    if plugins_loaded:
        return
    plugins_loaded = True
    for function in load_plugins_by_group("vllm.general_plugins").values():
        function()
