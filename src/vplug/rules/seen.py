"""From an observation to the attempt that a rule judges; where there is none, why."""

from __future__ import annotations

from collections.abc import Iterator

from vplug.model import Attempt, ImportOrder, Observation, Step
from vplug.rules.verdict import CannotTell, Skip

ENDED_EARLY = "before vLLM was imported"


def main_attempt(observed: Observation) -> Attempt:
    """Return the attempt in which vLLM was imported first, as in use.

    Raises:
        CannotTell: the process could not be started, or vLLM itself cannot be imported.
    """
    attempt = observed.attempt(ImportOrder.VLLM_FIRST)
    if attempt is None:
        raise Skip("it was not run")
    if attempt.fault is not None:
        raise CannotTell(f"vplug's own script failed: {attempt.fault}")
    failed = attempt.vllm_failed
    if failed is not None and failed.location is None and not names_a_broken_class(attempt):
        raise CannotTell(f"the environment's vLLM cannot be imported: {failed}", failed.location)
    if attempt.ending != "replied" and attempt.reached in (Step.START, Step.IMPORT_VLLM):
        raise CannotTell(
            f"the process ended ({attempt.ending}{_how(attempt)}) before the plugin came in"
        )
    return attempt


def tells_nothing(observed: Observation) -> bool:
    """Return whether no rule can judge what was seen: vLLM or the process failed, not the plugin."""
    try:
        main_attempt(observed)
    except CannotTell:
        return True
    except Skip:
        pass
    return False


def names_a_broken_class(attempt: Attempt) -> bool:
    """Return whether a class that it named could not be imported or made."""
    return any(item.raised is not None or item.failure is not None for item in attempt.classes)


def _how(attempt: Attempt) -> str:
    if attempt.signal is not None:
        return f", {attempt.signal}"
    return f", status {attempt.returncode}" if attempt.returncode is not None else ""


def finished(observed: Observation) -> Attempt:
    """Return the main attempt where its process came to its end.

    Raises:
        Skip: it ended before.
        CannotTell: as :func:`main_attempt`.
    """
    attempt = main_attempt(observed)
    if attempt.ending != "replied":
        raise Skip("its process ended early")
    return attempt


def ended(observed: Observation) -> Iterator[Attempt]:
    """Yield the main attempt and then the others, for rules about how a process ended.

    Raises:
        CannotTell: as :func:`main_attempt`.
    """
    main = main_attempt(observed)
    yield main
    yield from (item for item in observed.attempts if item is not main)
