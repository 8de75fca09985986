"""The choice of a platform, foretold: every candidate's answer and what vLLM's rules make of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from vplug.doctor.built_in import built_in_answer
from vplug.doctor.surroundings import Surroundings
from vplug.loader.resolution import built_in_names, choose, ends, targets_cpu
from vplug.model import (
    Answer,
    AnswerKind,
    Basis,
    Candidate,
    LoaderContract,
    PlatformChoice,
    PlatformReport,
    Plugin,
    StandingKind,
    WinRule,
)

GROUP = "vllm.platform_plugins"


def foretold(
    surroundings: Surroundings,
    plugins: Sequence[Plugin],
    contract: LoaderContract | None,
    release: str | None,
) -> PlatformReport:
    """Return the choice as source, metadata and the machine's files foretell it; nothing is run.

    Args:
        surroundings: the environment.
        plugins: every plugin with its standing.
        contract: the loader of the release whose rules apply; ``None`` takes the newest known.
        release: that release's name.
    """
    names = built_in_names(contract.platforms if contract is not None else None)
    built_in = {name: built_in_answer(name, surroundings) for name in names}
    candidates = [Candidate(name, True, answer) for name, answer in built_in.items()]
    ours = candidates_of(plugins, lambda plugin: _answer(plugin, surroundings))
    explicit = targets_cpu(surroundings.variables.get("VLLM_TARGET_DEVICE"), surroundings.release)
    choice = choose(
        built_in,
        {item.name: item.answer for item in ours},
        explicit_cpu=explicit,
    )
    choice = _checked(choice, ours, plugins, surroundings)
    note = "VLLM_TARGET_DEVICE=cpu: vLLM asks no platform plugin" if explicit else None
    return PlatformReport(
        Basis.FORETOLD, release, (*candidates, *ours), choice, error=choice.error, note=note
    )


def _answer(plugin: Plugin, surroundings: Surroundings) -> Answer:
    from vplug.doctor.calling import platform_answer

    return platform_answer(plugin, surroundings)


def candidates_of(plugins: Sequence[Plugin], ask: Callable[[Plugin], Answer]) -> list[Candidate]:
    """Return the out-of-tree candidates: plugins that vLLM would try to load.

    Of several of one name vLLM keeps the last that can be imported (``load_plugins_by_group`` fills a
    dictionary and skips what fails); an earlier one that ends the process does so all the same.
    """
    found: dict[str, Candidate] = {}
    for plugin in plugins:
        if plugin.group != GROUP or not _is_tried(plugin):
            continue
        answer = ask(plugin)
        before = found.get(plugin.name)
        if before is not None and (
            answer.kind is AnswerKind.NOT_LOADED or _ended_on_import(before.answer)
        ):
            continue
        found[plugin.name] = Candidate(
            plugin.name,
            False,
            answer,
            distribution=plugin.distribution.name,
            value=plugin.entry_point.value,
            origin=plugin.distribution.origin.path,
        )
    return list(found.values())


def _ended_on_import(answer: Answer) -> bool:
    return answer.kind is AnswerKind.NOT_LOADED and ends(answer)


def _is_tried(plugin: Plugin) -> bool:
    """Whether vLLM imports it: one whose name a later one takes is imported all the same."""
    kind = plugin.standing.kind
    replaced = kind is StandingKind.HIDDEN and plugin.distribution.shadowed_by is None
    return kind is StandingKind.LOADS or replaced


def _misspelt(module: str, attr: str) -> str:
    """What importing a name ends in that is none, as ``resolve_obj_by_qualname`` does it: not stripped."""
    if not module or any(not part for part in module.split(".")):
        return f"ValueError or ImportError: {module!r} is no module name"
    if not all(part.isidentifier() for part in module.split(".")):
        return f"ModuleNotFoundError: No module named {module!r}"
    return f"AttributeError: module {module!r} has no attribute {attr!r}"


def _checked(
    choice: PlatformChoice,
    ours: Sequence[Candidate],
    plugins: Sequence[Plugin],
    surroundings: Surroundings,
) -> PlatformChoice:
    """A winning plugin's class must be imported by its name and made, or the choice ends in an error."""
    if choice.rule is not WinRule.ONE_OUT_OF_TREE or choice.error or choice.class_name is None:
        return choice
    winner = next(
        (
            plugin
            for plugin in reversed(plugins)
            if plugin.group == GROUP
            and plugin.name == choice.winner
            and _is_tried(plugin)
            and any(item.origin == plugin.distribution.origin.path for item in ours)
        ),
        None,
    )
    if winner is None:
        return choice
    from vplug.doctor.calling import instance_failure
    from vplug.doctor.foretell import load_forecast

    module, _, attr = choice.class_name.rpartition(".")
    if not all(part.isidentifier() for part in choice.class_name.split(".")):
        return replace(choice, error=_misspelt(module, attr))
    target = replace(winner.entry_point, value=f"{module}:{attr}")
    forecast = load_forecast(replace(winner, entry_point=target), surroundings)
    if forecast.loads is False:
        return replace(choice, error=forecast.reason or f"{choice.class_name} is not there")
    failure = instance_failure(target, winner, surroundings)
    return replace(choice, error=failure) if failure is not None else choice
