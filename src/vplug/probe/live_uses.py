"""What using a plugin proved, judged from answers and events: pure, one function a plugin type.

Each says no more than was seen: "works" where the plugin did what it is for, "weaker truth" where
less was seen, "cannot tell" where nobody could know (a request that the plugin may rightly refuse).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from vplug.model.live import Cell, CellKind, Role, Truth, Use
from vplug.probe.engine_plan import Prepared, of_group
from vplug.probe.engine_run import Ran

#: What a plugin may raise at a request that is not in its own form. vLLM's VLLMValidationError and
#: pydantic's ValidationError are ValueErrors; code that reads a key at once raises the others.
_REFUSALS = {
    "ValueError",
    "TypeError",
    "KeyError",
    "AttributeError",
    "IndexError",
    "AssertionError",
}
_MODEL_ROLES = (Role.WORKER, Role.ENGINE_CORE)
_OK = (CellKind.LOADED, CellKind.INHERITED)


def failed_start(subject: str, how: str, ran: Ran) -> Use:
    """Return the use of a plugin whose engine did not come up."""
    what = ran.error or (ran.run.telling[-1] if ran.run.telling else None)
    message = f"the engine {ran.run.ending or 'did not come up'}"
    if what and what not in message:
        message += f": {what}"
    return Use(subject, how, Truth.FAILS, message, "\n".join(ran.run.telling))


def _cells(ran: Ran, subject: str) -> list[Cell]:
    return [cell for cell in ran.run.cells if cell.subject == subject]


def _events(runs: Sequence[Ran], kind: str, **wanted: Any) -> list[Mapping[str, Any]]:
    return [
        event
        for ran in runs
        for event in ran.events
        if event["event"] == kind and all(event.get(key) == value for key, value in wanted.items())
    ]


def use_general(subject: str, runs: Sequence[Ran]) -> Use:
    """Return whether a general plugin ran in each process of the engines that came up."""
    how = "each process"
    cells = [cell for ran in runs for cell in _cells(ran, subject)]
    bad = next((c for c in cells if c.kind in (CellKind.LOAD_FAILED, CellKind.CALL_FAILED)), None)
    if bad is not None:
        return Use(subject, how, Truth.FAILS, f"{bad.kind}: {bad.error}", bad.traceback)
    up = [ran for ran in runs if ran.run.came_up]
    if not up:
        return failed_start(subject, how, runs[-1])
    asked = [cell for ran in up for cell in _cells(ran, subject)]
    good = [cell for cell in asked if cell.kind in _OK]
    text = f"ran in {len(good)} of {len(asked)} processes"
    if not good:
        skipped = next((cell.reason for cell in asked if cell.reason), None)
        reason = f": {skipped}" if skipped else ""
        return Use(subject, how, Truth.UNKNOWN, text + reason)
    registered = [
        str(event["name"]) for event in _events(up, "registered", by=subject) if event.get("ok")
    ]
    if registered:
        text += "; registered " + ", ".join(dict.fromkeys(registered))
    return Use(subject, how, Truth.WORKS if len(good) == len(asked) else Truth.WEAKER, text)


def use_platform(subject: str, runs: Sequence[Ran]) -> Use:
    """Return whether a platform plugin's platform is the current one, and generates."""
    how = "current platform"
    cells = [cell for ran in runs for cell in _cells(ran, subject)]
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
        return Use(subject, how, Truth.FAILS, message, use.detail, True)
    if _generated(up):
        text = f"{name} is the current platform of every process, and generates"
        return Use(subject, how, Truth.WORKS, text, effect=True)
    text = f"{name} is the current platform of every process; nothing was generated"
    return Use(subject, how, Truth.WEAKER, text, effect=True)


def _platforms(runs: Sequence[Ran]) -> str:
    names = [p.platform for ran in runs for p in ran.run.processes if p.platform]
    return ", ".join(dict.fromkeys(names)) or "none"


def _generated(runs: Sequence[Ran]) -> bool:
    return any(
        answer.get("ok") and any(answer.get("tokens") or ())
        for ran in runs
        for answer in ran.answers.values()
    )


def use_logits_processor(subject: str, runs: Sequence[Ran], configured: bool) -> Use:
    """Return whether a logits processor changed logits, and with them tokens.

    The comparison is within each call: logits and best token before and after, with the same state.
    """
    how = "generate"
    up = [ran for ran in runs if ran.run.came_up]
    if not up:
        return failed_start(subject, how, runs[-1])
    failed = _events(up, "apply-failed", subject=subject)
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
    applied = _events(up, "apply", subject=subject)
    if not applied:
        made = _events(up, "method", subject=subject, method="__init__")
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


def use_stat_logger(subject: str, runs: Sequence[Ran]) -> Use:
    """Return whether a stat logger received records of work that was done."""
    how = "records"
    up = [ran for ran in runs if ran.run.came_up]
    if not up:
        return failed_start(subject, how, runs[-1])
    failed = _events(up, "stat-failed", subject=subject)
    if failed:
        told = failed[-1]
        message = f"{told['method']} raised {told['error']}"
        return Use(subject, how, Truth.FAILS, message, told["traceback"])
    records = _events(up, "stat", subject=subject, method="record")
    if not records:
        made = _events(up, "method", subject=subject, method="__init__")
        text = "it was built, and received no record" if made else "no process built it"
        return Use(subject, how, Truth.FAILS if made else Truth.UNKNOWN, text, effect=False)
    count = max(int(event["count"]) for event in records)
    if any(event.get("iteration") for event in records):
        text = f"it received {count} records or more, with iteration statistics"
        return Use(subject, how, Truth.WORKS, text, effect=True)
    text = f"it received {count} records or more, none with iteration statistics"
    return Use(subject, how, Truth.WEAKER, text, effect=True)


def use_io_processor(subject: str, runs: Sequence[Ran], configured: bool) -> list[Use]:
    """Return what an IO processor answered, offline and over HTTP."""
    uses = []
    for ran in runs:
        how = "POST /pooling" if ran.plan.served else "encode"
        if not ran.run.came_up:
            uses.append(failed_start(subject, how, ran))
            continue
        answers = list(ran.answers.values())
        good = next((answer for answer in answers if answer.get("ok")), None)
        if good is not None:
            number = answers.index(good) + 1
            sent = "its own request" if configured else f"generic request {number}"
            text = f"it answered {sent} with {good.get('type', 'an answer')}"
            uses.append(Use(subject, how, Truth.WORKS, text, good.get("answer"), True))
            continue
        if ran.run.ending is not None:
            uses.append(failed_start(subject, how, ran))
            continue
        uses.append(_refused(subject, how, answers, configured))
    return uses


def _refused(subject: str, how: str, answers: Sequence[Mapping[str, Any]], configured: bool) -> Use:
    last = answers[-1] if answers else {}
    telling = next((a for a in answers if not _is_refusal(a)), None)
    if configured:
        message = f"its own request failed: {last.get('error')}"
        return Use(subject, how, Truth.FAILS, message, last.get("traceback"))
    if telling is not None:
        message = f"a request failed: {telling.get('error')}"
        return Use(subject, how, Truth.FAILS, message, telling.get("traceback"))
    message = (
        f"it refused all {len(answers)} generic requests (the last: {last.get('error')}); "
        "what it takes is for the project to say"
    )
    return Use(subject, how, Truth.UNKNOWN, message, last.get("traceback"))


def _is_refusal(answer: Mapping[str, Any]) -> bool:
    if "status" in answer:
        return 400 <= int(answer["status"]) < 500
    kinds = set(answer.get("error_kinds", ()))
    return bool(kinds & _REFUSALS) and "NotImplementedError" not in kinds


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
    if ran.run.came_up and _generated(runs):
        message = f"{name} generates (configuration: {item.get('how')})"
        return Use(subject, how, Truth.WORKS, message, effect=True)
    failed = failed_start(subject, how, ran)
    if ran.run.came_up and ran.run.ending is None:
        errors = [str(a.get("error")) for a in ran.answers.values() if not a.get("ok")]
        failed = Use(subject, how, Truth.FAILS, f"a request failed: {errors[:1]}")
    if own:
        return failed
    message = (
        f"{inspected}; with a derived configuration ({item.get('how')}) {failed.message}, "
        "which may be the configuration's fault"
    )
    return Use(subject, how, Truth.WEAKER, message, failed.detail)


def use_backend(subject: str, name: str, cls: str, runs: Sequence[Ran]) -> Use:
    """Return whether a registered attention backend is the one that layers got."""
    how = f"attention backend {name}"
    up = [ran for ran in runs if ran.run.came_up]
    used = {item for ran in up for process in ran.run.processes for item in process.attention}
    if cls in used and _generated(up):
        return Use(subject, how, Truth.WORKS, f"layers use {cls}, and generate", effect=True)
    if not up:
        return failed_start(subject, how, runs[-1])
    other = ", ".join(sorted(used)) or "none that was seen"
    message = (
        f"{cls} is registered as {name}, and the engine used {other}; "
        "name it in the engine arguments to have it used"
    )
    return Use(subject, how, Truth.WEAKER, message)


def use_resolver(subject: str, runs: Sequence[Ran], adapter: Mapping[str, Any], own: bool) -> Use:
    """Return whether a LoRA resolver served an adapter.

    Args:
        subject: the general plugin that registered it.
        runs: the engines that served LoRA.
        adapter: the answer to a request for the adapter by its name.
        own: whether the project said where the resolver looks.
    """
    how = "serve an adapter"
    up = [ran for ran in runs if ran.run.came_up]
    if not up:
        return failed_start(subject, how, runs[-1])
    resolved = _events(up, "resolved", by=subject)
    failed = [event for event in resolved if not event.get("ok")]
    found = [event for event in resolved if event.get("found")]
    if failed:
        told = failed[-1]
        message = f"resolve_lora raised {told['error']}"
        return Use(subject, how, Truth.FAILS, message, told.get("traceback"))
    if found and adapter.get("ok"):
        other = adapter.get("differs")
        text = "a request for the adapter by its name was served from what it resolved"
        text += "; its tokens differ from the base model's" if other else ""
        return Use(subject, how, Truth.WORKS, text, effect=True)
    if found:
        message = f"it resolved the adapter, and serving it failed: {adapter.get('error')}"
        return Use(subject, how, Truth.FAILS, message)
    if not resolved:
        return Use(subject, how, Truth.UNKNOWN, "vLLM never asked it", effect=False)
    message = "it was asked for the adapter, and answered None"
    if own:
        return Use(subject, how, Truth.FAILS, f"{message} though it was told where to look")
    return Use(subject, how, Truth.UNKNOWN, f"{message}: where it looks is for the project to say")


def use_endpoint(
    subject: str, runs: Sequence[Ran], answers: Mapping[str, Mapping[str, Any]], own: bool
) -> list[Use]:
    """Return what an endpoint plugin's routes answered.

    Args:
        subject: the plugin.
        runs: the servers, the last one first to be believed.
        answers: ``METHOD path`` → status, body and whether the route is in the server's OpenAPI page.
        own: whether the project said what to ask.
    """
    how = "routes"
    up = [ran for ran in runs if ran.run.came_up]
    if not up:
        return [failed_start(subject, how, runs[-1])]
    bad = [
        cell
        for ran in up
        for cell in _cells(ran, subject)
        if cell.kind in (CellKind.LOAD_FAILED, CellKind.CALL_FAILED)
    ]
    if bad:
        return [Use(subject, how, Truth.FAILS, f"{bad[0].kind}: {bad[0].error}", bad[0].traceback)]
    attached = _events(up, "method", subject=subject, method="attach_router")
    if not attached:
        tasks = endpoint_tasks(subject, up)
        cell = next((cell for ran in up for cell in _cells(ran, subject)), None)
        if tasks:
            message = f"it asks for a server with one of the tasks {', '.join(tasks)}"
        elif cell is not None and cell.kind is CellKind.SKIPPED:
            message = f"it was not loaded: {cell.reason}"
        else:
            message = "the server never called attach_router"
        return [Use(subject, how, Truth.UNKNOWN, message)]
    if not answers:
        return [Use(subject, how, Truth.FAILS, "attach_router added no route", effect=False)]
    return [_answered(subject, route, answer, own) for route, answer in answers.items()]


def endpoint_tasks(subject: str, runs: Sequence[Ran]) -> tuple[str, ...]:
    """Return the tasks of which an endpoint plugin asks one, as it told when it was made."""
    for event in [
        *_events(runs, "method", subject=subject),
        *_events(runs, "call", subject=subject),
    ]:
        if event.get("required_tasks"):
            return tuple(map(str, event["required_tasks"]))
    return ()


def _answered(subject: str, route: str, answer: Mapping[str, Any], own: bool) -> Use:
    status, body = int(answer["status"]), str(answer["body"])
    if 200 <= status < 400:
        return Use(subject, route, Truth.WORKS, f"{status}", body, True)
    if status == 0 or status >= 500:
        return Use(subject, route, Truth.FAILS, f"{status or 'no answer'}: {body[:300]}", body)
    if own:
        return Use(subject, route, Truth.FAILS, f"{status} to its own request: {body[:300]}", body)
    if status == 404 and "Not Found" in body and not answer.get("listed"):
        return Use(subject, route, Truth.FAILS, "404: the server has no such route", body, False)
    reasons = {
        400: "it refuses the generic request",
        401: "it asks for authorisation",
        403: "it asks for authorisation",
        404: "the route is there, and answers 404 to the generic request",
        405: "it takes another method",
        422: "the route is there, and its input model refuses an empty request",
    }
    message = f"{status}: {reasons.get(status, 'it refuses the generic request')}"
    return Use(subject, route, Truth.WEAKER, message, body, True)


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
