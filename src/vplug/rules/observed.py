"""VP7xx: what happened when a plugin was loaded and called in processes of its own."""

from __future__ import annotations

from collections.abc import Iterator

from vplug.loader import Group
from vplug.model import Attempt, ImportOrder, Observation, Step
from vplug.rules.observed_mends import mend
from vplug.rules.registry import requires
from vplug.rules.seen import ENDED_EARLY, ended, finished, main_attempt, names_a_broken_class
from vplug.rules.verdict import CannotTell, Fault, Skip

_LINE_SHOWN = 200


def fails_to_load(observed: Observation, group: Group) -> Iterator[Fault]:
    """Importing the entry point's module, or finding its attribute, raises an exception.

    ## What it does
    Loads the entry point in a fresh process, with `importlib.metadata` as vLLM does it, after vLLM
    was imported, and reports what that raises.

    ## Why is this bad?
    vLLM logs the traceback and goes on without the plugin; of a logits processor it makes a
    RuntimeError and does not start. The usual cause is a module that the environment does not have
    or that the installed vLLM has elsewhere.

    ## Example
    ```python
    from vllm.worker.worker import Worker  # gone
    ```
    Use instead:
    ```python
    from vllm.v1.worker.worker_base import WorkerBase
    ```
    """
    raised = main_attempt(observed).load_failed
    if raised is not None and observed.gone and raised.type == "ModuleNotFoundError":
        # The processes run side by side: which of them still finds the file is chance.
        raise CannotTell(f"it removes files of its own, {observed.gone[0]} for one: see VP724")
    if raised is not None and raised.caught:
        yield Fault(
            f"loading it raises {raised}; in vLLM: {group.on_load_failure}",
            raised.location,
            mend(raised, observed),
        )


@requires("VP701")
def fails_when_called(observed: Observation, group: Group) -> Iterator[Fault]:
    """Calling the entry point raises an exception.

    ## What it does
    Calls what was loaded as vLLM calls it, without arguments, and reports what that raises. A
    platform plugin is also called by vLLM itself, when it settles on a platform.

    ## Why is this bad?
    vLLM does not catch what a general plugin raises: the process dies, and so does each worker. What
    a platform plugin raises is swallowed, and vLLM runs on another platform.

    ## Example
    ```python
    def register():
        ModelRegistry.register("Acme", AcmeModel)  # no such method
    ```
    Use instead:
    ```python
    def register():
        ModelRegistry.register_model("Acme", "acme.model:AcmeModel")
    ```
    """
    attempt = main_attempt(observed)
    raised = attempt.call_failed
    if raised is not None and raised.caught:
        yield Fault(
            f"calling it raises {raised}; in vLLM: {group.on_call_failure}",
            raised.location,
            mend(raised, observed),
        )
    raised = attempt.vllm_failed
    if raised is not None and raised.caught and not names_a_broken_class(attempt):
        yield Fault(
            f"with it vLLM does not settle on a platform: {raised}; not caught: the process dies",
            raised.location,
            mend(raised, observed),
        )
    if attempt.lacks:
        yield Fault(
            f"the object that it gives has no {', '.join(attempt.lacks)}, which vLLM uses",
            hint="see vllm.plugins.endpoint_plugins.interface.EndpointPlugin",
        )


@requires("VP701", "VP702")
def second_call_fails(observed: Observation) -> Iterator[Fault]:
    """Calling the entry point a second time in the same process raises an exception.

    ## What it does
    Calls the entry point again after a call that went well.

    ## Why is this bad?
    vLLM asks for it: "plugins can be loaded for multiple times in different processes. They should be
    designed in a way that they can be loaded multiple times without causing issues." A platform
    plugin that wins is called twice in every process, and a fork inherits what the first call did.

    ## Example
    ```python
    def register():
        KVConnectorFactory.register_connector("Acme", "acme.kv", "AcmeConnector")  # raises again
    ```
    Use instead:
    ```python
    def register():
        if "Acme" not in KVConnectorFactory._registry:
            KVConnectorFactory.register_connector("Acme", "acme.kv", "AcmeConnector")
    ```
    """
    attempt = main_attempt(observed)
    if attempt.called == 0:
        raise Skip("it was not called")
    if attempt.again_failed is not None:
        yield Fault(
            f"a second call raises {attempt.again_failed}",
            attempt.again_failed.location,
            "let a second call find what the first one did, and leave it",
        )


def ends_the_process(observed: Observation) -> Iterator[Fault]:
    """Loading or calling the entry point ends the process.

    ## What it does
    Reports `sys.exit`, `os._exit`, a segmentation fault or any other signal while the plugin is
    loaded, called, or its classes are looked at; and a plugin that kills its parent process.

    ## Why is this bad?
    vLLM catches exceptions, not exits: the front end, the engine core and each worker go down, often
    without a word of the reason.

    ## Example
    ```python
    if not shutil.which("acme-driver"):
        sys.exit("no driver")
    ```
    Use instead:
    ```python
    if not shutil.which("acme-driver"):
        logger.warning("acme: no driver")
        return None
    ```
    """
    for attempt in ended(observed):
        if attempt.reached in (Step.START, Step.IMPORT_VLLM):
            continue
        if attempt.ending == "exited":
            yield Fault(
                f"{_while(attempt)}, it leaves the process with status {attempt.returncode}",
                hint=_last_words(attempt),
            )
        elif attempt.ending == "killed" and attempt.signal is not None:
            yield Fault(
                f"{_while(attempt)}, the process is killed by {attempt.signal}",
                hint=_last_words(attempt),
            )
        else:
            continue
        break  # the other order says the same
    attempt = main_attempt(observed)
    for raised in (attempt.load_failed, attempt.call_failed, attempt.again_failed):
        if raised is not None and not raised.caught:
            yield Fault(f"it raises {raised}, which vLLM does not catch", raised.location)
    for item in observed.attempts:
        if item.parent_signal is not None:
            does = "stops" if item.parent_signal in ("SIGSTOP", "SIGTSTP") else "kills"
            yield Fault(
                f"it {does} its parent process with {item.parent_signal}",
                hint="a plugin has no say over the process that started vLLM",
            )
            break


def _last_words(attempt: Attempt) -> str | None:
    lines = [line.strip() for line in attempt.output.splitlines() if line.strip()]
    return f"the last that it printed: {lines[-1][:_LINE_SHOWN]}" if lines else None


def does_not_return(observed: Observation) -> Iterator[Fault]:
    """Loading or calling the entry point takes longer than the time it was given.

    ## What it does
    Reports a process that had to be ended, at which step, and the plugin's own line that it was in.
    `--timeout` sets the time.

    ## Why is this bad?
    vLLM has no time limit for plugins: the front end hangs, or waits for an engine core that does.

    ## Example
    ```python
    MODEL = requests.get(URL).content  # at import, without a timeout
    ```
    Use instead:
    ```python
    def model():
        return requests.get(URL, timeout=10).content  # when it is needed
    ```
    """
    for attempt in ended(observed):
        if attempt.ending == "timed-out" and attempt.reached is not Step.IMPORT_VLLM:
            seconds = observed.limits.get("seconds") or attempt.seconds
            yield Fault(
                f"{_while(attempt)}, it does not come back within {seconds:g} s",
                attempt.stuck_at,
                hint="give more time with --timeout if it only is slow",
            )
            return


def takes_too_much_memory(observed: Observation) -> Iterator[Fault]:
    """Loading or calling the entry point takes more memory than it was given.

    ## What it does
    Reports a process that had to be ended because it and its children held more resident memory than
    `--memory` allows.

    ## Why is this bad?
    Each plugin is loaded in every vLLM process: what one takes is taken as many times as there are
    workers, before a model is loaded.

    ## Example
    ```python
    TABLE = load_table()  # gigabytes, at import
    ```
    Use instead:
    ```python
    @functools.cache
    def table():
        return load_table()
    ```
    """
    for attempt in ended(observed):
        if attempt.ending == "out-of-memory":
            peak = (attempt.peak_rss_bytes or 0) / 2**20
            yield Fault(
                f"{_while(attempt)}, it was ended at {peak:,.0f} MiB of memory",
                hint="give more with --memory if it really needs that",
            )
            return


@requires("VP701", "VP702", "VP704", "VP705", "VP706")
def depends_on_import_order(observed: Observation) -> Iterator[Fault]:
    """The entry point works when vLLM was imported before it, and fails when it comes first.

    ## What it does
    Loads the entry point in a process in which nothing of vLLM was imported, imports vLLM then and
    calls it; compares with the other order.

    ## Why is this bad?
    Which comes first is not the plugin's to choose: a test, another plugin or vLLM's lazy platform
    may import its module early, and spawned workers import in another order than the front end.

    ## Example
    ```python
    from vllm.platforms import current_platform  # at the top: settles the platform too early
    ```
    Use instead:
    ```python
    def register():
        from vllm.platforms import current_platform
    ```
    """
    main = main_attempt(observed)
    attempt = observed.attempt(ImportOrder.PLUGIN_FIRST)
    if attempt is None:
        raise Skip("this order was not tried")
    if observed.gone:
        raise CannotTell(f"it removes files of its own, {observed.gone[0]} for one: see VP724")
    failures = {
        "loading it": attempt.load_failed,
        "importing vLLM after it": attempt.vllm_failed,
        "calling it": attempt.call_failed,
        "calling it again": attempt.again_failed,
    }
    for what, raised in failures.items():
        if raised is attempt.again_failed and main.again_failed is not None:
            continue  # fails in either order: VP703 tells
        if raised is attempt.vllm_failed and main.vllm_failed is not None:
            continue  # VP702 or VP711 tells
        if raised is not None:
            yield Fault(
                f"imported before vLLM, {what} raises {raised}; imported after vLLM it works",
                raised.location,
                "import vLLM inside the functions that need it",
            )
            return
    if attempt.ending != "replied":
        yield Fault(
            f"imported before vLLM, its process ends otherwise ({attempt.ending} at "
            f"{attempt.reached}); imported after vLLM it works"
        )


@requires("VP701", "VP702", "VP703")
def fails_after_fork(observed: Observation) -> Iterator[Fault]:
    """The entry point works in a process, and fails in a fork of it.

    ## What it does
    Forks the process in which the plugin was loaded and called, loads and calls it there again, and
    reports an exception, an end by a signal, or a fork that does not come back.

    ## Why is this bad?
    With `VLLM_WORKER_MULTIPROCESSING_METHOD=fork`, vLLM's default where it can, engine core and
    workers are forks of a process that has loaded every plugin. Threads do not survive a fork, their
    locks do, and an accelerator that was initialised cannot be used.

    ## Example
    ```python
    _pool = ThreadPoolExecutor(4)  # at import; in a fork nobody works for it
    ```
    Use instead:
    ```python
    @functools.cache
    def _pool():
        return ThreadPoolExecutor(4)  # where it is needed
    ```
    """
    forked = finished(observed).forked
    if forked is None:
        raise Skip("no fork was tried")
    if forked.raised is not None:
        yield Fault(f"in a forked process it raises {forked.raised}", forked.raised.location)
    elif forked.ending == "timed-out":
        yield Fault(
            "in a forked process it does not come back",
            hint="look for locks and threads that were there before the fork",
        )
    elif forked.ending != "replied":
        how = "is killed by" if forked.ending == "killed" else "leaves the process with"
        yield Fault(f"in a forked process it {how} {forked.detail}")


def _while(attempt: Attempt) -> str:
    words = {
        Step.LOAD: "while it is loaded",
        Step.CALL: "while it is called",
        Step.CALL_AGAIN: "when it is called a second time",
        Step.CLASSES: "while its classes are looked at",
        Step.FORK: "when the process is forked",
        Step.DONE: "at the end",
    }
    return words.get(attempt.reached, ENDED_EARLY)
