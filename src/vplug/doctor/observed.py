"""From the events that a child process wrote down to nouns: the platform's choice, devices' answers."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import PurePath
from typing import Any

from vplug.doctor.ready_values import ENDED_WHILE_ASKED
from vplug.loader.resolution import choose
from vplug.model import (
    Answer,
    AnswerKind,
    Basis,
    Candidate,
    DeviceReport,
    PlatformChoice,
    PlatformReport,
    Told,
    WinRule,
)

Event = Mapping[str, Any]

#: The choice failed while vLLM was being imported, as in 0.21 to 0.31 (vllm/utils/torch_utils.py).
ENDS_THE_IMPORT = (
    "the platform is chosen while vLLM is being imported: `import vllm` itself ends with this error"
)


def parse_events(text: str) -> list[Event]:
    """Return the events in a child's lines, in order; a last line that was cut off is left out."""
    events: list[Event] = []
    for line in text.splitlines():
        try:
            event = json.loads(line)
        except ValueError:
            continue
        if isinstance(event, dict) and "event" in event:
            events.append(event)
    return events


def platform_report(
    events: Sequence[Event],
    foretold: PlatformReport,
    *,
    explicit_cpu: bool,
    lost: str | None,
) -> PlatformReport:
    """Return the choice as it was seen.

    Args:
        events: what the child wrote down.
        foretold: the choice as foretold; its candidates tell what was never asked.
        explicit_cpu: whether an explicit CPU target skips the choice.
        lost: how the child ended where it did not come to its end, e.g. ``killed by SIGSEGV``.
    """
    # A choice asked for within the choice, by what a plugin imports, is not the one that counts.
    events = [event for event in events if not event.get("within")]
    candidates = _candidates(events, foretold, explicit_cpu)
    built_in = {item.name: item.answer for item in candidates if item.built_in}
    ours = {item.name: item.answer for item in candidates if not item.built_in}
    again = {item.name: item.second for item in candidates if item.second is not None}
    made = next((event for event in events if event["event"] == "platform"), None)
    failed = next((event for event in events if event["event"] == "failed"), None)
    asked = any(event["event"] in ("asking", "load") for event in events)
    if asked or explicit_cpu:
        choice = choose(built_in, ours, again=again, explicit_cpu=explicit_cpu)
    else:
        choice = PlatformChoice(WinRule.UNDECIDED)
    report = PlatformReport(
        Basis.OBSERVED, foretold.release, tuple(candidates), choice, note=_note(made, asked)
    )
    if made is not None:
        strays = tuple((kind, tuple(names)) for kind, names in made.get("strays", {}).items())
        return replace(report, current=made["class_name"], seconds=made["seconds"], strays=strays)
    if failed is not None:
        at_import = failed["step"] == "import vllm"
        of_choice = failed.get("choosing", False)
        return replace(
            report,
            error=f"{failed['error']} (at import vllm)"
            if at_import and not of_choice
            else failed["error"],
            note=ENDS_THE_IMPORT if at_import and of_choice else report.note,
            traceback=failed["traceback"],
            seconds=failed["seconds"],
        )
    return replace(report, error=_died(events, lost))


def _note(made: Event | None, asked: bool) -> str | None:
    if made is not None and made.get("early"):
        return "the platform was already chosen while vllm.platforms was being imported"
    if made is not None and not asked:
        return "vLLM asked no candidate in this process"
    return None


def _died(events: Sequence[Event], lost: str | None) -> str:
    """A sentence on a child that came to no end: what it was asking, and how it ended."""
    asking = None
    for event in events:
        if event["event"] == "asking":
            asking = event["name"]
        elif event["event"] == "answer" and event["name"] == asking:
            asking = None
    how = lost or "the process ended without an answer"
    return f"{how} while the platform plugin {asking!r} was asked" if asking else how


def _candidates(
    events: Sequence[Event], foretold: PlatformReport, explicit_cpu: bool
) -> list[Candidate]:
    answers: dict[tuple[str, bool], list[Answer]] = {}
    loads: dict[str, Event] = {}
    pending: tuple[str, bool] | None = None
    for event in events:
        match event["event"]:
            case "load":
                loads[event["name"]] = event
            case "asking":
                pending = (event["name"], event["built_in"])
            case "answer":
                key = (event["name"], event["built_in"])
                answers.setdefault(key, []).append(_answer(event))
                pending = None
            case _:
                continue
    if pending is not None:
        died = Answer(AnswerKind.UNKNOWN, reason=ENDED_WHILE_ASKED)
        answers.setdefault(pending, []).append(died)
    silent = "vLLM did not ask it: VLLM_TARGET_DEVICE=cpu" if explicit_cpu else "it was not asked"
    result = []
    chosen = any(event["event"] == "platform" for event in events)
    # Where the choice came to its end, a built-in platform that was not asked is none of this vLLM's.
    absent = chosen and any(built_in for _, built_in in answers)
    names = [
        (item.name, item.built_in)
        for item in foretold.candidates
        if not (absent and item.built_in and (item.name, True) not in answers)
    ]
    names += [key for key in answers if key not in names]
    names += [(name, False) for name in loads if (name, False) not in names]
    for name, built_in in names:
        before = foretold.candidate(name, built_in=built_in) or Candidate(
            name, built_in, Answer(AnswerKind.UNKNOWN)
        )
        given = answers.get((name, built_in), [])
        load = loads.get(name) if not built_in else None
        if given:
            first, second = given[0], given[1] if len(given) > 1 else None
            if first.kind is AnswerKind.NONE and before.answer.kind is AnswerKind.NONE:
                first = replace(first, reason=before.answer.reason)  # vLLM tells it at DEBUG alone
        else:
            first, second = _unasked(load, silent), None
        if load is not None:
            before = replace(before, distribution=load["distribution"], value=load["value"])
        first = _placed(first, before.value)
        result.append(replace(before, answer=first, second=second))
    return result


_FRAME = re.compile(r'^  File "(.+)", line (\d+)', re.MULTILINE)


def _placed(answer: Answer, value: str | None) -> Answer:
    """The answer with the last frame of its traceback that lies in the plugin's package."""
    if answer.traceback is None or value is None:
        return answer
    top = value.partition(":")[0].partition(".")[0].strip()
    for path, line in reversed(_FRAME.findall(answer.traceback)):
        parts = PurePath(path).parts
        if top in parts or parts[-1] == f"{top}.py":
            return replace(answer, path=path, line=int(line))
    return answer


def _unasked(load: Event | None, silent: str) -> Answer:
    if load is not None and "error" in load:
        return Answer(
            AnswerKind.NOT_LOADED,
            reason=load["error"],
            traceback=load["traceback"],
            seconds=load["seconds"],
            ends_process=load.get("ends"),
        )
    if load is not None and not load.get("callable", True):
        return Answer(AnswerKind.NOT_CALLABLE, reason="it cannot be called")
    return Answer(AnswerKind.UNKNOWN, reason=silent)


def _answer(event: Event) -> Answer:
    return replace(_kind(event), seconds=event["seconds"], said=tuple(event.get("said", ())))


def _kind(event: Event) -> Answer:
    if "error" in event:
        return Answer(
            AnswerKind.RAISED,
            reason=event["error"],
            traceback=event["traceback"],
            ends_process=event.get("ends"),
        )
    if event.get("value") is not None:
        return Answer(AnswerKind.CLASS, value=event["value"])
    if event.get("odd") is not None:
        return Answer(AnswerKind.ODD, value=event["odd"])
    return Answer(AnswerKind.NONE)


def device_report(events: Sequence[Event], lost: str | None) -> DeviceReport:
    """Return the devices' answers.

    Args:
        events: what the child wrote down.
        lost: how the child ended where it did not come to its end.
    """
    told: dict[str, list[Told]] = {"platform": [], "torch": []}
    open_question: str | None = None
    torch_error = None
    for event in events:
        match event["event"]:
            case "question":
                where = "" if event["device"] is None else f" of device {event['device']}"
                open_question = f"{event['topic']}: {event['name']}{where}"
            case "told":
                told.setdefault(event["topic"], []).append(
                    Told(
                        event["name"],
                        event["device"],
                        event.get("value"),
                        event.get("error"),
                        event.get("traceback"),
                        bool(event.get("hung")),
                        event.get("seconds"),
                    )
                )
                open_question = None
            case "torch-failed":
                torch_error = event["error"]
            case _:
                continue
    lost_at = f"{open_question} ({lost})" if open_question and lost else None
    return DeviceReport(
        tuple(told["platform"]), tuple(told["torch"]), torch_error=torch_error, lost=lost_at
    )
