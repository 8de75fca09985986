"""``[tool.vplug.verify]``: what a live engine is told about a plugin that it cannot find out."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from vplug.errors import UsageFault

#: Every key of the table: what it holds.
KEYS = {
    "model": "a model's folder or name to use in place of the tiny one",
    "engine": "engine arguments, as `vllm.LLM` takes them",
    "env": "environment variables; {adapters}, {model} and {folder} in them are filled in",
    "plugins": "a table for each entry point by its name: see its own keys",
}
#: Every key of ``[tool.vplug.verify.plugins.NAME]``.
PLUGIN_KEYS = {
    "data": "io-processor: what `encode` and POST /pooling send as data",
    "model": "io-processor: the model that it is for",
    "engine": "io-processor: engine arguments for it alone",
    "extra_args": "logits-processor: a request's extra_args (vllm_xargs)",
    "path": "endpoint: the path to ask for",
    "method": "endpoint: GET, POST, …",
    "body": "endpoint: the JSON to send",
    "config": "general: config.json of a tiny model, by the architecture that it registers",
}


@dataclass(frozen=True, slots=True)
class LiveSettings:
    """What is set for a live engine; see :data:`KEYS` and :data:`PLUGIN_KEYS`."""

    model: str | None = None
    engine: Mapping[str, Any] = field(default_factory=dict)
    env: Mapping[str, str] = field(default_factory=dict)
    plugins: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)

    def of(self, subject: str) -> Mapping[str, Any]:
        """Return the settings of a plugin given as ``group:name``; empty where there are none."""
        return self.plugins.get(subject.partition(":")[2], {})


def live_settings(table: Any, where: str) -> LiveSettings:
    """Return the settings that a ``[tool.vplug.verify]`` table holds.

    Raises:
        UsageFault: an unknown key, or a value of the wrong kind; ``where`` is in the message.
    """
    name = "[tool.vplug.verify]"
    _table(table, KEYS, name, where)
    model = table.get("model")
    if model is not None and not isinstance(model, str):
        raise UsageFault(f"{where}: {name} model must be a string, not {model!r}")
    env = table.get("env", {})
    if not isinstance(env, dict) or not all(isinstance(value, str) for value in env.values()):
        raise UsageFault(f"{where}: {name} env must be a table of strings")
    engine = table.get("engine", {})
    if not isinstance(engine, dict):
        raise UsageFault(f"{where}: {name} engine must be a table of engine arguments")
    plugins = table.get("plugins", {})
    if not isinstance(plugins, dict):
        raise UsageFault(f"{where}: {name} plugins must be a table of tables")
    for plugin, settings in plugins.items():
        _table(settings, PLUGIN_KEYS, f"[tool.vplug.verify.plugins.{plugin}]", where)
    return LiveSettings(model, engine, env, plugins)


def _table(table: Any, keys: Mapping[str, str], name: str, where: str) -> None:
    if not isinstance(table, dict):
        raise UsageFault(f"{where}: {name} must be a table, not {table!r}")
    for key in table:
        if key not in keys:
            close = difflib.get_close_matches(key, keys, n=1)
            raise UsageFault(
                f"{where}: {name} has no key {key!r}",
                f"did you mean {close[0]!r}?" if close else f"its keys are {', '.join(keys)}",
            )
