"""The variables that matter to vLLM's plugins, each with what it does here."""

from __future__ import annotations

import re
from collections.abc import Sequence

from vplug.doctor.surroundings import Surroundings
from vplug.errors import Unreadable
from vplug.loader import Allowlist
from vplug.loader.resolution import EXPLICIT_CPU_SINCE, targets_cpu
from vplug.model import Plugin, StandingKind, Variable

#: What a plugin's source reads: the usual spellings with a literal name, less what it only sets.
_READ = re.compile(
    rb"""(?:environ(?:\.get|\.pop|\.setdefault)?\s*[\[(]|getenv\s*\()\s*["']([A-Za-z_][A-Za-z0-9_]*)["']"""
    rb"""(?!\s*\]\s*=(?!=))"""
)
#: Files of one distribution that are looked through; beyond, the rest is not.
_MOST_FILES = 600
_VISIBILITY = {
    "CUDA_VISIBLE_DEVICES": "which NVIDIA devices a process sees",
    "HIP_VISIBLE_DEVICES": "which AMD devices a process sees",
    "ROCR_VISIBLE_DEVICES": "which AMD devices the runtime sees",
    "ZE_AFFINITY_MASK": "which Intel devices a process sees",
    "ASCEND_RT_VISIBLE_DEVICES": "which Ascend devices a process sees",
    "HABANA_VISIBLE_DEVICES": "which Gaudi devices a process sees",
    "TPU_VISIBLE_CHIPS": "which TPU chips a process sees",
    "CPU_VISIBLE_MEMORY_NODES": "which memory nodes the CPU platform uses",
}
_KNOWN = {
    **_VISIBILITY,
    "VLLM_ALLOW_RUNTIME_LORA_UPDATING": "whether requests may bring LoRA adapters that are "
    "resolved when asked for",
    "VLLM_LORA_RESOLVER_CACHE_DIR": "the folder of lora_filesystem_resolver",
    "VLLM_LORA_RESOLVER_HF_REPO_LIST": "the repositories of lora_hf_hub_resolver, which loads only "
    "when VLLM_PLUGINS names it",
    "VLLM_WORKER_MULTIPROC_METHOD": "how workers are started; plugins are loaded in each",
    "VLLM_ENABLE_V1_MULTIPROCESSING": "whether the engine core is a process of its own",
    "VLLM_LOGGING_LEVEL": "at DEBUG vLLM tells why each platform was not taken",
    "VLLM_USE_MODELSCOPE": "where models are fetched from",
    "PYTHONPATH": "folders in front of the environment's: distributions there hide others",
    "JAX_PLATFORMS": "with `proxy` in it the TPU platform answers at once",
    "LD_LIBRARY_PATH": "where driver libraries are looked for first",
}
#: Told though unset: their absence is an answer too.
_ALWAYS = ("VLLM_PLUGINS", "VLLM_TARGET_DEVICE")


def variables(
    surroundings: Surroundings, plugins: Sequence[Plugin], allowlist: Allowlist
) -> tuple[Variable, ...]:
    """Return the variables that matter.

    Those are the two that are always told, known ones that are set, and those that plugins read.
    """
    given = surroundings.variables
    readers = plugin_variables(surroundings, plugins)
    found = {
        "VLLM_PLUGINS": Variable("VLLM_PLUGINS", allowlist.value, _allowlist(plugins, allowlist)),
        "VLLM_TARGET_DEVICE": Variable(
            "VLLM_TARGET_DEVICE", given.get("VLLM_TARGET_DEVICE"), _target(surroundings)
        ),
    }
    for name, effect in _KNOWN.items():
        if name in given:
            found[name] = Variable(name, given[name], effect, readers.get(name, ()))
    for name, who in readers.items():
        if name in found:
            continue
        effect = "read by " + ", ".join(who)
        found[name] = Variable(name, given.get(name), effect, who)
    for name in sorted(given):
        if name.startswith("VLLM_") and name not in found:
            found[name] = Variable(name, given[name], "a setting of vLLM's, or unknown to it")
    return tuple(found.values())


def plugin_variables(
    surroundings: Surroundings, plugins: Sequence[Plugin]
) -> dict[str, tuple[str, ...]]:
    """Return the variables that the source of installed plugins reads, each with its readers.

    The text of the distributions' Python files is searched for the usual spellings; a name that is
    put together at run time is not seen. vLLM's own plugins are left out.
    """
    own = surroundings.installed.vllm
    found: dict[str, dict[str, None]] = {}
    seen: set[str] = set()
    for plugin in plugins:
        distribution = plugin.distribution
        place = distribution.origin.path
        if place in seen or distribution.shadowed_by is not None or distribution.name is None:
            continue
        seen.add(place)
        if own is not None and distribution.name == own.distribution:
            continue
        for name in _read_by(surroundings, plugin):
            found.setdefault(name, {})[distribution.name] = None
    return {name: tuple(found[name]) for name in sorted(found)}


def _read_by(surroundings: Surroundings, plugin: Plugin) -> set[str]:
    target = surroundings.target(plugin.distribution)
    names: set[str] = set()
    members = [name for name in target.members or () if name.endswith(".py")]
    if target.members is None:
        top = plugin.entry_point.module.partition(".")[0]
        module = surroundings.code(plugin.distribution).finder.find(top)
        members = [module.path] if module.path else []
    for name in members[:_MOST_FILES]:
        try:
            data = target.tree.read(name)
        except Unreadable:
            continue
        if b"environ" in data or b"getenv" in data:
            names |= {match.decode() for match in _READ.findall(data)}
    return names


def _allowlist(plugins: Sequence[Plugin], allowlist: Allowlist) -> str:
    if allowlist.value is None:
        return "unset: every plugin loads, endpoint plugins aside"
    off = [p.name for p in plugins if p.standing.kind is StandingKind.SWITCHED_OFF]
    if not off:
        return "switches nothing off"
    return "switches off " + ", ".join(dict.fromkeys(off))


def _target(surroundings: Surroundings) -> str:
    value = surroundings.variables.get("VLLM_TARGET_DEVICE")
    if value is None:
        return "unset: the platform is found by asking"
    since = ".".join(map(str, EXPLICIT_CPU_SINCE))
    if targets_cpu(value, surroundings.release):
        return "vLLM takes the CPU and asks no platform plugin"
    if value.lower() == "cpu":
        return f"no effect when vLLM runs: this release is older than {since}"
    return "no effect on which platform is taken"
