"""How vLLM's LoRA resolvers are configured, and whether what lies in their folder would be served.

Source: ``vllm/plugins/lora_resolvers/filesystem_resolver.py`` and ``hf_hub_resolver.py``, 0.28.0 and
0.33.0.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from pathlib import Path

from vplug.loader import Allowlist
from vplug.model import Adapter, Plugin, ResolverFacts, StandingKind

_FOLDER = "VLLM_LORA_RESOLVER_CACHE_DIR"
_REPOSITORIES = "VLLM_LORA_RESOLVER_HF_REPO_LIST"
_RUNTIME = "VLLM_ALLOW_RUNTIME_LORA_UPDATING"
_MOST_ADAPTERS = 1_000
_WEIGHTS = ("adapter_model.safetensors", "adapter_model.bin", "adapter_model.pt")


def resolver_facts(
    plugins: Sequence[Plugin], variables: Mapping[str, str], allowlist: Allowlist
) -> tuple[ResolverFacts, ...]:
    """Return the facts of each of vLLM's resolvers that is installed."""
    facts = []
    for plugin in plugins:
        if plugin.name == "lora_filesystem_resolver":
            facts.append(_filesystem(plugin, variables))
        elif plugin.name == "lora_hf_hub_resolver":
            facts.append(_hub(plugin, variables, allowlist))
    return tuple(facts)


def _switched_off(plugin: Plugin) -> bool:
    return plugin.standing.kind is not StandingKind.LOADS


def _filesystem(plugin: Plugin, variables: Mapping[str, str]) -> ResolverFacts:
    value = variables.get(_FOLDER)
    if not value:
        return ResolverFacts(plugin.name, _FOLDER, value, f"off: {_FOLDER} is not set")
    if _switched_off(plugin):
        state = f"{_FOLDER} is set, but the plugin does not load: {plugin.standing.reason}"
        return ResolverFacts(plugin.name, _FOLDER, value, state, problem=True)
    folder = Path(value)
    if not folder.is_dir():
        what = "is no folder" if folder.exists() else "does not exist"
        state = f"{value} {what}: registering it raises ValueError, and every process dies of it"
        return ResolverFacts(plugin.name, _FOLDER, value, state, problem=True, fatal=True)
    try:
        names = sorted(entry.name for entry in os.scandir(folder))
    except OSError as error:
        state = f"{value} cannot be read: {error.strerror}"
        return ResolverFacts(plugin.name, _FOLDER, value, state, problem=True)
    adapters = tuple(
        adapter
        for name in names[:_MOST_ADAPTERS]
        if (adapter := read_adapter(folder / name)) is not None
    )
    good = sum(adapter.problem is None for adapter in adapters)
    state = f"ready: {good} of {len(adapters)} adapters can be served"
    if not adapters:
        state = "ready, and no adapter in its folder"
    if variables.get(_RUNTIME, "0").strip().lower() not in ("1", "true"):
        state += f"; {_RUNTIME} is not set, so requests cannot bring new adapters"
    return ResolverFacts(plugin.name, _FOLDER, value, state, adapters=adapters)


def read_adapter(folder: Path) -> Adapter | None:
    """Return what the filesystem resolver would find in a folder; ``None`` where it is a file.

    It serves one whose ``adapter_config.json`` has ``peft_type`` ``LORA`` and names the base model
    by the very text that vLLM serves it under.
    """
    if folder.is_symlink() and not folder.exists():
        target = folder.readlink()
        return Adapter(folder.name, problem=f"a link to {target}, which is not there")
    if not folder.is_dir():
        return None
    path = folder / "adapter_config.json"
    try:
        config = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return Adapter(folder.name, problem="it has no adapter_config.json")
    except OSError as error:
        return Adapter(folder.name, problem=f"adapter_config.json: {error.strerror}")
    except ValueError:
        return Adapter(folder.name, problem="adapter_config.json is no JSON")
    if not isinstance(config, dict):
        return Adapter(folder.name, problem="adapter_config.json holds no object")
    base = config.get("base_model_name_or_path")
    rank = config.get("r") if isinstance(config.get("r"), int) else None
    problem = None
    if "peft_type" not in config or "base_model_name_or_path" not in config:
        missing = "peft_type" if "peft_type" not in config else "base_model_name_or_path"
        problem = f"adapter_config.json has no {missing}: the request fails with KeyError"
    elif config["peft_type"] != "LORA":
        problem = f"peft_type is {config['peft_type']!r}, not 'LORA'"
    elif not isinstance(base, str) or not base:
        problem = "base_model_name_or_path names no model: it is served for none"
    elif not any((folder / name).is_file() for name in _WEIGHTS):
        problem = "no adapter_model.safetensors, .bin or .pt beside its configuration"
    return Adapter(folder.name, base if isinstance(base, str) else None, rank, problem)


def _hub(plugin: Plugin, variables: Mapping[str, str], allowlist: Allowlist) -> ResolverFacts:
    value = variables.get(_REPOSITORIES)
    if not value:
        return ResolverFacts(plugin.name, _REPOSITORIES, value, f"off: {_REPOSITORIES} is not set")
    if allowlist.value is None or not allowlist.admits(plugin.name):
        state = f"{_REPOSITORIES} is set, but it works only when VLLM_PLUGINS names {plugin.name}"
        return ResolverFacts(plugin.name, _REPOSITORIES, value, state, problem=True)
    count = len(value.split(","))
    state = f"ready: downloads from {count} repositor{'ies' if count != 1 else 'y'} when asked"
    return ResolverFacts(plugin.name, _REPOSITORIES, value, state)
