"""A diagnosis as plain lines, section by section; the terminal and Markdown reports dress them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from vplug.model import (
    UNSPECIFIED,
    Answer,
    AnswerKind,
    Basis,
    DeviceReport,
    Diagnosis,
    OutcomeKind,
    PlatformReport,
    StandingKind,
    Told,
    WinRule,
)
from vplug.report.doctor_findings import merged
from vplug.report.doctor_parts import Line, Section
from vplug.report.doctor_plan import plan_lines

_RULES = {
    WinRule.EXPLICIT_CPU: "VLLM_TARGET_DEVICE=cpu comes before every choice",
    WinRule.ONE_OUT_OF_TREE: "one platform plugin answered; it beats every built-in platform",
    WinRule.ONE_BUILT_IN: "one built-in platform answered, and no plugin",
    WinRule.NOBODY: "nobody answered",
    WinRule.TWO_OUT_OF_TREE: "two platform plugins answered",
    WinRule.TWO_BUILT_IN: "two built-in platforms answered",
    WinRule.ENDED: "a platform plugin ends the process: vLLM swallows no such exception",
    WinRule.UNDECIDED: "cannot be told without running it",
}
#: What may come of a choice that cannot be told, besides a winner: there it stands by its rule.
_OTHERWISE = {
    f"({WinRule.NOBODY})": "nobody answers, and vLLM has no platform",
    f"({WinRule.TWO_OUT_OF_TREE})": "two platform plugins answer, and vLLM stops",
    f"({WinRule.TWO_BUILT_IN})": "two built-in platforms answer, and vLLM stops",
    f"({WinRule.ENDED})": "a platform plugin ends the process",
}
_ANSWERS = {
    AnswerKind.CLASS: "is there",
    AnswerKind.ODD: "answered no name",
    AnswerKind.NONE: "not here",
    AnswerKind.RAISED: "raised",
    AnswerKind.NOT_CALLABLE: "cannot be called",
    AnswerKind.NOT_LOADED: "could not be imported",
    AnswerKind.UNKNOWN: "cannot tell",
}
_UNRUN = "nothing was run"
_GIB = 1024**3


def verdict(diagnosis: Diagnosis) -> str:
    """Return one line: which platform vLLM takes, and how much is wrong."""
    report = diagnosis.platform
    seen = report.basis is Basis.OBSERVED
    name = report.current or (
        report.choice.class_name if not seen and report.error is None else None
    )
    if diagnosis.environment.vllm_path is None:
        what = "no vLLM to ask"
    elif name is not None:
        what = f"vLLM {'takes' if seen else 'would take'} {name.rpartition('.')[2]}"
    elif report.error is not None:
        what = f"vLLM {'ends' if seen else 'would end'} without a platform"
    else:
        what = _leaning(report) or "which platform vLLM takes cannot be told"
    if diagnosis.environment.vllm_path is not None:
        ends = [
            item.plugin.name
            for item in diagnosis.load_plan.plugins
            if item.fatal
            and item.plugin.group != "vllm.platform_plugins"
            and (item.raises is not None or item.loads is False)
        ]
        what += f", and each start ends in {', '.join(ends)}" if ends else ""
    counts = Counter(str(item.severity) for item in merged(diagnosis.findings))
    told = [f"{n} {word}{'s' if n != 1 and word != 'info' else ''}" for word, n in counts.items()]
    return f"{what}; {', '.join(told) or 'no finding' + _untold(diagnosis)}"


def _untold(diagnosis: Diagnosis) -> str:
    """What could not be told, for a report without findings; that nothing was run stands elsewhere."""
    parts = []
    if diagnosis.platform.basis is Basis.OBSERVED:
        names = [
            item.name
            for item in diagnosis.platform.candidates
            if not item.built_in and item.answer.kind is AnswerKind.UNKNOWN
        ]
        if names:
            parts.append(f"what {', '.join(names)} would answer was not seen")
    codes = [
        item.code
        for item in diagnosis.outcomes
        if item.kind is OutcomeKind.UNKNOWN and _UNRUN not in (item.reason or "")
    ]
    if codes:
        parts.append(f"{', '.join(codes)} cannot tell")
    return f", but {'; '.join(parts)}" if parts else ""


def _leaning(report: PlatformReport) -> str | None:
    """Whom vLLM would take if the machine lets one plugin's function come to its end."""
    open_ = [item for item in report.candidates if item.answer.wins is None and not item.built_in]
    if len(open_) != 1 or open_[0].answer.value is None or report.basis is Basis.OBSERVED:
        return None
    if any(item.answer.wins for item in report.candidates if not item.built_in):
        return None
    answer = open_[0].answer
    return f"vLLM would take {str(answer.value).rpartition('.')[2]} {answer.reason}"


def doubts(diagnosis: Diagnosis) -> list[str]:
    """Return what rules cannot tell, one sentence a reason; where nothing was run, that is one."""
    reasons: dict[str, list[str]] = {}
    for item in diagnosis.outcomes:
        if item.kind is OutcomeKind.UNKNOWN:
            reason = item.reason or ""
            unrun = reason.endswith(_UNRUN) or "nothing was run" in reason
            reasons.setdefault(_UNRUN if unrun else reason, []).append(item.code)
    return [f"{', '.join(codes)} cannot tell: {reason}" for reason, codes in reasons.items()]


def sections(diagnosis: Diagnosis, *, short: bool = False) -> list[Section]:
    """Return the report's sections in order; those with nothing to say are left out.

    Args:
        diagnosis: what was found.
        short: leave out what devices answer where no accelerator is there and nothing is wrong.
    """
    parts = [
        Section("Environment", tuple(_environment(diagnosis))),
        Section("Variables", tuple(_variables(diagnosis))),
        Section(f"Load plan of vLLM {diagnosis.load_plan.release}", tuple(plan_lines(diagnosis))),
        Section(_platform_title(diagnosis.platform), tuple(_platform(diagnosis))),
        Section("Devices", tuple(_devices(diagnosis, short=short))),
        Section("LoRA resolvers", tuple(_resolvers(diagnosis))),
        Section("Model", tuple(_model(diagnosis))),
    ]
    return [part for part in parts if part.lines]


def _environment(diagnosis: Diagnosis) -> Iterator[Line]:
    found = diagnosis.environment
    machine = diagnosis.machine
    yield Line("machine", f"{machine.get('system')} {machine.get('processor')}")
    yield Line("python", f"{found.python or '(its version is not known)'}  {found.label}")
    if found.vllm_path is None:
        yield Line("vllm", "not installed", "bad")
    else:
        what = f"{found.vllm or '(no metadata)'} {found.vllm_version or '(version unknown)'}"
        if found.vllm_variant:
            what += f", built for {found.vllm_variant}"
        yield Line("vllm", what)
        yield Line("", found.vllm_path)
        if found.stand_in:
            yield Line("", f"beside {found.stand_in}, an empty distribution of that name")
    torch = found.torch
    yield Line("torch", torch or "not installed", "" if torch else "doubt")
    for item in found.duplicates:
        yield Line("double", f"{item.name}: {len(item.paths)} places", "bad")
    if found.hooks:
        count = len(found.hooks)
        ran = diagnosis.platform.basis is Basis.OBSERVED
        told = "run by the child, as by every start of this Python" if ran else "not run"
        yield Line("hooks", f"{count} .pth file{'s' if count != 1 else ''} with code: {told}")


def _variables(diagnosis: Diagnosis) -> Iterator[Line]:
    unset = []
    for item in diagnosis.variables:
        if item.value is None and item.readers:
            unset.append(item.name)
            continue
        value = "unset" if item.value is None else repr(item.value)
        yield Line(item.name, f"{value}: {item.effect.removeprefix('unset: ')}")
    if unset:
        shown = ", ".join(unset[:6]) + (f" and {len(unset) - 6} more" if len(unset) > 6 else "")
        yield Line("unset", f"plugins read {shown}")


def _platform_title(report: PlatformReport) -> str:
    how = "seen" if report.basis is Basis.OBSERVED else "foretold; nothing was run"
    return f"Platform ({how})"


def _platform(diagnosis: Diagnosis) -> Iterator[Line]:
    report = diagnosis.platform
    for number, item in enumerate(report.candidates, start=1):
        owner = "" if item.built_in else f"plugin of {item.distribution or 'nobody known'}, "
        mood = {AnswerKind.CLASS: "good", AnswerKind.NONE: "", AnswerKind.UNKNOWN: "doubt"}.get(
            item.answer.kind, "bad"
        )
        yield Line(f"{number}. {item.name}", owner + _answer(item.answer), mood)
        if item.second is not None and item.second.kind is not item.answer.kind:
            yield Line("", f"called again: {_answer(item.second)}", "bad")
        if not item.built_in and item.answer.kind is not AnswerKind.CLASS:
            for text in item.answer.said[-2:]:
                yield Line("", f"it said: {text}")
    yield from _unasked(diagnosis)
    choice = report.choice
    if choice.rule is WinRule.UNDECIDED:
        names = [name for name in choice.possible if name not in _OTHERWISE]
        if names:
            yield Line("may win", ", ".join(names), "doubt")
        for name in choice.possible:
            if name in _OTHERWISE:
                yield Line("may be", _OTHERWISE[name], "doubt")
    yield Line("rule", _RULES[choice.rule], "bad" if choice.error else "")
    current = report.current or (choice.class_name if report.error is None else None)
    if current is not None:
        yield Line("platform", current, "bad" if current == UNSPECIFIED else "good")
    for kind, modules in report.strays:
        count = f"{len(modules)} module{'s' if len(modules) != 1 else ''}"
        yield Line("but also", f"{kind}, held by {count}", "bad")
    if report.error is not None:
        yield Line("error", report.error, "bad")
    if report.note is not None:
        yield Line("note", report.note, "doubt")


def _unasked(diagnosis: Diagnosis) -> Iterator[Line]:
    """The platform plugins that vLLM does not ask, since they do not load."""
    asked = {(item.name, item.origin) for item in diagnosis.platform.candidates}
    for item in diagnosis.load_plan.plugins:
        plugin = item.plugin
        kind = plugin.standing.kind
        if plugin.group != "vllm.platform_plugins" or kind is StandingKind.LOADS:
            continue
        if (plugin.name, plugin.distribution.origin.path) in asked:
            continue
        owner = f"plugin of {plugin.distribution.name or 'nobody known'}, "
        if kind is StandingKind.SWITCHED_OFF:
            told = "switched off: VLLM_PLUGINS does not name it, so vLLM does not ask it"
        else:
            told = f"{kind}: {plugin.standing.reason}"
        yield Line(f"-  {plugin.name}", owner + told, "off")


def _answer(answer: Answer) -> str:
    text = _ANSWERS[answer.kind]
    if answer.kind is AnswerKind.UNKNOWN and answer.value is not None:
        return f"{text}: {answer.value} {answer.reason}"
    if answer.value is not None:
        text += f": {answer.value}"
    if answer.reason is not None:
        text += f" ({answer.reason})" if answer.kind is AnswerKind.CLASS else f": {answer.reason}"
    return text


def _devices(diagnosis: Diagnosis, *, short: bool) -> Iterator[Line]:
    report = diagnosis.devices
    if report is None:
        return
    if short and _is_quiet(diagnosis, report):
        named = [item for item in report.platform if item.name in _NAMES and item.value]
        for item in named:
            yield Line(_question(item), _told(item))
        yield Line("accelerator", "none: no driver reports one")
        rest = len(report.platform) + len(report.torch) - len(named)
        if rest > 0:
            yield Line("", f"{rest} more answers in --format json")
        return
    for told in report.platform:
        if told.device is None:
            yield Line(_question(told), _told(told), _mood(told))
    for index in sorted({t.device for t in report.platform if t.device is not None}):
        for told in report.platform:
            if told.device == index:
                yield Line(f"{index}: {_question(told)}", _told(told), _mood(told))
    for told in report.torch:
        if told.value is not None or told.error is not None:
            where = f" {told.device}" if told.device is not None else ""
            yield Line(f"torch {told.name}{where}", _told(told), _mood(told))
    if report.torch_error is not None:
        yield Line("torch", report.torch_error, "bad")
    for driver in report.drivers:
        version = f"driver {driver.version}" if driver.version else "no driver"
        runtime = f", CUDA up to {driver.runtime}" if driver.runtime else ""
        mood = "doubt" if driver.error else ""
        yield Line(driver.source, driver.error or f"{version}{runtime}", mood)
        for device in driver.devices:
            used = f"{_bytes(device.used_memory)} of " if device.used_memory is not None else ""
            yield Line(
                f"{driver.source} {device.index}",
                f"{device.name}, {used}{_bytes(device.total_memory)}, "
                f"capability {device.capability or 'not told'}, {device.uuid or 'no uuid'}",
            )
    if report.lost is not None:
        yield Line("lost", report.lost, "bad")


#: What is said of a platform in short.
_NAMES = frozenset({"device_type", "device_name"})


def _is_quiet(diagnosis: Diagnosis, report: DeviceReport) -> bool:
    """Whether there is no accelerator, and nothing is wrong with what was answered."""
    current = diagnosis.platform.current or ""
    return (
        current.startswith(("vllm.platforms.cpu.", "vllm.platforms.zen_cpu."))
        and not any(driver.devices for driver in report.drivers)
        and report.torch_error is None
        and report.lost is None
        and not any(item.hung for item in (*report.platform, *report.torch))
        and not any(item.code.startswith("VP64") for item in diagnosis.findings)
    )


def _question(told: Told) -> str:
    return told.name.removeprefix("get_").removeprefix("is_").replace("_", " ")


def _mood(told: Told) -> str:
    if told.hung:
        return "bad"
    return "doubt" if told.error is not None else ""


def _told(told: Told) -> str:
    if told.error is not None:
        missing = told.error.startswith("NotImplementedError")
        return "not implemented" if missing else told.error
    value = told.value
    if "memory" in told.name and isinstance(value, int) and not isinstance(value, bool):
        return f"{_bytes(value)} ({value:,} bytes)"
    if isinstance(value, list):
        return ", ".join(map(str, value)) or "none"
    if isinstance(value, dict):
        return ", ".join(f"{key} {item}" for key, item in value.items() if item is not None)
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "none" if value is None else str(value) or '""'


def _bytes(count: int | None) -> str:
    return "memory not told" if count is None else f"{count / _GIB:.1f} GiB"


def _resolvers(diagnosis: Diagnosis) -> Iterator[Line]:
    for item in diagnosis.resolvers:
        yield Line(item.name, item.state, "bad" if item.problem else "")
        for adapter in item.adapters:
            what = f"for {adapter.base_model}, rank {adapter.rank}"
            mood = "bad" if adapter.problem else "good"
            yield Line(f"  {adapter.name}", adapter.problem or what, mood)


def _model(diagnosis: Diagnosis) -> Iterator[Line]:
    model = diagnosis.model
    if model is not None:
        yield Line(model.path, model.state, "bad" if model.problem else "")
        if model.nearest:
            yield Line("nearest", ", ".join(model.nearest))
