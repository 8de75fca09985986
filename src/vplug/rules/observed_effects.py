"""VP7xx: what loading and calling a plugin does to the process beside registering something."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

from vplug.loader import Group
from vplug.model import (
    SLOW_LOAD_SECONDS,
    Attempt,
    Change,
    ChangeKind,
    ImportOrder,
    Observation,
    Severity,
    Step,
)
from vplug.rules.seen import finished, main_attempt
from vplug.rules.verdict import CannotTell, Fault, Skip

_MUCH_OUTPUT = 1_000_000
_SHOWN = 5
_NAMED = 10


def _changes(observed: Observation, *kinds: ChangeKind) -> tuple[Change, ...]:
    return tuple(change for change in main_attempt(observed).changes if change.kind in kinds)


def _when(step: Step) -> str:
    return "loading it" if step is Step.LOAD else "calling it"


def _told(
    changes: tuple[Change, ...], say: Callable[[Change], str], hint: str | None
) -> Iterator[Fault]:
    """One fault for each of the first few, and one that names the rest, at the first of these."""
    for change in changes[:_SHOWN]:
        yield Fault(say(change), change.location, hint)
    rest = changes[_SHOWN:]
    if rest:
        names = ", ".join(change.name for change in rest[:_NAMED])
        cut = ", … (--format json has them all)" if len(rest) > _NAMED else ""
        yield Fault(f"{len(rest)} more: {names}{cut}", rest[0].location, hint)


def initialises_accelerator(observed: Observation) -> Iterator[Fault]:
    """Loading or calling the entry point initialises CUDA or another accelerator.

    ## What it does
    Asks torch for each kind of device whether it is initialised, and the CUDA driver where it is
    loaded, before and after. NVML does not count: it initialises nothing.

    ## Why is this bad?
    A process that has initialised an accelerator cannot hand it to a fork, and vLLM decides late
    which device a worker is to use: memory is taken on the wrong one, or workers die with "Cannot
    re-initialize CUDA in forked subprocess". `torch.cuda.is_available()` is enough for that: it
    wakes the driver (seen with torch 2.11 on an H200), unless `PYTORCH_NVML_BASED_CUDA_CHECK=1`.

    ## Example
    ```python
    CAPABILITY = torch.cuda.get_device_capability()
    ```
    Use instead:
    ```python
    from vllm.platforms import current_platform  # inside the function that needs it
    capability = current_platform.get_device_capability()
    ```
    """
    attempt = main_attempt(observed)
    if attempt.accelerator:
        yield Fault(
            f"loading and calling it initialises {', '.join(attempt.accelerator)}",
            hint="ask current_platform, or torch when the worker has its device",
        )


def changes_environment(observed: Observation) -> Iterator[Fault]:
    """Loading or calling the entry point changes environment variables.

    ## What it does
    Compares the environment before and after, and names the line; what vLLM's own modules set while
    the plugin imports them does not count.

    ## Why is this bad?
    Every process that vLLM starts inherits the change, with other plugins and libraries in it, and
    the person who set the variable is overruled in silence.

    ## Example
    ```python
    os.environ["TOKENIZERS_PARALLELISM"] = "false"
    ```
    Use instead:
    ```python
    os.environ.setdefault("ACME_CACHE", str(path))  # your own, and only where nobody has set it
    ```
    """

    def say(change: Change) -> str:
        before = f" from {change.before!r}" if change.before is not None else ""
        after = f"sets {change.name}{before} to {change.after!r}"
        text = after if change.after is not None else f"removes {change.name}"
        return f"{_when(change.step)} {text} in the environment of the process"

    found = _changes(observed, ChangeKind.ENVIRONMENT)
    yield from _told(found, say, "leave it to the person who starts vLLM, and document it")


def patches_vllm(observed: Observation) -> Iterator[Fault]:
    """Loading or calling the entry point replaces attributes of vLLM.

    ## What it does
    Compares every function, class and method of vLLM's imported modules before and after. Registries
    are there to be written to and do not count.

    ## Why is this bad?
    A patch holds for one release's inside: it breaks with the next, or stops doing anything, and
    every other plugin in the process runs on it.

    ## Example
    ```python
    vllm.v1.worker.gpu_worker.Worker.load_model = acme_load_model
    ```
    Use instead:
    ```python
    class AcmeWorker(Worker):  # named by --worker-cls or a platform
        def load_model(self) -> None: ...
    ```
    """

    def say(change: Change) -> str:
        if change.after is None:
            return f"{_when(change.step)} removes {change.name} from vLLM"
        what = "replaces" if change.before is not None else "adds"
        return f"{_when(change.step)} {what} {change.name}, now {change.after}"

    found = _changes(observed, ChangeKind.VLLM_ATTRIBUTE)
    # What vLLM itself calls comes before what was put beside it.
    found = tuple(sorted(found, key=lambda change: change.before is None))
    yield from _told(found, say, "derive and register where vLLM has a way for it")


def changes_logging(observed: Observation) -> Iterator[Fault]:
    """Loading or calling the entry point changes the root logger's or vLLM's logging.

    ## What it does
    Compares level, handlers and filters of the root logger and of the logger `vllm`.

    ## Why is this bad?
    `logging.basicConfig` in a plugin doubles every line of every library in every process, and a
    changed level hides or floods what vLLM's own `VLLM_LOGGING_LEVEL` governs.

    ## Example
    ```python
    logging.basicConfig(level=logging.DEBUG)
    ```
    Use instead:
    ```python
    logger = logging.getLogger(__name__)
    ```
    """

    def say(change: Change) -> str:
        return (
            f"{_when(change.step)} changes logging: {change.name} was {change.before}, "
            f"is {change.after}"
        )

    yield from _told(
        _changes(observed, ChangeKind.LOGGING), say, "configure your own loggers alone"
    )


def changes_process(observed: Observation) -> Iterator[Fault]:
    """Loading or calling the entry point changes what all code of the process shares.

    ## What it does
    Compares the working folder, `builtins`, `sys.path`, signal handlers, hooks such as
    `sys.excepthook`, torch's defaults, filters that silence every warning, `sys.stdout` and
    `sys.stderr`, and which files of its distribution are there, before and after.

    ## Why is this bad?
    None of it is the plugin's: a changed working folder breaks relative model paths, a signal
    handler keeps vLLM from shutting down, a path put first hides other packages' modules.

    ## Example
    ```python
    os.chdir(Path(__file__).parent)
    ```
    Use instead:
    ```python
    HERE = Path(__file__).parent
    ```
    """
    names = {
        ChangeKind.WORKING_FOLDER: "the working folder",
        ChangeKind.BUILTINS: "builtins",
        ChangeKind.SYS_PATH: "sys.path",
        ChangeKind.SIGNAL_HANDLER: "the handler of",
        ChangeKind.HOOK: "",
        ChangeKind.WARNINGS: "warnings:",
        ChangeKind.STREAM: "",
    }

    def say(change: Change) -> str:
        name = "" if change.kind is ChangeKind.WORKING_FOLDER else change.name
        what = " ".join(part for part in (names[change.kind], name) if part)
        before = change.before if change.before is not None else "not there"
        after = change.after if change.after is not None else "gone"
        return f"{_when(change.step)} changes {what}: was {before}, is {after}"

    yield from _told(_changes(observed, *names), say, None)
    if observed.gone:
        more = f" and {len(observed.gone) - 1} more" if len(observed.gone) > 1 else ""
        yield Fault(
            f"it removes installed files: {observed.gone[0]}{more}",
            hint="whatever is loaded after it, the next process for one, does not find them",
        )


def leaves_something_running(observed: Observation) -> Iterator[Fault]:
    """Loading or calling the entry point leaves threads or processes behind.

    ## What it does
    Lists threads that were not there before, and processes that are there when the plugin's own has
    ended.

    ## Why is this bad?
    A thread that is no daemon keeps a vLLM process from ending, any thread makes forking unsafe, and
    a process that outlives vLLM holds ports and memory.

    ## Example
    ```python
    threading.Thread(target=poll).start()  # at import
    ```
    Use instead:
    ```python
    def start(self):  # when the plugin is used, with a way to stop it
        self._thread = threading.Thread(target=self._poll, daemon=True)
    ```
    """
    for change in _changes(observed, ChangeKind.THREAD):
        yield Fault(
            f"{_when(change.step)} leaves the thread {change.name!r} running ({change.after})",
            severity=Severity.INFO if change.after == "daemon" else None,
        )
    left = main_attempt(observed).left
    for command in left[:_SHOWN]:
        yield Fault(f"it leaves a process behind: {command}")


def slow_to_load(observed: Observation, group: Group) -> Iterator[Fault]:
    """Loading the entry point takes seconds that every vLLM process pays.

    ## What it does
    Times the import after vLLM's platform was settled, and names the heavy packages that it brings in.
    Where it is slow and imports modules of vLLM's, it is timed once more in a process that has
    imported what vLLM has when it loads plugins of that group: what vLLM imports anyway, the base class
    of a stat logger for instance, is not the plugin's cost. A platform plugin is loaded before all of
    that, so one is judged only where it imports neither vLLM nor torch.

    ## Why is this bad?
    A plugin is loaded in the front end, the engine core and each worker, whether it is used or not.

    ## Example
    ```python
    import sklearn  # at the top of the entry module
    ```
    Use instead:
    ```python
    def score(values):
        import sklearn
    ```
    """
    first = _first_load(observed, group)
    if first.load_seconds is None or first.load_seconds < SLOW_LOAD_SECONDS:
        return
    again = observed.beside_vllm
    if first.imports_vllm and again is None:
        raise Skip("vLLM loads it before its other modules: its own part cannot be told")
    if again is not None and again.load_seconds is None:
        raise CannotTell(
            f"loading it takes {first.load_seconds:.1f} s with modules of vLLM's; "
            "a second load, beside these, did not end"
        )
    attempt = again or first
    if attempt.load_seconds is None or attempt.load_seconds < SLOW_LOAD_SECONDS:
        return
    heavy = f", {', '.join(attempt.heavy)} among them" if attempt.heavy else ""
    beyond = " beyond what vLLM has imported by then" if again is not None else ""
    yield Fault(
        f"loading it takes {attempt.load_seconds:.1f} s and {attempt.modules} modules{beyond}{heavy}",
        hint="import in the functions that need it; register models by name",
    )


def _first_load(observed: Observation, group: Group) -> Attempt:
    """The attempt whose load is timed: vLLM loads a platform while it is imported itself."""
    main = finished(observed)
    early = observed.attempt(ImportOrder.PLUGIN_FIRST)
    if group.short != "platform" or early is None or early.load_seconds is None:
        return main
    return replace(early, imports_vllm=early.imports_vllm or "torch" in early.heavy)


def reaches_out(observed: Observation) -> Iterator[Fault]:
    """Loading or calling the entry point looks up or connects to another machine.

    ## What it does
    Listens to Python's audit events for name look-ups and connections that do not come from vLLM's
    own code.

    ## Why is this bad?
    Each vLLM process does it at its start: without a network it waits or fails, and with many
    workers a service gets as many requests at once.

    ## Example
    ```python
    VERSION = urlopen("https://acme.example/version").read()
    ```
    Use instead:
    ```python
    def version():
        return urlopen("https://acme.example/version", timeout=5).read()
    ```
    """
    shown = set()
    for act in main_attempt(observed).acts:
        if act.event not in ("socket.connect", "socket.getaddrinfo") or not act.detail:
            continue
        if act.event == "socket.connect" and not act.detail.startswith("("):
            continue  # a socket in the file system
        if (act.detail, act.location) in shown:
            continue
        shown.add((act.detail, act.location))
        what = "connects to" if act.event == "socket.connect" else "looks up"
        yield Fault(f"{_when(act.step)} {what} {act.detail}", act.location)


def floods_output(observed: Observation) -> Iterator[Fault]:
    """Loading and calling the entry point prints megabytes.

    ## What it does
    Counts what the process writes to stdout and stderr, vLLM's own few lines included.

    ## Why is this bad?
    Every vLLM process prints it, into logs that somebody keeps, and between lines that somebody
    reads for the cause of a failure.

    ## Example
    ```python
    print(model.state_dict())
    ```
    Use instead:
    ```python
    logger.debug("acme: %d tensors", len(model.state_dict()))
    ```
    """
    printed = max(item.printed for item in observed.attempts) if observed.attempts else 0
    main_attempt(observed)
    if printed > _MUCH_OUTPUT:
        yield Fault(f"it prints {printed / 1e6:,.1f} MB")


def hides_a_failure(observed: Observation) -> Iterator[Fault]:
    """Loading or calling the entry point logs a traceback of the plugin's own code, and goes on.

    ## What it does
    Looks through what the process printed for tracebacks that go through the plugin's own files, where
    nothing was raised to vLLM.

    ## Why is this bad?
    To vLLM the plugin loaded. What it was to register is not there, and whoever needs it learns of it
    from another error, later: a quantization method that is unknown, an architecture that is not
    supported.

    ## Example
    ```python
    def register():
        try:
            from acme.loader import AcmeLoader
            register_model_loader("acme")(AcmeLoader)
        except Exception:
            logger.exception("acme: nothing was registered")
    ```
    Use instead:
    ```python
    def register():
        from acme.loader import AcmeLoader  # what fails here is known at once
        register_model_loader("acme")(AcmeLoader)
    ```
    """
    for raised in main_attempt(observed).logged[:_SHOWN]:
        yield Fault(
            f"it logs a traceback and goes on: {raised}",
            raised.location,
            "raise where the plugin cannot do what it is for; where it can, one line is enough",
        )
