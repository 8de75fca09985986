"""Which engines to start so that each plugin is seen and used once: pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from vplug.loader import group_of
from vplug.probe.live_settings import LiveSettings

#: How many registered architectures beyond the first get an engine of their own.
MORE_MODELS = 3
ADAPTER = "vplug-adapter"
SERVED_NAME = "vplug"
PROMPTS = ("t1 t2 t3", "t5 t6 t7 t8")
_TOKENS = 8
#: What generic requests send where nobody said what a plugin takes; the first that is taken counts.
GENERIC_DATA: tuple[Any, ...] = (
    {"data": "t1 t2"},
    {"input": "t1 t2"},  # as vLLM's own requests for poolers have it
    {"text": "t1 t2"},
    {"texts": ["t1 t2"]},
    {"prompt": "t1 t2"},
    "t1 t2",
    ["t1 t2"],
)


@dataclass(frozen=True, slots=True)
class Prepared:
    """What the preparing child made.

    Attributes:
        model: the model's path or name.
        tiny: whether it is the one made on the spot.
        device: ``cpu``, ``cuda``, …
        models: the registered architectures, as ``engine_model.py`` replies them.
        resolvers: the plugins that registered a LoRA resolver, as ``group:name``.
        backends: plugin → the attention backends that it registered: name and class.
    """

    model: str
    tiny: bool
    device: str
    models: tuple[Mapping[str, Any], ...] = ()
    resolvers: tuple[str, ...] = ()
    backends: Mapping[str, tuple[tuple[str, str], ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class EnginePlan:
    """One engine to start.

    Attributes:
        title: what it is for, a few words.
        served: whether as ``vllm serve``; else offline.
        pooling: whether its runner pools.
        engine: the engine arguments, the model included.
        io_processor: the IO processor to build, or ``None``.
        lora: whether it serves LoRA adapters.
        architecture: the registered architecture that it runs, or ``None``.
        uses: what is asked of it.
        guess: what about it is a guess that a plugin may rightly refuse, or ``None``.
    """

    title: str
    served: bool
    engine: Mapping[str, Any]
    pooling: bool = False
    io_processor: str | None = None
    lora: bool = False
    architecture: str | None = None
    uses: tuple[Mapping[str, Any], ...] = ()
    guess: str | None = None


def engine_arguments(
    prepared: Prepared, settings: LiveSettings, model: str | None = None
) -> dict[str, Any]:
    """Return the arguments that start fast and small; the project's own are laid over them.

    Args:
        prepared: whose model is taken where none is named.
        settings: the project's.
        model: one that somebody named: its length and type are its own.
    """
    own = model is not None or not prepared.tiny
    arguments: dict[str, Any] = {
        "model": model or prepared.model,
        "enforce_eager": True,
        "max_num_seqs": 4,
    }
    if not own:
        arguments |= {"max_model_len": 128, "kv_cache_memory_bytes": 64 * 1024 * 1024}
        if prepared.device == "cpu":
            arguments["dtype"] = "float32"
        else:
            # The start asks for this share of the device's memory though 64 MiB would do.
            arguments["gpu_memory_utilization"] = 0.3
    return arguments | dict(settings.engine)


def of_group(subjects: Sequence[str], short: str) -> list[str]:
    """Return the plugins, given as ``group:name``, whose group has this short name."""
    found = []
    for subject in subjects:
        group = group_of(subject.partition(":")[0])
        if group is not None and group.short == short:
            found.append(subject)
    return found


def generations(subjects: Sequence[str], settings: LiveSettings) -> tuple[Mapping[str, Any], ...]:
    """Return the generations to ask for: greedy, sampled, and with a logits processor's arguments."""
    greedy = {"max_tokens": _TOKENS, "temperature": 0.0, "ignore_eos": True}
    sampled = {**greedy, "temperature": 1.0, "seed": 7}

    def use(name: str, params: Mapping[str, Any]) -> Mapping[str, Any]:
        return {"id": name, "kind": "generate", "prompts": list(PROMPTS), "params": dict(params)}

    uses = [use("greedy", greedy), use("sampled", sampled)]
    for subject in of_group(subjects, "logits-processor"):
        extra = settings.of(subject).get("extra_args")
        if extra is not None:
            uses.append(use(f"greedy with {subject}", {**greedy, "extra_args": extra}))
            uses.append(use(f"sampled with {subject}", {**sampled, "extra_args": extra}))
    return tuple(uses)


def encodings(subject: str, settings: LiveSettings) -> tuple[Mapping[str, Any], ...]:
    """Return the requests for an IO processor: the project's own, else generic ones."""
    own = settings.of(subject)
    asked = (own["data"],) if "data" in own else GENERIC_DATA
    return tuple(
        {"id": f"encode {number}", "kind": "encode", "data": data}
        for number, data in enumerate(asked)
    )


def plan_engines(
    subjects: Sequence[str], prepared: Prepared, settings: LiveSettings
) -> tuple[EnginePlan, ...]:
    """Return the engines to start, as few as show every plugin at work.

    Args:
        subjects: the plugins under test, as ``group:name``.
        prepared: models, device, and what the plugins registered.
        settings: the project's and the command line's.
    """
    processors = of_group(subjects, "io-processor")
    runnable = [
        item for item in prepared.models if item.get("path") and item.get("generates") is not False
    ]
    served = bool(
        of_group(subjects, "stat-logger") or of_group(subjects, "endpoint") or prepared.resolvers
    )
    alone = of_group(subjects, "general") and not processors
    wanted = (
        served
        or alone
        or runnable
        or of_group(subjects, "platform")
        or of_group(subjects, "logits-processor")
    )
    uses = generations(subjects, settings)
    plans = []
    named = [name for pairs in prepared.backends.values() for name, _ in pairs]
    if named and not {"attention_backend", "attention_config"} & set(settings.engine):
        settings = replace(
            settings, engine={"attention_config": {"backend": named[0]}, **settings.engine}
        )
    # The plain model where an adapter for it is to be served, or where a person named one.
    first = runnable[0] if runnable and not prepared.resolvers and prepared.tiny else None
    if wanted:
        arguments = engine_arguments(prepared, settings)
        if first is None:
            plans.append(
                EnginePlan(
                    "generates",
                    served,
                    arguments | _lora(prepared),
                    lora=bool(prepared.resolvers),
                    uses=uses,
                )
            )
        else:
            plans.append(_with_model(first, served, prepared, settings, uses))
    rest = [item for item in runnable if item is not first]
    plans += [_with_model(item, False, prepared, settings, uses[:1]) for item in rest[:MORE_MODELS]]
    for subject in processors:
        own = settings.of(subject)
        arguments = engine_arguments(prepared, settings, own.get("model"))
        arguments |= dict(own.get("engine", {}))
        has_model = "model" in own or not prepared.tiny
        guess = None if has_model else "the tiny model may not be one that it is for"
        name = subject.partition(":")[2]
        arguments |= {"runner": "pooling", "io_processor_plugin": name}
        plans += [
            EnginePlan(
                f"pools with {name}",
                over_http,
                arguments,
                pooling=True,
                io_processor=name,
                uses=encodings(subject, settings),
                guess=guess,
            )
            for over_http in (False, True)
        ]
    return tuple(plans)


def not_tried(prepared: Prepared) -> tuple[str, ...]:
    """Return the registered architectures that get no engine because there are too many."""
    runnable = [
        item for item in prepared.models if item.get("path") and item.get("generates") is not False
    ]
    first = 0 if prepared.resolvers or not prepared.tiny else 1
    return tuple(str(item["architecture"]) for item in runnable[first + MORE_MODELS :])


def _lora(prepared: Prepared) -> dict[str, Any]:
    if not prepared.resolvers:
        return {}
    return {"enable_lora": True, "max_lora_rank": 8, "max_loras": 1}


def _with_model(
    item: Mapping[str, Any],
    served: bool,
    prepared: Prepared,
    settings: LiveSettings,
    uses: tuple[Mapping[str, Any], ...],
) -> EnginePlan:
    # Made on the spot as well, and as small, whatever the plain model is.
    small = replace(prepared, model=str(item["path"]), tiny=True)
    arguments = engine_arguments(small, settings)
    return EnginePlan(
        f"generates with {item['architecture']}",
        served,
        arguments | {"load_format": "dummy"},
        architecture=str(item["architecture"]),
        uses=uses,
        guess=None if item.get("given") else f"its configuration is derived ({item.get('how')})",
    )


def pooled_server(prepared: Prepared, settings: LiveSettings) -> EnginePlan:
    """Return a server with a pooling runner, for endpoints that ask for a pooling task."""
    arguments = engine_arguments(prepared, settings) | {"runner": "pooling"}
    return EnginePlan("pools, for endpoints that ask for it", True, arguments, pooling=True)


def serve_words(arguments: Mapping[str, Any]) -> list[str]:
    """Return engine arguments as words of ``vllm serve``, the model left out.

    ``True`` becomes a bare option, ``False`` its ``--no-`` form, tables and lists JSON.
    """
    import json

    words: list[str] = []
    for key, value in arguments.items():
        if key == "model" or value is None:
            continue
        option = f"--{key.replace('_', '-')}"
        if value is True:
            words.append(option)
        elif value is False:
            words.append(f"--no-{key.replace('_', '-')}")
        else:
            text = json.dumps(value) if isinstance(value, dict | list) else str(value)
            words += [option, text]
    return words
