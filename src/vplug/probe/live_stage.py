"""What every engine of one look shares: the plugins that vLLM will see, its environment, models."""

from __future__ import annotations

import os
import re
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from vplug.discovery.installed import scan
from vplug.discovery.tree import Tree
from vplug.errors import Unreadable, UsageFault, VplugError
from vplug.loader import Allowlist, plan
from vplug.model import Plugin
from vplug.probe.child import SCRIPTS, ChildRun, Ending, Limits, start_script
from vplug.probe.engine_events import read_events
from vplug.probe.engine_log import last_error
from vplug.probe.engine_plan import ADAPTER, Prepared, of_group
from vplug.probe.engine_run import Surroundings
from vplug.probe.live_settings import LiveSettings
from vplug.probe.overlay import Overlay

#: For each step of the preparation: what loads plugins may hang, and the engine tells more of it.
_STAGE_SECONDS = 180.0
_LOOK_EVERY = 0.2
#: A variable by which a LoRA resolver is likely to be told its folder.
_FOLDER_VARIABLE = re.compile(
    r"""["']([A-Z][A-Z0-9_]*(?:DIR|PATH|FOLDER|ROOT|CACHE)[A-Z0-9_]*)["']"""
)
_LORA_WORD = re.compile(r"LORA|ADAPTER")


@dataclass(frozen=True, slots=True)
class LiveOptions:
    """How engines are started.

    Attributes:
        settings: the project's and the command line's.
        plugins: the value to give ``VLLM_PLUGINS``; ``None`` leaves it as it is.
        only: names of entry points to use; empty for all.
        start_seconds: how long an engine may take to come up.
        memory_bytes: how much memory an engine may hold; ``None`` for no limit.
        logs: a folder in which every log is kept; ``None`` keeps those of failures alone.
        on_step: called with one line as each step begins.
    """

    settings: LiveSettings = field(default_factory=LiveSettings)
    plugins: str | None = None
    only: tuple[str, ...] = ()
    start_seconds: float = 300.0
    memory_bytes: int | None = None
    logs: Path | None = None
    on_step: Callable[[str], None] = lambda _line: None


@dataclass(frozen=True, slots=True)
class Stage:
    """What every engine of one look shares.

    Attributes:
        plugins: every plugin that vLLM will see, with its standing.
        subjects: those under test, as ``group:name``.
        where: interpreter, environment, limits.
        notes: what a reader should know of how this was chosen.
        resolver_told: whether the project said where its LoRA resolver looks.
    """

    plugins: tuple[Plugin, ...]
    subjects: tuple[str, ...]
    where: Surroundings
    notes: tuple[str, ...] = ()
    resolver_told: bool = False


def set_stage(laid: Overlay, options: LiveOptions, room: Path) -> Stage:
    """Return the plugins that vLLM will see, and the environment of its processes.

    Raises:
        UsageFault: ``only`` names no plugin of the target.
    """
    paths = (*map(str, laid.path), *laid.environment.paths)
    installed = scan(replace(laid.environment, paths=paths))
    subjects = tuple(dict.fromkeys(f"{entry.group}:{entry.name}" for entry in laid.entry_points))
    if options.only:
        names = {subject.partition(":")[2] for subject in subjects}
        for name in options.only:
            if name not in names:
                raise UsageFault(
                    f"{laid.target.label} has no plugin {name!r}",
                    f"it has {', '.join(sorted(names))}",
                )
        subjects = tuple(s for s in subjects if s.partition(":")[2] in options.only)
    notes = []
    env: dict[str, str] = {}
    allowed = options.plugins if options.plugins is not None else os.environ.get("VLLM_PLUGINS")
    if allowed is None and of_group(subjects, "endpoint"):
        every = [e.name for d in installed.distributions for e in d.entry_points]
        allowed = ",".join(dict.fromkeys(every))
        notes.append("VLLM_PLUGINS was set to the names of all plugins: endpoints are opt-in")
    if allowed is not None:
        env["VLLM_PLUGINS"] = allowed
    adapters = room / "models" / "adapters"
    model = options.settings.model or str(room / "models" / "tiny")
    filled = {"adapters": str(adapters), "model": model, "folder": str(room)}
    told = False
    for name, value in options.settings.env.items():
        env[name] = _fill(value, filled)
        told = told or "{adapters}" in value
    if not told and of_group(subjects, "general"):
        for name in folder_variables(laid):
            if name not in os.environ and name not in env:
                env[name] = str(adapters)
                notes.append(f"{name} was set to the folder of the adapter made on the spot")
    (room / "models").mkdir()
    adapters.mkdir()
    where = Surroundings(
        python=laid.python,
        path=laid.path,
        env=env,
        room=room,
        start_seconds=options.start_seconds,
        memory_bytes=options.memory_bytes,
        logs=options.logs,
        on_step=options.on_step,
    )
    release = installed.vllm.release if installed.vllm is not None else None
    planned = plan(installed.distributions, Allowlist(allowed), release)
    return Stage(planned, subjects, where, tuple(notes), told)


def _fill(value: str, places: Mapping[str, str]) -> str:
    for name, place in places.items():
        value = value.replace(f"{{{name}}}", place)
    return value


def folder_variables(laid: Overlay) -> tuple[str, ...]:
    """Return the environment variables by which the target's code seems to name a LoRA folder.

    They are names in quotes in its modules that speak of a folder and of LoRA or adapters.
    """
    found: list[str] = []
    members = laid.target.members
    names = members if members is not None else _files(laid.target.tree, "")
    for name in names:
        if not name.endswith(".py"):
            continue
        try:
            text = laid.target.tree.read(name).decode("utf-8", errors="replace")
        except Unreadable:
            continue
        found += [item for item in _FOLDER_VARIABLE.findall(text) if _LORA_WORD.search(item)]
    # A cache is where a resolver writes what it fetched; a folder of its own is where it looks.
    return tuple(dict.fromkeys([name for name in found if "CACHE" not in name] or found))


def _files(tree: Tree, folder: str) -> Iterator[str]:
    for name in tree.listdir(folder):
        path = f"{folder}/{name}" if folder else name
        if tree.is_dir(path):
            yield from _files(tree, path)
        else:
            yield path


def prepare(stage: Stage, options: LiveOptions) -> tuple[Prepared, str | None, str | None]:
    """Make the models; return them with the platform class and vLLM's version, where these are known.

    A plugin that ends this child does so in an engine too, where more is seen of it: that is no error.

    Raises:
        VplugError: the tiny model could not be made.
    """
    where = stage.where
    record = where.room / "prepare-record"
    record.mkdir()
    settings = options.settings
    configs: dict[str, Any] = {}
    for subject in stage.subjects:
        configs |= settings.of(subject).get("config", {})
    request = {
        "folder": str(where.room / "models"),
        "base": settings.model is None,
        "adapter": ADAPTER,
        "subjects": list(stage.subjects),
        "configs": configs,
        "general": bool(of_group(stage.subjects, "general")),
    }
    run = _run_preparation(where, request, record)
    reply = run.reply or {}
    if settings.model is None and not reply.get("base"):
        ended = f"the child {run.ending}"
        if run.ending is Ending.STOPPED:
            ended = f"it took longer than {_STAGE_SECONDS:.0f} s"
        said = reply.get("error") or last_error(run.stderr) or ended
        raise VplugError(
            f"no tiny model could be made with {where.python}: {said}",
            "torch, transformers and tokenizers must be importable there, as vLLM needs them; "
            "or name a model with --model",
        )
    events = [e for e in read_events(record) if e["event"] == "registered" and e.get("ok")]
    mine = [event for event in events if event.get("by") in stage.subjects]
    backends: dict[str, tuple[tuple[str, str], ...]] = {}
    for event in mine:
        if event["what"] == "attention-backend":
            had = backends.get(event["by"], ())
            pair = (str(event["name"]), str(event["value"]))
            backends[event["by"]] = tuple(dict.fromkeys((*had, pair)))
    prepared = Prepared(
        model=settings.model or str(where.room / "models" / "tiny"),
        tiny=settings.model is None,
        device=str(reply.get("device", "")),
        models=tuple(reply.get("models", ())),
        resolvers=tuple(
            dict.fromkeys(event["by"] for event in mine if event["what"] == "lora-resolver")
        ),
        backends=backends,
    )
    if run.ending is Ending.STOPPED:
        where.on_step(f"{reply.get('stage')} took longer than {_STAGE_SECONDS:.0f} s; going on")
    return prepared, reply.get("platform"), reply.get("vllm")


def _run_preparation(where: Surroundings, request: Mapping[str, Any], record: Path) -> ChildRun:
    """Run the script that makes models, telling each of its stages; one that takes too long ends it."""
    with start_script(
        where.python,
        SCRIPTS / "engine_model.py",
        request,
        limits=Limits(None, where.memory_bytes),
        env=where.environment(record),
        path=where.import_path,
    ) as child:
        stage = None
        deadline = time.monotonic() + _STAGE_SECONDS
        while (run := child.wait(_LOOK_EVERY)) is None:
            reached = (child.reply or {}).get("stage")
            if reached != stage:
                stage, deadline = reached, time.monotonic() + _STAGE_SECONDS
                where.on_step(str(stage))
            if time.monotonic() > deadline:
                return child.stop()
        return run


def without_plugins(stage: Stage, laid: Overlay) -> Surroundings:
    """Return the surroundings in which vLLM does not see the plugins under test.

    Raises:
        UsageFault: they cannot be hidden: an installed logits processor loads whatever is set.
    """
    if not laid.path and of_group(stage.subjects, "logits-processor"):
        raise UsageFault(
            "an installed logits processor cannot be left out: VLLM_PLUGINS does not reach it",
            "give its wheel or project, and an environment without it",
        )
    own = {subject.partition(":")[2] for subject in stage.subjects}
    elsewhere = [
        plugin
        for plugin in stage.plugins
        if plugin.name in own and laid.folder not in Path(plugin.distribution.origin.path).parents
    ]
    if laid.path and not elsewhere:
        return replace(stage.where, path=())
    others = [plugin.name for plugin in stage.plugins if plugin.name not in own]
    allowed = stage.where.env.get("VLLM_PLUGINS", os.environ.get("VLLM_PLUGINS"))
    if allowed is not None:
        others = [name for name in others if name in allowed.split(",")]
    env = {**stage.where.env, "VLLM_PLUGINS": ",".join(dict.fromkeys(others)) or "-"}
    return replace(stage.where, path=(), env=env)
