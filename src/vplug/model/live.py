"""What a real engine showed: its processes, what each made of each plugin, and what use proved."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class Role(StrEnum):
    """What a process of an engine is for."""

    FRONT_END = "front end"
    """Where ``vllm.LLM`` lives."""
    API_SERVER = "API server"
    """The front end of ``vllm serve``."""
    ENGINE_CORE = "engine core"
    WORKER = "worker"
    INSPECTION = "model inspection"
    """A short-lived process in which vLLM looks at a registered model's class."""
    OTHER = "other"


class CellKind(StrEnum):
    """What a process made of a plugin."""

    LOADED = "loaded"
    """Loaded and, where vLLM calls it, called."""
    INHERITED = "inherited"
    """Loaded by the process that this one was forked from."""
    SKIPPED = "skipped"
    """The process asked for its group and did not load it."""
    NOT_ASKED = "not asked for"
    """The process did not ask for its group."""
    LOAD_FAILED = "failed to load"
    CALL_FAILED = "failed when called"
    UNFINISHED = "did not return"
    """Loading or calling it had begun, and not ended when the process was ended or died."""


@dataclass(frozen=True, slots=True)
class EngineProcess:
    """One process of an engine.

    Attributes:
        pid: its process id.
        role: what it is for.
        rank: a worker's rank; else ``None``.
        name: as multiprocessing names it.
        parent: its parent's process id, or ``None``.
        forked: whether it was forked, not spawned.
        platform: the platform class that it settled on, or ``None`` where it never did.
        attention: the attention backends that its layers got.
    """

    pid: int
    role: Role
    rank: int | None = None
    name: str = ""
    parent: int | None = None
    forked: bool = False
    platform: str | None = None
    attention: tuple[str, ...] = ()

    @property
    def label(self) -> str:
        """How a table heads it."""
        if self.role is Role.WORKER and self.rank is not None:
            return f"worker {self.rank}"
        return self.name if self.role is Role.OTHER else str(self.role)


@dataclass(frozen=True, slots=True)
class Cell:
    """What one process made of one plugin.

    Attributes:
        subject: the plugin as ``group:name``.
        pid: the process.
        kind: what became of it.
        reason: why it was skipped, or what did not return: ``loading it``, ``calling it``; else ``None``.
        load_seconds: importing its target, the imports that this caused included.
        call_seconds: all calls of its function together; ``None`` where it was not called.
        calls: how often its function was called.
        returned: what its function returned last, or ``None``.
        error: ``Type: message`` of what it raised, or ``None``.
        traceback: the traceback that belongs to ``error``; of what did not return, where it was.
    """

    subject: str
    pid: int
    kind: CellKind
    reason: str | None = None
    load_seconds: float | None = None
    call_seconds: float | None = None
    calls: int = 0
    returned: str | None = None
    error: str | None = None
    traceback: str | None = None


class Truth(StrEnum):
    """How much using a plugin proved."""

    WORKS = "works"
    """It did what it is for."""
    WEAKER = "weaker truth"
    """Less than that was seen; the message says what."""
    FAILS = "fails"
    UNKNOWN = "cannot tell"


@dataclass(frozen=True, slots=True)
class Use:
    """One way of using a plugin, and what came of it.

    Attributes:
        subject: the plugin as ``group:name``.
        how: what was done, a few words: ``encode``, ``POST /pooling``, ``generate``.
        truth: how much it proved.
        message: one sentence: the fact.
        detail: a traceback or an answer, for whoever wants to know more; or ``None``.
        effect: whether what the plugin is for was seen to have an effect; ``None`` where no effect
            can be seen.
        started: whether the engine came up; else that is the failure.
    """

    subject: str
    how: str
    truth: Truth
    message: str
    detail: str | None = None
    effect: bool | None = None
    started: bool = True


@dataclass(frozen=True, slots=True)
class Difference:
    """Where a process did otherwise than was foretold from metadata.

    Attributes:
        subject: the plugin as ``group:name``.
        process: the process's label.
        foretold: what was foretold, with its reason.
        seen: what was seen.
    """

    subject: str
    process: str
    foretold: str
    seen: str


_MISSING_MODULE = "ModuleNotFoundError: No module named"


@dataclass(frozen=True, slots=True)
class EngineRun:
    """One start of an engine.

    Attributes:
        title: what it is for, a few words.
        served: whether it is ``vllm serve``; else the offline ``vllm.LLM``.
        settings: the engine arguments.
        guess: what about them is a guess that a plugin may rightly refuse, or ``None``.
        plugins_variable: the value of ``VLLM_PLUGINS``, or ``None`` for unset.
        came_up: whether it was ready for requests.
        ending: for one that did not come up or died, how it ended, one clause; else ``None``.
        start_seconds: until it was ready, or until it ended.
        processes: those that import vLLM, in order of start.
        cells: what each process made of each plugin.
        telling: the lines of its log that tell why it did not come up, or died.
        log: where its log was kept, or ``None``.
        peak_bytes: the most resident memory of all its processes together; ``None`` if not seen.
    """

    title: str
    served: bool
    settings: Mapping[str, object] = field(default_factory=dict)
    guess: str | None = None
    plugins_variable: str | None = None
    came_up: bool = False
    ending: str | None = None
    start_seconds: float = 0.0
    processes: tuple[EngineProcess, ...] = ()
    cells: tuple[Cell, ...] = ()
    telling: tuple[str, ...] = ()
    log: str | None = None
    peak_bytes: int | None = None

    @property
    def doubt(self) -> str | None:
        """The guess, where it may be why the engine did not come up: no model brings a module."""
        told = (self.ending or "", *self.telling)
        return None if any(_MISSING_MODULE in line for line in told) else self.guess

    def process(self, pid: int) -> EngineProcess | None:
        """Return the process of this id, or ``None``."""
        return next((item for item in self.processes if item.pid == pid), None)


@dataclass(frozen=True, slots=True)
class LiveObservation:
    """Everything that ``--live`` saw.

    Attributes:
        vllm: the version of vLLM, or ``None`` where it could not be imported.
        platform: the platform class before any engine, or ``None``.
        subjects: the plugins under test, as ``group:name``.
        engines: every start, in order.
        control: a start without the plugins, made because one with them did not come up.
        uses: what using them proved.
        differences: where processes did otherwise than foretold.
        notes: what a reader should know: what was set, what was left out.
    """

    vllm: str | None = None
    platform: str | None = None
    subjects: tuple[str, ...] = ()
    engines: tuple[EngineRun, ...] = ()
    control: EngineRun | None = None
    uses: tuple[Use, ...] = ()
    differences: tuple[Difference, ...] = ()
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class BenchFigure:
    """Several measurements of one quantity, with and without the plugins.

    Attributes:
        name: what was measured.
        unit: ``s`` or ``bytes``.
        without: the measurements without the plugins, in order.
        with_: those with them.
    """

    name: str
    unit: str
    without: tuple[float, ...]
    with_: tuple[float, ...]

    @property
    def cost(self) -> float | None:
        """The difference of the medians; ``None`` where either side is empty."""
        from statistics import median

        if not self.without or not self.with_:
            return None
        return median(self.with_) - median(self.without)

    @property
    def apart(self) -> bool:
        """Whether the difference is no play of chance: beyond the spread of either side.

        All measurements of one side lie beyond all of the other, which two times two do by chance
        in one case of three, and the medians differ by more than either side's own spread.
        """
        cost = self.cost
        if cost is None:
            return False
        beyond = min(self.with_) > max(self.without) or max(self.with_) < min(self.without)
        spread = max(max(side) - min(side) for side in (self.without, self.with_))
        return beyond and abs(cost) > spread


@dataclass(frozen=True, slots=True)
class BenchReport:
    """What plugins cost.

    Attributes:
        runs: how many engines were started on each side.
        figures: what was measured.
        failed: why a run gave no figures, one sentence each.
        settings: the engine arguments.
    """

    runs: int
    figures: tuple[BenchFigure, ...]
    failed: tuple[str, ...] = ()
    settings: Mapping[str, object] = field(default_factory=dict)
