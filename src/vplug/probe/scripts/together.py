"""Lets vLLM load all platform and general plugins of one distribution in one process, and tells.

Sources: ``load_general_plugins`` in ``vllm/plugins/__init__.py``, ``current_platform`` in
``vllm/platforms/__init__.py`` (0.10.2 to 0.33.0).
"""

from __future__ import annotations

import importlib

import _vplug_acts
import _vplug_channel as channel
import _vplug_errors

request = channel.open_request()
acts = _vplug_acts.Acts(request["own"], request["vllm"])
describe = _vplug_errors.Describer(acts.is_own, request["vllm"])
seen = {"reached": "start"}


def attempt():
    """First the platform, which nearly every module of vLLM's asks for, then the general plugins."""
    for step, act in (("platform", _settle), ("general", _load)):
        seen["reached"] = step
        channel.note(seen)
        try:
            act()
        except BaseException as error:
            seen["raised"] = describe(error)
            return
    seen["reached"] = "done"


def _settle():
    return getattr(importlib.import_module("vllm.platforms"), "current_platform", None)


def _load():
    importlib.import_module("vllm.plugins").load_general_plugins()


attempt()
channel.finish(seen)
