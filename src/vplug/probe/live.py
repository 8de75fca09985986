"""A plugin in a real engine: what to start, what each process made of it, what using it proved."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from vplug.errors import UsageFault, VplugError
from vplug.loader.processes import EngineKind
from vplug.model.live import Difference, LiveObservation
from vplug.probe.engine_compare import differences, skip_reasons, unique
from vplug.probe.engine_plan import (
    EnginePlan,
    Prepared,
    engine_arguments,
    generations,
    not_tried,
    of_group,
    plan_engines,
    pooled_server,
)
from vplug.probe.engine_run import Ran, Server, run_engine
from vplug.probe.live_served import serve_adapter, try_routes
from vplug.probe.live_stage import LiveOptions, Stage, prepare, set_stage, without_plugins
from vplug.probe.live_uses import all_uses
from vplug.probe.live_uses_front import endpoint_tasks
from vplug.probe.overlay import Overlay
from vplug.probe.room import throwaway


def observe_live(laid: Overlay, options: LiveOptions) -> LiveObservation:
    """Start real engines with the plugins of ``laid``, use them, and return what was seen.

    Raises:
        UsageFault: ``only`` names no plugin of it.
        VplugError: nothing could be prepared, or the engine does not come up without the plugins
            either: then nothing can be said of them.
    """
    with throwaway("vplug-live-") as room:
        stage = set_stage(laid, options, room)
        prepared, platform, version = prepare(stage, options)
        look = _Look(laid, options, stage, prepared)
        look.run_all()
        told = all_uses(
            stage.subjects,
            look.runs,
            prepared,
            {subject: options.settings.of(subject) for subject in stage.subjects},
            stage.resolver_told,
        )
        left = not_tried(prepared)
        notes = stage.notes
        if left:
            notes += (f"no engine was started for {', '.join(left)}: too many architectures",)
        return LiveObservation(
            vllm=version,
            platform=platform,
            subjects=stage.subjects,
            engines=tuple(ran.run for ran in look.runs),
            control=look.control.run if look.control is not None else None,
            uses=told,
            differences=unique(look.differences),
            notes=(*notes, *look.notes),
        )


class _Look:
    """The engines of one look, one after the other."""

    def __init__(
        self, laid: Overlay, options: LiveOptions, stage: Stage, prepared: Prepared
    ) -> None:
        self.laid, self.options, self.stage, self.prepared = laid, options, stage, prepared
        self.runs: list[Ran] = []
        self.control: Ran | None = None
        self.differences: list[Difference] = []
        self.notes: list[str] = []
        self._skipped = skip_reasons(stage.plugins)

    def run_all(self) -> None:
        """Start every engine that the plan asks for, and those that these make worth while."""
        stage, prepared, settings = self.stage, self.prepared, self.options.settings
        failed_processors: set[str] = set()
        for planned in plan_engines(stage.subjects, prepared, settings):
            if planned.io_processor in failed_processors:
                self.notes.append(
                    f"vllm serve was not started with {planned.io_processor}: "
                    "the offline engine did not come up with it"
                )
                continue
            ran = self._run(planned)
            if ran.run.came_up and ran.run.ending is None:
                continue
            self._check_without()
            if ran.run.came_up:
                continue
            if planned.io_processor is not None:
                failed_processors.add(planned.io_processor)
            elif planned.architecture is not None and planned.uses[1:]:
                self._run(self._plain(planned))
        if self._gated():
            self._run(pooled_server(prepared, settings))

    def _plain(self, planned: EnginePlan) -> EnginePlan:
        """The plan with the plain model: what else it was to show must not hang on one architecture."""
        arguments = engine_arguments(self.prepared, self.options.settings)
        return replace(planned, title="generates", engine=arguments, architecture=None)

    def _run(self, planned: EnginePlan) -> Ran:
        ran = run_engine(
            planned, self.stage.where, self.stage.subjects, self._skipped, self._more(planned)
        )
        self.runs.append(ran)
        device = self.stage.where.env.get(
            "VLLM_TARGET_DEVICE", os.environ.get("VLLM_TARGET_DEVICE")
        )
        kind = EngineKind(planned.pooling, planned.io_processor, device)
        self.differences += differences(ran.run, kind, self.stage.plugins)
        return ran

    def _more(
        self, planned: EnginePlan
    ) -> Callable[[Server], Mapping[str, Mapping[str, Any]]] | None:
        endpoints = of_group(self.stage.subjects, "endpoint")
        settings = self.options.settings
        if not planned.served or planned.io_processor is not None:
            return None

        def more(server: Server) -> Mapping[str, Mapping[str, Any]]:
            answers: dict[str, Mapping[str, Any]] = {}
            for subject in endpoints:
                answers |= try_routes(server, subject, settings.of(subject))
            if planned.lora:
                answers["adapter"] = serve_adapter(server, planned)
            return answers

        return more

    def _gated(self) -> bool:
        """Whether an endpoint was not attached only for want of a pooling task."""
        served = [ran for ran in self.runs if ran.run.came_up and ran.plan.served]
        if not served or any(ran.plan.pooling for ran in served):
            return False
        return any(
            set(endpoint_tasks(subject, served)) - {"generate", "transcription", "render"}
            and not any(
                event["event"] == "method"
                and event.get("subject") == subject
                and event.get("method") == "attach_router"
                for ran in served
                for event in ran.events
            )
            for subject in of_group(self.stage.subjects, "endpoint")
        )

    def _check_without(self) -> None:
        """Start an engine without the plugins, once: whose fault is it that one failed?"""
        if self.control is not None:
            return
        prepared, settings = self.prepared, self.options.settings
        try:
            where = without_plugins(self.stage, self.laid)
        except UsageFault as error:
            self.notes.append(f"no engine was tried without the plugins: {error.message}")
            return
        arguments = engine_arguments(prepared, settings)
        uses = generations((), settings)[:1]
        planned = EnginePlan("without the plugins", False, arguments, uses=uses)
        self.control = run_engine(planned, where, self.stage.subjects, self._skipped)
        if not self.control.run.came_up:
            late = self.control.heard is not None
            slow = "; give it more time with --start-timeout if it only is slow" if late else ""
            raise VplugError(
                "vLLM's engine does not come up without the plugins either: "
                f"{self.control.error or self.control.run.ending}",
                f"its log: {self.control.run.log}{slow}",
            )
