"""What using a plugin of the front end proved: IO processors, stat loggers, endpoints, resolvers."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from vplug.model.live import CellKind, Truth, Use
from vplug.probe.engine_http import message_of
from vplug.probe.engine_run import Ran
from vplug.probe.live_seen import cells_of, events_of, failed_start

#: What a plugin may raise at a request that is not in its own form. pydantic's ValidationError is a
#: ValueError, vLLM's own (``vllm/exceptions.py``, 0.28 on) is not; code that reads a key at once raises
#: the others.
_REFUSALS = {
    "ValueError",
    "VLLMClientError",
    "VLLMValidationError",
    "TypeError",
    "KeyError",
    "AttributeError",
    "IndexError",
    "AssertionError",
}
#: The method that reads a request, before any model is asked: its current name and the one to 0.16.
_READS = re.compile(r"\bin parse_(data|request)$", re.MULTILINE)
#: What a route answers that needs what is not there, another service for instance: not a fault as 500 is.
_UNABLE = (501, 503)
#: What comes of parameters on which the task was never set: `params or PoolingParams(...)`. Another
#: task was set, and may be one that the model has which the plugin is for.
_NO_TASK = "Unsupported task: 'plugin'"
#: A refusal that names what a request lacks tells more than one of a request's kind.
_NAMES = re.compile(r"field required|validation error|^KeyError", re.IGNORECASE)
#: What pydantic ends each complaint with.
_LINK = re.compile(r" For further information visit \S+")


def use_stat_logger(subject: str, runs: Sequence[Ran]) -> Use:
    """Return whether a stat logger received records of work that was done."""
    how = "records"
    up = [ran for ran in runs if ran.run.came_up]
    if not up:
        return failed_start(subject, how, runs[-1])
    failed = events_of(up, "stat-failed", subject=subject)
    if failed:
        told = failed[-1]
        message = f"{told['method']} raised {told['error']}"
        return Use(subject, how, Truth.FAILS, message, told["traceback"])
    records = events_of(up, "stat", subject=subject, method="record")
    if not records:
        made = events_of(up, "method", subject=subject, method="__init__")
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
            uses.append(_not_started(subject, how, ran))
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
            failed = failed_start(subject, how, ran)
            if not configured:
                text = f"after a generic request to a tiny model {failed.message}"
                failed = Use(subject, how, Truth.UNKNOWN, text, failed.detail)
            uses.append(failed)
            continue
        uses.append(_refused(subject, how, answers, configured, ran.run.guess))
    return uses


def _not_started(subject: str, how: str, ran: Ran) -> Use:
    failed = failed_start(subject, how, ran)
    if ran.run.doubt is None:
        return failed
    text = f"{failed.message}; {ran.run.doubt}: name one in [tool.vplug.verify.plugins]"
    return Use(subject, how, Truth.UNKNOWN, text, failed.detail, started=False)


def _refused(
    subject: str,
    how: str,
    answers: Sequence[Mapping[str, Any]],
    configured: bool,
    guess: str | None,
) -> Use:
    last = answers[-1] if answers else {}
    name = subject.partition(":")[2]
    if configured:
        message = f"its own request failed: {last.get('error')}"
        if guess is not None and _is_refusal(last):
            message += f"; {guess}: [tool.vplug.verify.plugins.{name}] model names it"
        return Use(subject, how, Truth.FAILS, message, last.get("traceback"))
    fault = next((answer for answer in answers if _is_own_fault(answer)), None)
    if fault is not None:
        message = f"a request failed: {fault.get('error')}"
        return Use(subject, how, Truth.FAILS, message, fault.get("traceback"))
    told = next((answer for answer in answers if not _is_refusal(answer)), None)
    mend = f"say what it takes in [tool.vplug.verify.plugins.{name}]"
    if told is not None:
        # The tiny model is not the one that it is for: what came after reading may be due to that.
        message = f"a generic request to a tiny model failed: {told.get('error')}; {mend}"
        return Use(subject, how, Truth.UNKNOWN, message, told.get("traceback"))
    # One that was read, and refused later, tells more than one that was not even read.
    read = (a for a in answers if a.get("traceback") and not _READS.search(a["traceback"]))
    tasks = (a for a in answers if "Unsupported task" in str(a.get("error", "")))
    named = (a for a in answers if _NAMES.search(str(a.get("error", ""))))
    most = next(read, None) or next(tasks, None) or next(named, last)
    error = _LINK.sub("", " ".join(str(most.get("error")).split()))
    message = f"it refused all {len(answers)} generic requests (for instance: {error}); {mend}"
    return Use(subject, how, Truth.UNKNOWN, message, most.get("traceback"))


def _is_refusal(answer: Mapping[str, Any]) -> bool:
    if "status" in answer:
        return 400 <= int(answer["status"]) < 500
    return bool(set(answer.get("error_kinds", ())) & _REFUSALS)


def _is_own_fault(answer: Mapping[str, Any]) -> bool:
    """Whether a generic request shows a fault, whatever the model: no method, no task, no reading."""
    kinds = set(answer.get("error_kinds", ()))
    if "NotImplementedError" in kinds or _NO_TASK in str(answer.get("error", "")):
        return True
    reading = _READS.search(str(answer.get("traceback", ""))) is not None
    return reading and not _is_refusal(answer)


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
    resolved = events_of(up, "resolved", by=subject)
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
    return Use(
        subject,
        how,
        Truth.UNKNOWN,
        f"{message}; say where it looks with {{adapters}} in [tool.vplug.verify] env",
    )


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
        for cell in cells_of(ran, subject)
        if cell.kind in (CellKind.LOAD_FAILED, CellKind.CALL_FAILED)
    ]
    if bad:
        return [Use(subject, how, Truth.FAILS, f"{bad[0].kind}: {bad[0].error}", bad[0].traceback)]
    attached = events_of(up, "method", subject=subject, method="attach_router")
    if not attached:
        tasks = endpoint_tasks(subject, up)
        cell = next((cell for ran in up for cell in cells_of(ran, subject)), None)
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
        *events_of(runs, "method", subject=subject),
        *events_of(runs, "call", subject=subject),
    ]:
        if event.get("required_tasks"):
            return tuple(map(str, event["required_tasks"]))
    return ()


def _answered(subject: str, route: str, answer: Mapping[str, Any], own: bool) -> Use:
    status, body = int(answer["status"]), str(answer["body"])
    if 200 <= status < 400:
        return Use(subject, route, Truth.WORKS, f"{status}", body, True)
    said = message_of(body)[:300]
    if status in _UNABLE and not own:
        return Use(subject, route, Truth.UNKNOWN, f"{status}: it says that it cannot: {said}", body)
    if status == 0 or status >= 500:
        return Use(subject, route, Truth.FAILS, f"{status or 'no answer'}: {said}", body)
    if own:
        return Use(subject, route, Truth.FAILS, f"{status} to its own request: {said}", body)
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
