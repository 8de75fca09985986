"""vLLM's choice of a platform, as nouns: who was asked, what each answered, who won and by which rule."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class AnswerKind(StrEnum):
    """What a platform function did when it was asked."""

    CLASS = "class"
    """It returned text: the name of a platform class."""
    ODD = "odd"
    """It returned something that is neither text nor ``None``; vLLM counts it as a win."""
    NONE = "none"
    """It returned ``None``: not this machine."""
    RAISED = "raised"
    NOT_CALLABLE = "not-callable"
    NOT_LOADED = "not-loaded"
    """Its entry point could not be imported."""
    UNKNOWN = "cannot-tell"


#: What counts as a win, as ``resolve_current_platform_cls_qualname`` does: anything but ``None``.
_WINS = frozenset({AnswerKind.CLASS, AnswerKind.ODD})
_FAILURES = frozenset({AnswerKind.RAISED, AnswerKind.NOT_LOADED, AnswerKind.NOT_CALLABLE})


@dataclass(frozen=True, slots=True)
class Answer:
    """What a platform function answered.

    Attributes:
        kind: what it did.
        value: the class name it returned; for ``odd``, what was returned, as text.
        reason: why, in one clause, where it is known.
        traceback: of an exception that vLLM swallows; ``None`` when there is none.
        seconds: how long it took, where it ran.
        path: the plugin's file in which it failed, or ``None`` where that is not known.
        line: where in that file.
        said: the last lines that the process printed or logged while it was asked.
        ends_process: whether what it raised is no ``Exception``, so that vLLM's handlers let it pass;
            ``None`` where only the name in ``reason`` can tell.
    """

    kind: AnswerKind
    value: str | None = None
    reason: str | None = None
    traceback: str | None = None
    seconds: float | None = None
    path: str | None = None
    line: int | None = None
    said: tuple[str, ...] = ()
    ends_process: bool | None = None

    @property
    def failed(self) -> bool:
        """Whether the plugin raised, could not be imported or could not be called."""
        return self.kind in _FAILURES

    @property
    def wins(self) -> bool | None:
        """Whether vLLM counts it as a platform that is there; ``None`` where it cannot be told."""
        return None if self.kind is AnswerKind.UNKNOWN else self.kind in _WINS


@dataclass(frozen=True, slots=True)
class Candidate:
    """A platform function that vLLM asks.

    Attributes:
        name: its name, which the choice goes by.
        built_in: whether vLLM ships it.
        answer: what it answered when probed.
        second: what it answered when called again for its class; ``None`` where it was not.
        distribution: for an out-of-tree one, whose it is; ``None`` where that is not known.
        value: for an out-of-tree one, its entry point's object reference.
        origin: for an out-of-tree one, its metadata's path.
    """

    name: str
    built_in: bool
    answer: Answer
    second: Answer | None = None
    distribution: str | None = None
    value: str | None = None
    origin: str | None = None


class WinRule(StrEnum):
    """By which rule a platform was chosen."""

    EXPLICIT_CPU = "explicit-cpu"
    ONE_OUT_OF_TREE = "one-out-of-tree"
    ONE_BUILT_IN = "one-built-in"
    NOBODY = "nobody"
    TWO_OUT_OF_TREE = "two-out-of-tree"
    TWO_BUILT_IN = "two-built-in"
    ENDED = "ended"
    """A plugin ended the process: ``SystemExit`` and its like are not swallowed."""
    UNDECIDED = "cannot-tell"


#: The class that vLLM falls back to (``vllm/platforms/__init__.py``, 0.7.0 to 0.33.0).
UNSPECIFIED = "vllm.platforms.interface.UnspecifiedPlatform"


@dataclass(frozen=True, slots=True)
class PlatformChoice:
    """Whom vLLM's rules choose, given the answers.

    Attributes:
        rule: by which rule, or why nobody.
        winner: the chosen name; ``None`` where there is none.
        built_in: whether the winner's function is vLLM's own.
        class_name: what the winner's second call returned; the class that vLLM imports.
        error: the exception in which the choice ends, as text; ``None`` where it ends well.
        possible: where it cannot be told, the names that may win.
    """

    rule: WinRule
    winner: str | None = None
    built_in: bool = False
    class_name: str | None = None
    error: str | None = None
    possible: tuple[str, ...] = ()


class Basis(StrEnum):
    """How it is known."""

    OBSERVED = "observed"
    FORETOLD = "foretold"


@dataclass(frozen=True, slots=True)
class PlatformReport:
    """The choice of a platform in one environment.

    Attributes:
        basis: seen in a child process, or foretold from metadata and source.
        release: the vLLM release whose rules were applied, or ``None`` where it is not known.
        candidates: in the order in which vLLM asks them.
        choice: whom its rules choose.
        current: the class of the platform object that vLLM really made; ``None`` where it made none
            or nothing was run.
        error: why no platform object came about: vLLM's import or the choice failed.
        traceback: of ``error``.
        note: what a reader must know about how this was found; ``None`` where there is nothing.
        seconds: from the first import to the platform object.
        strays: modules that hold another platform object, by its class: they were imported while the
            platform was being chosen.
    """

    basis: Basis
    release: str | None
    candidates: tuple[Candidate, ...]
    choice: PlatformChoice
    current: str | None = None
    error: str | None = None
    traceback: str | None = None
    note: str | None = None
    seconds: float | None = None
    strays: tuple[tuple[str, tuple[str, ...]], ...] = ()

    def candidate(self, name: str, *, built_in: bool) -> Candidate | None:
        """Return the candidate of that name, or ``None``."""
        for item in self.candidates:
            if item.name == name and item.built_in is built_in:
                return item
        return None
