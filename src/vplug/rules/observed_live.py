"""VP75x: what a real engine showed of a plugin (``vplug verify --live``)."""

from __future__ import annotations

import re
from collections.abc import Iterator

from vplug.model import CellKind, EngineRun, LiveObservation, Truth
from vplug.rules.evidence import PluginEvidence
from vplug.rules.registry import requires
from vplug.rules.verdict import CannotTell, Fault, Skip

#: The last line of a traceback: ``Type: message``, at the margin.
_EXCEPTION = re.compile(r"[A-Za-z_][\w.]*(?:Error|Exception|Interrupt|Exit|Failure)\b")
_FAILED = (CellKind.LOAD_FAILED, CellKind.CALL_FAILED)


def _under_test(plugin: PluginEvidence, live: LiveObservation) -> str:
    if plugin.subject not in live.subjects:
        raise Skip("it was not among the plugins to try in an engine")
    return plugin.subject


def differs_from_forecast(plugin: PluginEvidence, live: LiveObservation) -> Iterator[Fault]:
    """A process of the engine loads, or does not load, a plugin otherwise than was foretold.

    ## What it does
    Compares what `vplug list` foretells from metadata and `VLLM_PLUGINS` (which plugins load, in which
    processes) with what a real engine's processes did.

    ## Why is this bad?
    A forecast that is wrong misleads whoever reads it. The cause may be a plugin that changes how
    others load, metadata that another hides, or a vLLM that loads differently than vplug knows.

    ## Example
    ```python
    def register():
        os.environ["VLLM_PLUGINS"] = "acme"  # switches others off in the processes started later
    ```
    Use instead:
    ```python
    def register():
        logger.info("set VLLM_PLUGINS=acme to load nothing else")
    ```
    """
    subject = _under_test(plugin, live)
    for item in live.differences:
        if item.subject == subject:
            yield Fault(
                f"in the {item.process}: foretold was that it {item.foretold}; seen: {item.seen}"
            )


def fails_to_load_in_engine(plugin: PluginEvidence, live: LiveObservation) -> Iterator[Fault]:
    """Loading the entry point raises an exception in a process of a real engine.

    ## What it does
    Starts vLLM and records every load of the plugin's entry point in every process.

    ## Why is this bad?
    vLLM logs the traceback and goes on without the plugin; of a logits processor it makes a
    RuntimeError and does not start. A plugin may load alone and fail there: other plugins, other
    environment variables, and half-imported modules of vLLM are part of an engine.

    ## Example
    ```python
    from vllm.platforms import current_platform  # at the top: vLLM is in the middle of resolving it

    def register():
        return "acme.platform.AcmePlatform"
    ```
    Use instead:
    ```python
    def register():
        return "acme.platform.AcmePlatform"
    ```
    """
    yield from _failures(plugin, live, CellKind.LOAD_FAILED)


def fails_when_called_in_engine(plugin: PluginEvidence, live: LiveObservation) -> Iterator[Fault]:
    """Calling the plugin's function raises an exception in a process of a real engine.

    ## What it does
    Starts vLLM and records every call of the plugin's function, or of its class's methods that vLLM
    calls once, in every process.

    ## Why is this bad?
    What a general plugin raises ends the process; what a platform plugin raises makes vLLM run on
    another platform; an endpoint plugin is left out.

    ## Example
    ```python
    def register():
        signal.signal(signal.SIGUSR1, dump)  # ValueError in a process that calls it from a thread
    ```
    Use instead:
    ```python
    def register():
        if threading.current_thread() is threading.main_thread():
            signal.signal(signal.SIGUSR1, dump)
    ```
    """
    yield from _failures(plugin, live, CellKind.CALL_FAILED)


def _failures(plugin: PluginEvidence, live: LiveObservation, kind: CellKind) -> Iterator[Fault]:
    subject = _under_test(plugin, live)
    seen: dict[str, list[str]] = {}
    fatal: set[str] = set()
    for run in live.engines:
        for cell in run.cells:
            if cell.subject == subject and cell.kind is kind:
                process = run.process(cell.pid)
                label = process.label if process is not None else str(cell.pid)
                error = cell.error or "an exception"
                places = seen.setdefault(error, [])
                if label not in places:
                    places.append(label)
                if not run.came_up:
                    fatal.add(error)
    for error, places in seen.items():
        end = ", and the engine did not come up" if error in fatal else ""
        yield Fault(f"it {kind} in the {_listed(places)}{end}: {error}")


def _listed(words: list[str]) -> str:
    """Words as a sentence has them: "a", "a and b", "a, b and c"."""
    return " and ".join([*([", ".join(words[:-1])] if words[1:] else []), words[-1]])


def engine_does_not_start(live: LiveObservation) -> Iterator[Fault]:
    """With the plugin installed vLLM's engine does not come up, or dies in use; without it, it runs.

    ## What it does
    Starts vLLM with a tiny model and the plugin, and sends requests. Where the engine does not come up,
    or is dead afterwards, starts it once more without the plugin: only if that comes up is it the
    plugin's fault. Where the model was a guess (an IO processor
    may be for another one, a derived configuration may be wrong), the answer is "cannot tell"; a module
    that is missing is missing whatever the model.

    ## Why is this bad?
    Nobody can use vLLM while the plugin is installed.

    ## Example
    ```python
    class AcmePlatform(Platform):
        @classmethod
        def check_and_update_config(cls, vllm_config):
            pass  # parallel_config.worker_cls stays "auto", which is no class
    ```
    Use instead:
    ```python
    class AcmePlatform(Platform):
        @classmethod
        def check_and_update_config(cls, vllm_config):
            vllm_config.parallel_config.worker_cls = "acme.worker.AcmeWorker"
    ```
    """
    if not live.engines:
        raise Skip("no engine was started")
    doubts = []
    for run in live.engines:
        if run.came_up and run.ending is None:
            continue
        if any(cell.kind in _FAILED for cell in run.cells):
            continue  # told by name already, with what was raised
        if live.control is None:
            raise CannotTell(f"no engine was tried without the plugin; with it: {run.ending}")
        told = _unreturned(run) or _raised(run)
        more = f": {told}" if told and told not in (run.ending or "") else ""
        where = "vllm serve" if run.served else "vllm.LLM"
        came_up = "came up and " if run.came_up else ""
        message = f"{where} ({run.title}) {came_up}{run.ending}{more}"
        if run.doubt is not None:
            doubts.append(f"{message}; {run.doubt}")
            continue
        yield Fault(message, hint=f"the whole log is {run.log}" if run.log else None)
    if doubts:
        raise CannotTell("; ".join(doubts))


def _raised(run: EngineRun) -> str:
    """The exception of the traceback in what the log tells; without one, the last of it.

    Behind a traceback may stand the last lines of the log, which tell no more than that it ended.
    """
    begun = False
    for line in run.telling:
        plain = line.strip()
        if plain.startswith("Traceback "):
            begun = True
        elif begun and _EXCEPTION.match(line):
            return plain
    return run.telling[-1].strip() if run.telling else ""


def _unreturned(run: EngineRun) -> str:
    """Say which plugin's loading or call did not return, and in which process; empty for none."""
    for cell in run.cells:
        process = run.process(cell.pid)
        if cell.kind is CellKind.UNFINISHED and process is not None:
            name = cell.subject.partition(":")[2]
            return f"{cell.reason} ({name}) did not return in the {process.label}"
    return ""


@requires("VP751", "VP752")
def fails_in_use(plugin: PluginEvidence, live: LiveObservation) -> Iterator[Fault]:
    """The engine comes up, and the plugin fails at what it is for.

    ## What it does
    Uses the plugin: a request through `encode` and `POST /pooling` for an IO processor, generated
    tokens for a logits processor, a registered model or a platform, requests to an endpoint's routes,
    an adapter by its name for a LoRA resolver. What a plugin takes that nobody can guess stands in
    `[tool.vplug.verify]`; where that is missing and the plugin refuses, the answer is "cannot tell".

    ## Why is this bad?
    A plugin that loads and then fails is found by its users.

    ## Example
    ```python
    def merge_pooling_params(self, params=None):
        return params or PoolingParams(task="embed")  # params is always given: the task is not set
    ```
    Use instead:
    ```python
    def merge_pooling_params(self, params=None):
        params = params or PoolingParams()
        params.task = "embed"
        return params
    ```
    """
    subject = _under_test(plugin, live)
    uses = [use for use in live.uses if use.subject == subject]
    for use in uses:
        if use.truth is Truth.FAILS and use.started:
            yield Fault(f"{use.how}: {use.message}")
    doubts = [use for use in uses if use.truth is Truth.UNKNOWN]
    if uses and not any(use.started for use in uses):
        raise Skip("no engine came up with it")
    if doubts:
        raise CannotTell("; ".join(f"{use.how}: {use.message}" for use in doubts))
    if not uses:
        raise Skip("it was not used")


@requires("VP751", "VP752")
def without_effect(plugin: PluginEvidence, live: LiveObservation) -> Iterator[Fault]:
    """The plugin loads, fails at nothing, and nothing comes of it.

    ## What it does
    Looks for the effect that a plugin of its type must have: records for a stat logger, calls of a
    logits processor's `apply`, routes of an endpoint, the question to a LoRA resolver.

    ## Why is this bad?
    It costs start-up time and gives nothing, and nobody notices.

    ## Example
    ```python
    class AcmeEndpoint:
        def attach_router(self, app):
            router = APIRouter()  # never included
    ```
    Use instead:
    ```python
    class AcmeEndpoint:
        def attach_router(self, app):
            app.include_router(router)
    ```
    """
    subject = _under_test(plugin, live)
    for use in live.uses:
        if use.subject == subject and use.effect is False and use.truth is not Truth.FAILS:
            yield Fault(f"{use.how}: {use.message}")
