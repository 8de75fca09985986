"""The entry-point groups that vLLM reads, and what each asks of its entry points.

Facts from vLLM's released sources, 0.10.2 to 0.33.0: ``vllm/plugins/__init__.py``,
``vllm/platforms/__init__.py``, ``vllm/plugins/io_processors/__init__.py``,
``vllm/v1/sample/logits_processor/__init__.py`` and ``vllm/v1/metrics/loggers.py``.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from vplug.model import EntryPoint


class Expects(StrEnum):
    """What an entry point of a group must be."""

    FUNCTION = "function"
    """Called with no arguments, its result ignored."""
    CLASS_PATH_FACTORY = "class-path-factory"
    """Called with no arguments; returns ``None`` or a dotted class name."""
    CLASS = "class"
    """A class, taken as it is."""
    CLASS_OR_FACTORY = "class-or-factory"
    """Called with no arguments; gives an instance."""


@dataclass(frozen=True, slots=True)
class Group:
    """One entry-point group.

    Attributes:
        name: as in entry-point metadata.
        short: as typed on vplug's command line.
        since: the first release that reads it, as fine as releases were read.
        expects: what its entry points must be.
        base: qualified names under which vLLM offers the base class; empty where there is none.
        base_enforced: whether vLLM refuses a class that is not derived from the base.
        processes: where the entry point is loaded.
        obeys_allowlist: whether ``VLLM_PLUGINS`` is matched against its names.
        opt_in: whether ``VLLM_PLUGINS`` must be set and name it.
        by_name: whether a later entry point of the same name replaces an earlier one.
        on_load_failure: what vLLM does when the entry point cannot be imported.
        on_call_failure: what vLLM does when calling it, or using what it gave, fails.
        source: the vLLM file that says so.
        beside: modules of vLLM's that its processes have imported when they load it; of those that a
            release does not have, nothing is said. Empty where little is there yet.
    """

    name: str
    short: str
    since: tuple[int, int, int]
    expects: Expects
    base: tuple[str, ...]
    base_enforced: bool
    processes: tuple[str, ...]
    obeys_allowlist: bool
    opt_in: bool
    by_name: bool
    on_load_failure: str
    on_call_failure: str
    source: str
    beside: tuple[str, ...] = ()

    @property
    def since_text(self) -> str:
        """``since`` as a version string."""
        return ".".join(map(str, self.since))


_SKIPPED = "logged, and the plugin is skipped"

GROUPS: tuple[Group, ...] = (
    Group(
        name="vllm.general_plugins",
        short="general",
        since=(0, 6, 0),
        expects=Expects.FUNCTION,
        base=(),
        base_enforced=False,
        processes=("front end", "engine core", "each worker"),
        obeys_allowlist=True,
        opt_in=False,
        by_name=True,
        on_load_failure=_SKIPPED,
        on_call_failure="not caught: the process dies",
        source="vllm/plugins/__init__.py",
        # Each calls load_general_plugins: front end, engine core, worker (0.18.1 to 0.33.0).
        beside=(
            "vllm.engine.arg_utils",
            "vllm.v1.engine.core",
            "vllm.v1.worker.worker_base",
        ),
    ),
    Group(
        name="vllm.platform_plugins",
        short="platform",
        since=(0, 7, 0),
        expects=Expects.CLASS_PATH_FACTORY,
        base=("vllm.platforms.interface.Platform", "vllm.platforms.Platform"),
        base_enforced=False,
        processes=("front end", "engine core", "each worker"),
        obeys_allowlist=True,
        opt_in=False,
        by_name=True,
        on_load_failure=_SKIPPED,
        on_call_failure="swallowed (silently to 0.28, logged at DEBUG to 0.32, WARNING from 0.33): "
        "vLLM runs on another platform",
        source="vllm/platforms/__init__.py",
    ),
    Group(
        name="vllm.io_processor_plugins",
        short="io-processor",
        since=(0, 10, 2),
        expects=Expects.CLASS_PATH_FACTORY,
        base=(
            "vllm.plugins.io_processors.interface.IOProcessor",
            "vllm.plugins.io_processors.IOProcessor",
        ),
        base_enforced=False,
        processes=("front end",),
        obeys_allowlist=True,
        opt_in=False,
        by_name=True,
        on_load_failure=_SKIPPED,
        on_call_failure="warning; then ValueError if it is the one the model "
        "or --io-processor-plugin asks for",
        source="vllm/plugins/io_processors/__init__.py",
        beside=("vllm.plugins.io_processors", "vllm.engine.arg_utils", "vllm.v1.engine.llm_engine"),
    ),
    Group(
        name="vllm.stat_logger_plugins",
        short="stat-logger",
        since=(0, 11, 1),
        expects=Expects.CLASS,
        base=(
            "vllm.v1.metrics.loggers.StatLoggerBase",
            "vllm.v1.metrics.loggers.AggregateStatLoggerBase",
        ),
        base_enforced=True,
        processes=("front end (async engine)",),
        obeys_allowlist=True,
        opt_in=False,
        by_name=True,
        on_load_failure=_SKIPPED,
        on_call_failure="TypeError if it is no StatLoggerBase: start-up dies",
        source="vllm/v1/metrics/loggers.py",
        # Its __init__ loads them (0.11.1 to 0.33.0).
        beside=("vllm.v1.engine.async_llm",),
    ),
    Group(
        name="vllm.logits_processors",
        short="logits-processor",
        since=(0, 10, 1),
        expects=Expects.CLASS,
        base=(
            "vllm.v1.sample.logits_processor.LogitsProcessor",
            "vllm.v1.sample.logits_processor.interface.LogitsProcessor",
        ),
        base_enforced=False,
        processes=("each worker",),
        obeys_allowlist=False,
        opt_in=False,
        by_name=False,
        on_load_failure="RuntimeError: start-up dies",
        on_call_failure="not caught: start-up dies",
        source="vllm/v1/sample/logits_processor/__init__.py",
        beside=("vllm.v1.sample.logits_processor", "vllm.v1.worker.worker_base"),
    ),
    Group(
        name="vllm.endpoint_plugins",
        short="endpoint",
        since=(0, 26, 0),
        expects=Expects.CLASS_OR_FACTORY,
        # EndpointPlugin is a Protocol: any class with its methods will do.
        base=(),
        base_enforced=False,
        processes=("API server",),
        obeys_allowlist=True,
        opt_in=True,
        by_name=True,
        on_load_failure=_SKIPPED,
        # load_endpoint_plugins (0.28.0 to 0.33.0) reads `required_tasks` of what it gives outside its try.
        on_call_failure=f"{_SKIPPED}; one that gives no endpoint plugin ends the API server",
        source="vllm/plugins/__init__.py",
        beside=("vllm.plugins.endpoint_plugins.interface", "vllm.entrypoints.openai.api_server"),
    ),
)

_BY_NAME = {group.name: group for group in GROUPS}
_BY_SHORT = {group.short: group for group in GROUPS}


def group_of(name: str) -> Group | None:
    """Return the group called ``name`` (in full), or ``None`` if no vLLM release reads it."""
    return _BY_NAME.get(name)


def resolve_group_option(text: str) -> str | None:
    """Return the full group name for what a person typed, short or full; ``None`` if unknown.

    Any name beginning with ``vllm.`` is taken as it is: groups nobody reads can be listed too. A short
    name may be written with underscores, a full one without ``vllm.``.
    """
    if text.startswith("vllm."):
        return text
    group = _BY_SHORT.get(text.replace("_", "-")) or _BY_NAME.get(f"vllm.{text}")
    return group.name if group is not None else None


def nearest_group(name: str) -> Group | None:
    """Return the real group that ``name`` most likely means, or ``None`` if none is near."""
    import difflib

    if _is_anothers(name):
        return None
    # `vllm.plugins`, `vllm.platform`, `vllm_general_plugins`: what real setup files hold.
    bare = name.removeprefix("vllm.").removeprefix("vllm_").replace("-", "_")
    for group in GROUPS:
        stem = group.short.replace("-", "_")
        if bare in {stem, f"{stem}s", f"{stem}_plugin", f"{stem}_plugins"}:
            return group
    if bare in {"plugins", "plugin", "model_executor_plugins", "models", "model_plugins"}:
        return _BY_SHORT["general"]
    close = difflib.get_close_matches(name, list(_BY_NAME), n=1, cutoff=0.8)
    return _BY_NAME[close[0]] if close else None


def misspelt_group(name: str) -> Group | None:
    """Return the real group that ``name``, without ``vllm.`` before it, all but spells; else ``None``."""
    import difflib

    if _is_anothers(name):
        return None
    close = difflib.get_close_matches(name.lower(), list(_BY_NAME), n=1, cutoff=0.85)
    return _BY_NAME[close[0]] if close else None


def is_meant_for_vllm(name: str) -> bool:
    """Return whether a group is one of vLLM's, or seems to be meant for one."""
    return name.startswith("vllm.") or misspelt_group(name) is not None


def _is_anothers(name: str) -> bool:
    """Whether a group begins with another package's name.

    vLLM-Omni reads ``vllm_omni.general_plugins`` (``vllm_omni/plugins/__init__.py``): nearly vLLM's
    group by its letters, and none of its business.
    """
    import difflib

    head, dot, _ = name.lower().partition(".")
    return bool(dot) and not difflib.get_close_matches(head, ["vllm"], cutoff=0.75)


def unread_text(entry_point: EntryPoint, near: Group | None) -> tuple[str, str]:
    """Return what is said of an entry point in a group that is none of vLLM's, and the mend.

    Args:
        entry_point: the entry point.
        near: the group that is likely meant, if any.
    """
    message = (
        f"no vLLM release reads the group {entry_point.group!r}: {entry_point.name} is never loaded"
    )
    if near is not None:
        return message, f"did you mean {near.name!r}?"
    return message, f"vLLM's groups: {', '.join(group.name for group in GROUPS)}"
