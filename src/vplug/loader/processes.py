"""In which process of an engine vLLM loads a plugin, foretold from its group and standing.

Sources, the same in 0.28.0 to 0.33.0: ``load_general_plugins`` is called in
``vllm/engine/arg_utils.py``, ``vllm/v1/engine/core.py``, ``vllm/v1/worker/worker_base.py`` and
``vllm/model_executor/models/registry.py`` (the subprocess that inspects models);
``vllm/platforms/__init__.py`` resolves in every process; ``vllm/v1/engine/async_llm.py`` loads stat
loggers; ``vllm/plugins/endpoint_plugins/interface.py`` endpoints;
``vllm/v1/sample/logits_processor/__init__.py`` logits processors, for generation alone.
"""

from __future__ import annotations

from dataclasses import dataclass

from vplug.loader.groups import group_of
from vplug.model.live import Role
from vplug.model.plugin import Plugin, StandingKind

_EVERYWHERE = frozenset(
    {Role.FRONT_END, Role.API_SERVER, Role.ENGINE_CORE, Role.WORKER, Role.INSPECTION}
)
_FRONT = frozenset({Role.FRONT_END, Role.API_SERVER})


@dataclass(frozen=True, slots=True)
class EngineKind:
    """What about an engine decides which groups it asks for.

    Attributes:
        pooling: whether its runner pools; else it generates.
        io_processor: the IO processor it is to build, or ``None``.
        target_device: the value of ``VLLM_TARGET_DEVICE`` in its environment, or ``None``.
    """

    pooling: bool = False
    io_processor: str | None = None
    target_device: str | None = None


@dataclass(frozen=True, slots=True)
class Foretold:
    """Whether a process will load a plugin.

    Attributes:
        loads: whether it will; ``None`` where it may or may not.
        why: one clause.
    """

    loads: bool | None
    why: str


def foretell(plugin: Plugin, role: Role, engine: EngineKind) -> Foretold:
    """Return whether a process of ``role`` in ``engine`` will load ``plugin``, and why."""
    group = group_of(plugin.group)
    standing = plugin.standing
    if standing.kind is StandingKind.HIDDEN:
        # vLLM imports both of a name; by name alone they cannot be told apart.
        return Foretold(None, standing.reason)
    if group is None or standing.kind is not StandingKind.LOADS:
        return Foretold(False, standing.reason)
    if role is Role.OTHER:
        return Foretold(None, "what this process is for is not known")
    match group.short:
        case "general":
            return Foretold(role in _EVERYWHERE, "general plugins load in every process")
        case "platform":
            if engine.target_device == "cpu":
                return Foretold(None, "VLLM_TARGET_DEVICE=cpu may pass over platform plugins")
            return Foretold(role in _EVERYWHERE, "each process resolves its platform")
        case "io-processor":
            if engine.io_processor is None:
                return Foretold(False, "no IO processor was asked for")
            return Foretold(role in _FRONT, "the front end builds IO processors")
        case "stat-logger":
            return Foretold(role is Role.API_SERVER, "the async engine's front end loads them")
        case "logits-processor":
            if engine.pooling:
                return Foretold(False, "a pooling engine loads no logits processors")
            if role in _FRONT:
                return Foretold(None, "the front end loads them only to check requests")
            return Foretold(role is Role.WORKER, "workers load them")
        case "endpoint":
            return Foretold(role is Role.API_SERVER, "the API server loads them")
    return Foretold(None, "nothing is known of its group's processes")
