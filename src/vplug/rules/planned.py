"""VP605 to VP609 and VP611: how vLLM will load what is installed."""

from __future__ import annotations

from collections.abc import Iterator

from vplug.loader import GROUPS, Allowlist, group_of, nearest_group, setting
from vplug.loader.misread import meant as meant_by
from vplug.loader.misread import wants_all
from vplug.model import (
    AnswerKind,
    Diagnosis,
    Location,
    Plugin,
    Severity,
    StandingKind,
    WinRule,
)
from vplug.rules.installed import command_in, mend_of_doubles
from vplug.rules.verdict import CannotTell, Fault


def filtered_plugin(diagnosis: Diagnosis) -> Iterator[Fault]:
    """VLLM_PLUGINS switches off an installed plugin.

    ## What it does
    Reports plugins that the variable does not name. vLLM's own LoRA resolvers are left out: VP660
    tells of them where their variables are set. So is a plugin that a misspelt name in the variable
    seems to mean: VP606 tells of it. A platform plugin that is off while another one is taken is `info`,
    and so is one that would fail.

    ## Why is this bad?
    The variable is matched against the names of all groups at once: naming one general plugin
    switches off a platform plugin too, and vLLM says nothing.

    ## Example
    ```console
    $ VLLM_PLUGINS=my_models vllm serve …
    ```
    Use instead: name them all.
    ```console
    $ VLLM_PLUGINS=my_models,my_platform vllm serve …
    ```
    """
    plan = diagnosis.load_plan
    meant = _meant(diagnosis)
    off = [
        item.plugin
        for item in plan.plugins
        if item.plugin.standing.kind is StandingKind.SWITCHED_OFF
        and not _is_vllms(diagnosis, item.plugin)
        # Meant by a name that matches nothing: VP606 tells of it, with the value that is right.
        and item.plugin.name not in meant
    ]
    # Of platform plugins only one may answer: where one does, the others are off for a reason.
    choice = diagnosis.platform.choice
    winner = choice.winner if choice.rule is WinRule.ONE_OUT_OF_TREE else None
    rivals = [p for p in off if winner is not None and p.group == "vllm.platform_plugins"]
    wanted = [*meant, *(plugin.name for plugin in off if plugin not in rivals)]
    value = setting([name for name in wanted if name not in plan.failing])
    hint = (
        f"to load what is switched off too: {value}"
        if value is not None
        else "unset VLLM_PLUGINS: a name with a comma cannot be said in it"
    )
    if wants_all(plan.allowlist, (item.plugin for item in plan.plugins)):
        hint = "unset VLLM_PLUGINS"
    for plugin in off:
        is_rival, reason = plugin in rivals, plan.failing.get(plugin.name)
        mend = hint
        if is_rival:
            mend = f"leave it so for {winner}: vLLM stops where two platform plugins answer"
        elif reason is not None:
            mend = f"leave it so: it would fail ({reason})"
        yield Fault(
            f"{plugin.name} of {plugin.distribution.label} is switched off by "
            f"VLLM_PLUGINS={plan.allowlist!r}",
            hint=mend,
            severity=Severity.INFO if is_rival or reason is not None else None,
        )


def _meant(diagnosis: Diagnosis) -> tuple[str, ...]:
    """What VLLM_PLUGINS seems to mean, misspelt names put right."""
    plan = diagnosis.load_plan
    return meant_by(plan.allowlist, (item.plugin for item in plan.plugins))


def _is_vllms(diagnosis: Diagnosis, plugin: Plugin) -> bool:
    name = plugin.distribution.name
    return name is not None and name == diagnosis.environment.vllm


def unmatched_name(diagnosis: Diagnosis) -> Iterator[Fault]:
    """VLLM_PLUGINS names something that is not installed.

    ## What it does
    Reports names in the variable that match no plugin, with the nearest; stray blanks, other separators
    than commas, names of distributions, and words for "all" are pointed out.

    ## Why is this bad?
    vLLM strips nothing and says nothing: `"a, b"` asks for `"a"` and `" b"`.

    ## Example
    ```console
    $ VLLM_PLUGINS="my_models, my_platform"
    ```
    Use instead:
    ```console
    $ VLLM_PLUGINS="my_models,my_platform"
    ```
    """
    plan = diagnosis.load_plan
    if not plan.unmatched:
        return
    meant = _meant(diagnosis)
    hint = "unset VLLM_PLUGINS, or name what is installed"
    failing = [name for name in meant if name in plan.failing]
    meant = tuple(name for name in meant if name not in plan.failing)
    corrected = set(meant) - set(Allowlist(plan.allowlist).names or ())
    if failing:
        what = "; ".join(f"{name} would fail: {plan.failing[name]}" for name in failing)
        hint = what + (f"; what works of what you seem to mean: {setting(meant)}" if meant else "")
    elif wants_all(plan.allowlist, (item.plugin for item in plan.plugins)):
        hint = "unset VLLM_PLUGINS"
    elif meant:
        what = "what you seem to mean" if corrected else "without what is not installed"
        hint = f"{what}: {setting(meant)}"
    for sentence in plan.unmatched:
        yield Fault(f"VLLM_PLUGINS: {sentence}", hint=hint)


def hidden_plugin(diagnosis: Diagnosis) -> Iterator[Fault]:
    """A plugin is hidden by another distribution.

    ## What it does
    Reports plugins that vLLM never uses because other metadata of the same distribution comes first,
    or because a later distribution declares the same name in the same group.

    ## Why is this bad?
    The plugin is installed and does nothing; which one wins depends on the order of folders.

    ## Example
    ```text
    a 1.0 and b 2.0 both declare vllm.general_plugins: register
    ```
    Use instead:
    ```text
    uninstall one, or ask its author for a name of its own.
    ```
    """
    for item in diagnosis.load_plan.plugins:
        standing = item.plugin.standing
        if standing.kind is StandingKind.HIDDEN:
            place = Location(standing.paths[0]) if standing.paths else None
            owner = item.plugin.distribution
            doubled = owner.shadowed_by is not None and len(standing.paths) == 2
            mend = "uninstall one of the two"
            if doubled:
                mend = mend_of_doubles(owner.name or "", standing.paths[::-1])
            yield Fault(
                f"{item.plugin.name} of {item.plugin.distribution.label} is hidden: "
                f"{standing.reason}",
                place,
                mend,
            )


def unread_plugin(diagnosis: Diagnosis) -> Iterator[Fault]:
    """The installed vLLM does not read a plugin's group.

    ## What it does
    Reports plugins in groups that this release does not know yet, and in groups beginning with `vllm.`
    that no release reads, with the group that is nearest.

    ## Why is this bad?
    The plugin is never loaded, and nobody says so.

    ## Example
    ```toml
    [project.entry-points."vllm.logits_processor"]
    ```
    Use instead:
    ```toml
    [project.entry-points."vllm.logits_processors"]
    ```
    """
    for item in diagnosis.load_plan.plugins:
        plugin = item.plugin
        if plugin.standing.kind is not StandingKind.UNREAD_GROUP:
            continue
        who = f"{plugin.name} of {plugin.distribution.label}"
        if group_of(plugin.group) is not None:
            hint = "upgrade vLLM, or uninstall the plugin"
            yield Fault(f"{who}: {plugin.standing.reason}", hint=hint)
            continue
        near = nearest_group(plugin.group)
        yield Fault(
            f"{who} is never loaded: no vLLM release reads the group {plugin.group!r}",
            plugin.entry_point.location,
            f"did you mean {near.name!r}? mend it in the plugin's project, and install that again"
            if near is not None
            else f"vLLM's groups: {', '.join(group.name for group in GROUPS)}",
        )


def unloadable_plugin(diagnosis: Diagnosis) -> Iterator[Fault]:
    """A plugin cannot be imported.

    ## What it does
    Reports plugins that vLLM would load and whose target cannot be imported, as their source tells:
    a missing module or attribute, a library that is not installed. Platform plugins are VP620's.

    ## Why is this bad?
    In most groups vLLM logs the failure and goes on without the plugin; a logits processor ends
    start-up.

    ## Example
    ```text
    Failed to load plugin my_plugin
    ```
    Use instead:
    ```text
    install what is missing, or a release of the plugin that does not need it.
    ```
    """
    for item in diagnosis.load_plan.plugins:
        if item.plugin.group == "vllm.platform_plugins" and _is_told(diagnosis, item.plugin):
            continue
        hidden = item.plugin.standing.kind is StandingKind.HIDDEN
        place = Location(item.path, item.line) if item.path is not None else None
        if item.loads is False and (item.fatal or not hidden):
            yield Fault(
                f"{item.plugin.name} of {item.plugin.distribution.label} cannot be loaded: "
                f"{item.reason}; vLLM: {item.on_failure}",
                place,
                hint="mend what the reason names, or uninstall it; `"
                f"{command_in(diagnosis, 'validate', str(item.plugin.distribution.name))}` looks at all of "
                "its code",
            )
    hooked = [item for item in diagnosis.load_plan.plugins if item.hooked and item.loads is None]
    if hooked:
        told = (
            f"{item.plugin.name} of {item.plugin.distribution.label}: {item.reason}"
            for item in hooked
        )
        raise CannotTell("; ".join(told))


def _is_told(diagnosis: Diagnosis, plugin: Plugin) -> bool:
    """Whether VP620 speaks of it: it is a candidate that could not be imported."""
    return any(
        item.name == plugin.name
        and item.origin == plugin.distribution.origin.path
        and item.answer.kind is AnswerKind.NOT_LOADED
        for item in diagnosis.platform.candidates
    )


def raising_plugin(diagnosis: Diagnosis) -> Iterator[Fault]:
    """A plugin's function raises in any case.

    ## What it does
    Reports plugins that vLLM would load and call, and whose function surely ends in an exception, as its
    source tells: a `raise` that nothing catches, an import of something that the environment does not
    have, a variable that is not set, an argument that nobody gives. Platform plugins are VP620's.

    ## Why is this bad?
    vLLM calls general plugins in every process and catches nothing: each start ends in the exception.
    In other groups vLLM goes on without the plugin, a warning here.

    ## Example
    ```python
    def register():
        raise RuntimeError("not for this vLLM")
    ```
    Use instead:
    ```python
    def register():
        logger.warning("my_plugin does nothing: not for this vLLM")
    ```
    """
    plan = diagnosis.load_plan
    for item in plan.plugins:
        if item.raises is None or item.plugin.standing.kind is not StandingKind.LOADS:
            continue
        value = plan.all_but.get(item.plugin.name)
        mend = "mend what the exception names, or uninstall the plugin"
        if value is not None:
            mend += f"; to leave it out: {setting(value.split(','))}"
        yield Fault(
            f"{item.plugin.name} of {item.plugin.distribution.label} raises when vLLM calls it: "
            f"{item.raises}; vLLM: {item.on_failure}",
            Location(item.path, item.line) if item.path is not None else None,
            mend,
            None if item.fatal else Severity.WARNING,
        )
