"""What a plugin costs: engines with it and without it, in turn, and what each took."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from statistics import median
from typing import Any

from vplug.errors import VplugError
from vplug.model.live import BenchFigure, BenchReport
from vplug.probe.engine_compare import skip_reasons
from vplug.probe.engine_plan import (
    PROMPTS,
    EnginePlan,
    Prepared,
    encodings,
    engine_arguments,
    of_group,
)
from vplug.probe.engine_run import Ran, run_engine
from vplug.probe.live_settings import LiveSettings
from vplug.probe.live_stage import LiveOptions, prepare, set_stage, without_plugins
from vplug.probe.overlay import Overlay
from vplug.probe.room import throwaway

#: The first requests of an engine allocate and compile; they are asked for, and not counted.
WARM_UP = 3
REQUESTS = 20
_TOKENS = 16


def bench_plans(
    subjects: Sequence[str], prepared: Prepared, settings: LiveSettings
) -> tuple[EnginePlan, EnginePlan]:
    """Return the engine without and the engine with the plugins, the same in all else.

    Both do the same work with the same model: generation, or embedding where all that is tested are
    IO processors; then the second engine also builds the first of these, and answers through it.
    """
    processors = of_group(subjects, "io-processor")
    pooling = bool(processors) and len(processors) == len(subjects)
    served = bool(
        of_group(subjects, "stat-logger") or of_group(subjects, "endpoint") or prepared.resolvers
    )
    model = settings.of(processors[0]).get("model") if pooling else None
    arguments = engine_arguments(prepared, settings, model)
    params = {"max_tokens": _TOKENS, "temperature": 0.0, "ignore_eos": True}
    use: Mapping[str, Any] = {
        "id": "request",
        "kind": "embed" if pooling else "generate",
        "prompts": list(PROMPTS),
        "params": params,
        "repeat": WARM_UP + REQUESTS,
    }
    if not pooling:
        without = EnginePlan("without the plugins", served, arguments, uses=(use,))
        return without, replace(without, title="with the plugins")
    arguments |= {"runner": "pooling"}
    without = EnginePlan("without the plugins", False, arguments, pooling=True, uses=(use,))
    name = processors[0].partition(":")[2]
    extra = dict(settings.of(processors[0]).get("engine", {}))
    own = tuple(
        {**item, "repeat": WARM_UP + REQUESTS} for item in encodings(processors[0], settings)
    )
    with_ = replace(
        without,
        title="with the plugins",
        engine={**arguments, **extra, "io_processor_plugin": name},
        io_processor=name,
        uses=(use, *own),
    )
    return without, with_


def order(runs: int) -> list[bool]:
    """Return in which order to measure, ``True`` with the plugins: each pair begins otherwise.

    A machine that warms up or tires does so to both sides alike.
    """
    return [side for number in range(runs) for side in ((False, True), (True, False))[number % 2]]


def measure(laid: Overlay, options: LiveOptions, runs: int) -> BenchReport:
    """Start ``runs`` engines with the plugins and as many without, in turn; return what each took.

    Raises:
        UsageFault: the plugins cannot be left out.
        VplugError: no model could be made, or no engine came up on one of the sides.
    """
    with throwaway("vplug-live-") as room:
        stage = set_stage(laid, options, room)
        absent = without_plugins(stage, laid)
        prepared, _, _ = prepare(stage, options)
        without, with_ = bench_plans(stage.subjects, prepared, options.settings)
        sides: dict[bool, list[Ran]] = {False: [], True: []}
        failed: list[str] = []
        skipped = skip_reasons(stage.plugins)
        for number, side in enumerate(order(runs), start=1):
            options.on_step(f"measuring [{number}/{2 * runs}]")
            plan, where = (with_, stage.where) if side else (without, absent)
            ran = run_engine(plan, where, stage.subjects, skipped)
            if ran.run.ending is None:
                sides[side].append(ran)
            else:
                failed.append(f"an engine {plan.title} {ran.run.ending}")
        for side, found in sides.items():
            if not found:
                name = (with_ if side else without).title
                raise VplugError(f"nothing was measured: no engine {name} came up", failed[-1])
        return report(sides[False], sides[True], runs, tuple(failed))


def report(
    without: Sequence[Ran], with_: Sequence[Ran], runs: int, failed: tuple[str, ...] = ()
) -> BenchReport:
    """Return the figures of the engines that came up."""
    figures = [
        BenchFigure("start-up", "s", _starts(without), _starts(with_)),
        BenchFigure("request", "s", _requests(without, "request"), _requests(with_, "request")),
        BenchFigure("peak memory", "bytes", _peaks(without), _peaks(with_)),
        BenchFigure("loading the plugins", "s", (), _loads(with_)),
    ]
    answered = [name for name in with_[0].answers if name != "request"] if with_ else []
    for name in answered:
        if all(ran.answers.get(name, {}).get("ok") for ran in with_):
            figures.append(BenchFigure("request through it", "s", (), _requests(with_, name)))
            break
    kept = tuple(figure for figure in figures if figure.with_)
    return BenchReport(runs, kept, failed, dict(with_[0].plan.engine) if with_ else {})


def _starts(runs: Sequence[Ran]) -> tuple[float, ...]:
    return tuple(ran.run.start_seconds for ran in runs)


def _peaks(runs: Sequence[Ran]) -> tuple[float, ...]:
    return tuple(float(ran.run.peak_bytes) for ran in runs if ran.run.peak_bytes is not None)


def _requests(runs: Sequence[Ran], name: str) -> tuple[float, ...]:
    """The median of each engine's requests, those that warm it up left out."""
    found = []
    for ran in runs:
        answer = ran.answers.get(name, {})
        seconds = answer.get("seconds", ())[WARM_UP:]
        if answer.get("ok") and seconds:
            found.append(median(seconds))
    return tuple(found)


def _loads(runs: Sequence[Ran]) -> tuple[float, ...]:
    """The seconds that loading and calling took in the process where they took most."""
    found = []
    for ran in runs:
        by_process: dict[int, float] = {}
        for cell in ran.run.cells:
            spent = (cell.load_seconds or 0.0) + (cell.call_seconds or 0.0)
            by_process[cell.pid] = by_process.get(cell.pid, 0.0) + spent
        if by_process:
            found.append(max(by_process.values()))
    return tuple(found)
