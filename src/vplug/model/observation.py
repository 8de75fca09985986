"""What a run saw of an entry point, told in facts; what they are worth is for rules to say."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from vplug.model.distribution import EntryPoint
from vplug.model.location import Location

#: A load that takes as long is slow: every vLLM process pays it.
SLOW_LOAD_SECONDS = 2.0


class ImportOrder(StrEnum):
    """Which of the two was imported first in a process."""

    VLLM_FIRST = "vllm-first"
    PLUGIN_FIRST = "plugin-first"


class Step(StrEnum):
    """How far a process came, in the order of its steps."""

    START = "start"
    IMPORT_VLLM = "import-vllm"
    LOAD = "load"
    CALL = "call"
    CALL_AGAIN = "call-again"
    CLASSES = "classes"
    FORK = "fork"
    DONE = "done"


class ChangeKind(StrEnum):
    """What kind of thing of the process a plugin changed."""

    ENVIRONMENT = "environment"
    REGISTRY = "registry"
    LOGGING = "logging"
    VLLM_ATTRIBUTE = "vllm-attribute"
    BUILTINS = "builtins"
    SYS_PATH = "sys-path"
    WORKING_FOLDER = "working-folder"
    SIGNAL_HANDLER = "signal-handler"
    THREAD = "thread"
    WARNINGS = "warnings"
    STREAM = "stream"
    HOOK = "hook"


@dataclass(frozen=True, slots=True)
class Raised:
    """An exception that plugin code raised.

    Attributes:
        type: its class, with the module where that is not ``builtins``.
        message: its text, one line.
        traceback: as Python prints it, the end of it if it is long.
        location: the last place in the plugin's own files, or ``None``.
        module: for an import that failed, the module that it could not find or import from.
        caught: whether it is an ``Exception``, which vLLM catches where it catches any.
        asked_by: for an import that failed in another package's file, that file; ``None`` for the
            plugin's own and where nobody knows.
    """

    type: str
    message: str
    traceback: str = ""
    location: Location | None = None
    module: str | None = None
    caught: bool = True
    asked_by: str | None = None

    def __str__(self) -> str:
        return f"{self.type}: {self.message}" if self.message else self.type


@dataclass(frozen=True, slots=True)
class Change:
    """One thing of the process that is other than it was.

    Attributes:
        kind: what kind of thing.
        name: which: a variable, a logger, a qualified attribute, a registry.
        before: as it was, in short; ``None`` where it was not there.
        after: as it is; ``None`` where it is gone.
        step: the step after which it was first seen: ``load`` or ``call``.
        location: the line of the plugin that changed it, where that is known.
    """

    kind: ChangeKind
    name: str
    before: str | None
    after: str | None
    step: Step
    location: Location | None = None


@dataclass(frozen=True, slots=True)
class Act:
    """Something that plugin code did while it was loaded or called.

    Attributes:
        event: the audit event, such as ``os.chdir`` or ``socket.connect``.
        detail: of what, in short: a variable, an address, a program.
        step: while what.
        location: the line of the plugin that did it; ``None`` where code of neither the plugin nor
            vLLM did.
    """

    event: str
    detail: str
    step: Step
    location: Location | None = None


@dataclass(frozen=True, slots=True)
class SeenClass:
    """A class that vLLM would use, as it was when imported.

    Attributes:
        name: the name that led to it, or its own.
        raised: what resolving it raised, or ``None``.
        is_class: whether it is one; ``None`` where it could not be resolved.
        derives: whether it derives from a base class that vLLM asks for; ``None`` where there is
            none to ask for, or the installed vLLM has none of the names.
        base: the base class meant.
        abstract: abstract methods that it leaves open.
        instantiated: whether it could be made as vLLM makes it; ``None`` where that was not tried.
        reason: why it was not tried.
        failure: what making it raised.
    """

    name: str
    raised: Raised | None = None
    is_class: bool | None = None
    derives: bool | None = None
    base: str | None = None
    abstract: tuple[str, ...] = ()
    instantiated: bool | None = None
    reason: str | None = None
    failure: Raised | None = None


@dataclass(frozen=True, slots=True)
class Forked:
    """What a fork of the process saw when it loaded and called the plugin.

    Attributes:
        ending: ``replied``, ``exited``, ``killed`` or ``timed-out``.
        raised: what loading or calling raised there, or ``None``.
        detail: the signal or exit status, where it did not reply.
    """

    ending: str
    raised: Raised | None = None
    detail: str | None = None


@dataclass(frozen=True, slots=True)
class Attempt:
    """One process in which the entry point was loaded and used.

    Attributes:
        order: what was imported first.
        ending: how the process ended: a value of ``probe.child.Ending``.
        reached: the step that it had begun last; ``done`` where it came to the end.
        returncode: its exit status where it left by itself.
        signal: the signal that killed it.
        vllm_failed: what importing vLLM raised, before the plugin came in; ``None`` if nothing.
        load_failed: what importing the module or finding the attribute raised.
        call_failed: what calling it raised.
        again_failed: what calling it a second time raised.
        called: how often it was called without an exception.
        returned: what the call gave, in short; ``None`` where it was not called.
        returned_kind: ``none``, ``str``, ``class``, ``instance``, or ``not-begun`` for a coroutine or a
            generator, of which nothing has run.
        classes: the classes that vLLM would use.
        changes: what it changed.
        accelerator: accelerators that were initialised by loading or calling it.
        forked: what a forked process saw; ``None`` where that was not tried.
        modules: how many modules loading it brought in, beyond what was there.
        heavy: the heavy ones among them, by name.
        imports_vllm: whether loading it alone imported vLLM.
        load_seconds: for importing its module; ``None`` where that did not end.
        call_seconds: for the first call.
        seconds: the whole process.
        peak_rss_bytes: the most memory of the process and its descendants.
        rss_growth_bytes: what loading and calling added.
        acts: what it did on the way, as far as that is watched.
        platform: for ``vllm-first``, the class of the platform that vLLM settled on.
        lacks: for an endpoint plugin, what vLLM uses and its object does not have.
        fault: what went wrong in vplug's own script; ``None`` if nothing.
        logged: tracebacks of the plugin's own code that it printed, while nothing failed.
        printed: bytes on stdout and stderr in all.
        output: the telling end of what it printed.
        stuck_at: the line of the plugin's own that it was in shortly before its time was up.
        left: processes that it left behind.
        parent_signal: the signal that it killed its parent process with.
    """

    order: ImportOrder
    ending: str
    reached: Step = Step.START
    returncode: int | None = None
    signal: str | None = None
    vllm_failed: Raised | None = None
    load_failed: Raised | None = None
    call_failed: Raised | None = None
    again_failed: Raised | None = None
    called: int = 0
    returned: str | None = None
    returned_kind: str | None = None
    classes: tuple[SeenClass, ...] = ()
    changes: tuple[Change, ...] = ()
    accelerator: tuple[str, ...] = ()
    forked: Forked | None = None
    modules: int | None = None
    heavy: tuple[str, ...] = ()
    imports_vllm: bool | None = None
    load_seconds: float | None = None
    call_seconds: float | None = None
    seconds: float = 0.0
    peak_rss_bytes: int | None = None
    rss_growth_bytes: int | None = None
    acts: tuple[Act, ...] = ()
    platform: str | None = None
    lacks: tuple[str, ...] = ()
    fault: Raised | None = None
    logged: tuple[Raised, ...] = ()
    printed: int = 0
    output: str = ""
    stuck_at: Location | None = None
    left: tuple[str, ...] = ()
    parent_signal: str | None = None


@dataclass(frozen=True, slots=True)
class Observation:
    """What was seen of one entry point.

    Attributes:
        entry_point: which.
        attempts: one for each import order.
        limits: what the processes were allowed: ``seconds``, ``memory_bytes``.
        missing: requirements of the distribution that the environment does not meet.
        beside_vllm: the load alone, where it was slow and imported modules of vLLM's: once more, in a
            process that had imported what vLLM has by then; ``None`` where that was not tried.
        gone: files of the distribution that were there before its plugins ran, and are no more.
    """

    entry_point: EntryPoint
    attempts: tuple[Attempt, ...] = ()
    limits: Mapping[str, float | None] = field(default_factory=dict)
    missing: tuple[str, ...] = ()
    beside_vllm: Attempt | None = None
    gone: tuple[str, ...] = ()

    @property
    def subject(self) -> str:
        """The plugin as findings name it, ``group:name``."""
        return f"{self.entry_point.group}:{self.entry_point.name}"

    def attempt(self, order: ImportOrder) -> Attempt | None:
        """Return the attempt of that order, or ``None`` where there was none."""
        return next((item for item in self.attempts if item.order is order), None)


@dataclass(frozen=True, slots=True)
class Together:
    """What came of all platform and general plugins of one distribution in one process.

    Attributes:
        entry_points: those that were admitted.
        ending: how the process ended: a value of ``probe.child.Ending``.
        reached: ``platform``, ``general`` or ``done``: what vLLM had begun to load last.
        raised: what vLLM raised, or let through.
        detail: the signal or exit status, where it did not reply.
    """

    entry_points: tuple[EntryPoint, ...]
    ending: str
    reached: str
    raised: Raised | None = None
    detail: str | None = None
