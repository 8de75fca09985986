"""What using a plugin proved, judged from answers and events: pure, one function a plugin type.

Each says no more than was seen: "works" where the plugin did what it is for, "weaker truth" where
less was seen, "cannot tell" where nobody could know (a request that the plugin may rightly refuse).
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from vplug.model.live import CellKind, Truth, Use
from vplug.probe.engine_plan import Prepared, of_group
from vplug.probe.engine_run import Ran
from vplug.probe.live_seen import cells_of, events_of, failed_start, generated, wants_variable
from vplug.probe.live_uses_front import (
    use_endpoint,
    use_io_processor,
    use_resolver,
    use_stat_logger,
)

_MISSING = re.compile(r"^ModuleNotFoundError: No module named '(\w+)")
_OK = (CellKind.LOADED, CellKind.INHERITED)


def use_general(subject: str, runs: Sequence[Ran]) -> Use:
    """Return whether a general plugin ran in each process of the engines that came up."""
    how = "each process"
    cells = [cell for ran in runs for cell in cells_of(ran, subject)]
    bad = next((c for c in cells if c.kind in (CellKind.LOAD_FAILED, CellKind.CALL_FAILED)), None)
    if bad is not None:
        return Use(subject, how, Truth.FAILS, f"{bad.kind}: {bad.error}", bad.traceback)
    stuck = next((cell for cell in cells if cell.kind is CellKind.UNFINISHED), None)
    if stuck is not None:
        text = f"{stuck.reason} did not return"
        started = any(ran.run.came_up for ran in runs)
        return Use(subject, how, Truth.FAILS, text, stuck.traceback, started=started)
    up = [ran for ran in runs if ran.run.came_up]
    if not up:
        failed = failed_start(subject, how, runs[-1])
        ran = [cell for cell in cells if cell.kind in _OK]
        text = f"it ran in the {len(ran)} processes that were started; {failed.message}"
        return Use(subject, how, Truth.UNKNOWN, text, failed.detail, started=False)
    asked = [cell for ran in up for cell in cells_of(ran, subject)]
    good = [cell for cell in asked if cell.kind in _OK]
    text = f"ran in {len(good)} of {len(asked)} processes"
    if not good:
        skipped = next((cell.reason for cell in asked if cell.reason), None)
        reason = f": {skipped}" if skipped else ""
        return Use(subject, how, Truth.UNKNOWN, text + reason)
    registered = [
        str(event["name"]) for event in events_of(up, "registered", by=subject) if event.get("ok")
    ]
    if registered:
        text += "; registered " + ", ".join(dict.fromkeys(registered))
    return Use(subject, how, Truth.WORKS if len(good) == len(asked) else Truth.WEAKER, text)


def use_platform(subject: str, runs: Sequence[Ran]) -> Use:
    """Return whether a platform plugin's platform is the current one, and generates."""
    how = "current platform"
    cells = [cell for ran in runs for cell in cells_of(ran, subject)]
    bad = next((c for c in cells if c.kind in (CellKind.LOAD_FAILED, CellKind.CALL_FAILED)), None)
    if bad is not None:
        return Use(subject, how, Truth.FAILS, f"{bad.kind}: {bad.error}", bad.traceback, False)
    named = {cell.returned for cell in cells if cell.returned not in (None, "None")}
    if not named:
        if any(cell.returned == "None" for cell in cells):
            return Use(
                subject,
                how,
                Truth.UNKNOWN,
                "it declined on this machine: its function returned None, so vLLM ran on "
                f"{_platforms(runs)}",
            )
        return Use(subject, how, Truth.UNKNOWN, "no process called it")
    name = ", ".join(sorted(map(str, named)))
    others = {
        process.platform
        for ran in runs
        for process in ran.run.processes
        if process.platform is not None and process.platform not in named
    }
    up = [ran for ran in runs if ran.run.came_up]
    if others:
        told = f"it returned {name}, and a process ran on {', '.join(sorted(map(str, others)))}"
        return Use(subject, how, Truth.FAILS, told, effect=False)
    if not up:
        use = failed_start(subject, how, runs[-1])
        message = f"{name} was the current platform, but {use.message}"
        return Use(subject, how, Truth.FAILS, message, use.detail, True, started=False)
    if generated(up):
        text = f"{name} is the current platform of every process, and generates"
        return Use(subject, how, Truth.WORKS, text, effect=True)
    text = f"{name} is the current platform of every process; nothing was generated"
    return Use(subject, how, Truth.WEAKER, text, effect=True)


def _platforms(runs: Sequence[Ran]) -> str:
    names = [p.platform for ran in runs for p in ran.run.processes if p.platform]
    return ", ".join(dict.fromkeys(names)) or "none"


def use_logits_processor(subject: str, runs: Sequence[Ran], configured: bool) -> Use:
    """Return whether a logits processor changed logits, and with them tokens.

    The comparison is within each call: logits and best token before and after, with the same state.
    """
    how = "generate"
    up = [ran for ran in runs if ran.run.came_up]
    if not up:
        return failed_start(subject, how, runs[-1])
    failed = events_of(up, "apply-failed", subject=subject)
    if failed:
        told = failed[-1]
        return Use(subject, how, Truth.FAILS, f"apply raised {told['error']}", told["traceback"])
    refused = [
        str(answer.get("error"))
        for ran in up
        for name, answer in ran.answers.items()
        if name.endswith(subject) and not answer.get("ok")
    ]
    if refused:
        return Use(subject, how, Truth.FAILS, f"a request with its extra_args failed: {refused[0]}")
    applied = events_of(up, "apply", subject=subject)
    if not applied:
        made = events_of(up, "method", subject=subject, method="__init__")
        if made:
            text = "it was built, and vLLM never called apply"
            return Use(subject, how, Truth.WEAKER, text, effect=False)
        return Use(subject, how, Truth.UNKNOWN, "no worker built it", effect=False)
    best = [event for event in applied if event.get("changed_best")]
    changed = [event for event in applied if event.get("changed")]
    calls = max(int(event["count"]) for event in applied)
    tokens = _tokens_differ(up, subject)
    if best or tokens:
        text = f"it changed the best token (apply was called {calls} times or more)"
        if tokens:
            text += "; with its extra_args other tokens came than without"
        return Use(subject, how, Truth.WORKS, text, effect=True)
    if changed:
        text = "it changed logits, and never the best token"
        return Use(subject, how, Truth.WORKS, text, effect=True)
    if configured:
        text = f"apply was called {calls} times or more and changed nothing, its extra_args given"
        return Use(subject, how, Truth.FAILS, text, effect=False)
    text = (
        f"loaded, and apply was called {calls} times or more without changing a logit; "
        "it may need extra_args, which nobody gave"
    )
    return Use(subject, how, Truth.WEAKER, text)


def _tokens_differ(runs: Sequence[Ran], subject: str) -> bool:
    for ran in runs:
        for kind in ("greedy", "sampled"):
            without, with_ = (
                ran.answers.get(kind, {}),
                ran.answers.get(f"{kind} with {subject}", {}),
            )
            if with_.get("ok") and without.get("ok") and with_["tokens"] != without["tokens"]:
                return True
    return False


def use_model(subject: str, item: Mapping[str, Any], runs: Sequence[Ran], own: bool) -> Use:
    """Return whether a registered architecture generates.

    Args:
        subject: the general plugin that registered it.
        item: what the preparing child said of it.
        runs: the engines that ran it.
        own: whether the project gave its configuration; else it was derived, and may be wrong.
    """
    name = item["architecture"]
    how = f"generate with {name}"
    if item.get("error"):
        message = f"its class {item['value']} cannot be had: {item['error']}"
        missing = _MISSING.search(item["error"])
        own_top = str(item["value"]).replace(":", ".").partition(".")[0]
        if missing is not None and missing[1] not in ("vllm", own_top):
            # The environment's want, not the plugin's fault: vLLM's own models have such imports.
            return Use(subject, how, Truth.UNKNOWN, message, item.get("traceback"))
        return Use(subject, how, Truth.FAILS, message, item.get("traceback"))
    inspected = f"{name} is registered and its class {item.get('class')} imports"
    if not runs:
        if item.get("generates") is False:
            reason = "it is no generating model"
        elif item.get("no_model"):
            reason = f"no tiny configuration could be derived: {item['no_model']}"
        else:
            reason = "no engine was started for it"
        return Use(subject, how, Truth.WEAKER, f"{inspected}; {reason}")
    ran = runs[-1]
    if ran.run.came_up and generated(runs):
        message = f"{name} generates (configuration: {item.get('how')})"
        return Use(subject, how, Truth.WORKS, message, effect=True)
    failed = failed_start(subject, how, ran)
    if ran.run.came_up and ran.run.ending is None:
        errors = [str(a.get("error")) for a in ran.answers.values() if not a.get("ok")]
        failed = Use(subject, how, Truth.FAILS, f"a request failed: {errors[:1]}")
    if own:
        return failed
    message = f"{inspected}; with a derived configuration ({item.get('how')}) {failed.message}"
    if wants_variable(ran) is None:
        message += ", which may be the configuration's fault"
    return Use(subject, how, Truth.WEAKER, message, failed.detail)


def use_backend(subject: str, name: str, cls: str, runs: Sequence[Ran]) -> Use:
    """Return whether a registered attention backend is the one that layers got."""
    how = f"attention backend {name}"
    up = [ran for ran in runs if ran.run.came_up]
    used = {item for ran in up for process in ran.run.processes for item in process.attention}
    if cls in used and generated(up):
        return Use(subject, how, Truth.WORKS, f"layers use {cls}, and generate", effect=True)
    if not up:
        return failed_start(subject, how, runs[-1])
    other = ", ".join(sorted(used)) or "none that was seen"
    message = (
        f"{cls} is registered as {name}, and the engine used {other}; "
        "name it in the engine arguments to have it used"
    )
    return Use(subject, how, Truth.WEAKER, message)


def all_uses(
    subjects: Sequence[str],
    runs: Sequence[Ran],
    prepared: Prepared,
    own: Mapping[str, Mapping[str, Any]],
    resolver_told: bool,
) -> tuple[Use, ...]:
    """Return what every plugin's use proved.

    Args:
        subjects: the plugins under test, as ``group:name``.
        runs: every engine that was started.
        prepared: what the plugins registered.
        own: subject → the project's settings for it.
        resolver_told: whether the project said where its LoRA resolver looks.
    """
    if not runs:
        return ()
    uses: list[Use] = []
    generating = [ran for ran in runs if not ran.plan.pooling] or list(runs)
    served = [ran for ran in runs if ran.plan.served and ran.plan.io_processor is None]
    for subject in of_group(subjects, "general"):
        uses.append(use_general(subject, runs))
        for item in prepared.models:
            if item["subject"] == subject:
                name = item["architecture"]
                mine = [ran for ran in runs if ran.plan.architecture == name]
                uses.append(use_model(subject, item, mine, "config" in own.get(subject, {})))
        uses += [
            use_backend(subject, name, cls, generating)
            for name, cls in prepared.backends.get(subject, ())
        ]
        if subject in prepared.resolvers:
            lora = [ran for ran in runs if ran.plan.lora]
            if lora:
                adapter = lora[-1].answers.get("adapter", {})
                uses.append(use_resolver(subject, lora, adapter, resolver_told))
    uses += [use_platform(subject, runs) for subject in of_group(subjects, "platform")]
    for subject in of_group(subjects, "logits-processor"):
        given = "extra_args" in own.get(subject, {})
        uses.append(use_logits_processor(subject, generating, given))
    if served:
        uses += [use_stat_logger(subject, served) for subject in of_group(subjects, "stat-logger")]
        for subject in of_group(subjects, "endpoint"):
            answers = {
                name.removeprefix(f"{subject} "): answer
                for ran in served
                for name, answer in ran.answers.items()
                if name.startswith(f"{subject} ")
            }
            uses += use_endpoint(subject, served, answers, bool(own.get(subject)))
    for subject in of_group(subjects, "io-processor"):
        name = subject.partition(":")[2]
        mine = [ran for ran in runs if ran.plan.io_processor == name]
        uses += use_io_processor(subject, mine, "data" in own.get(subject, {}))
    return tuple(uses)
