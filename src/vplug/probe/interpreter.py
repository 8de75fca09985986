"""The interpreter that plugin code is to run in: which one, of what version, taking which wheels."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path

from vplug.discovery.environment import (
    Environment,
    environment_of_python,
    program_of,
    running_environment,
)
from vplug.errors import UsageFault
from vplug.probe.child import SCRIPTS, Ending, Limits, run_script

#: What the scripts are written for.
OLDEST = (3, 10)
_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class Interpreter:
    """An interpreter that answers.

    Attributes:
        python: its executable, never resolved: a virtual environment's is a link to its base's.
        environment: what it imports from.
        version: its release numbers.
        tags: the wheel tags it takes; empty where it could not tell.
    """

    python: Path
    environment: Environment
    version: tuple[int, ...]
    tags: frozenset[str]


def ask_interpreter(python: Path | None) -> Interpreter:
    """Return what the interpreter says of itself.

    Args:
        python: the interpreter or an environment's root; vplug's own when ``None``.

    Raises:
        UsageFault: it is missing, no Python, too old, or does not answer.
    """
    import packaging

    program = Path(sys.executable) if python is None else program_of(python).absolute()
    environment = running_environment() if python is None else environment_of_python(program)
    libraries = [str(Path(item).parent) for item in packaging.__path__]
    run = run_script(
        program,
        SCRIPTS / "interpreter.py",
        {"libraries": libraries},
        limits=Limits(_SECONDS),
    )
    if run.ending is not Ending.REPLIED or run.reply is None:
        said = (run.stderr.strip().splitlines() or [str(run.ending)])[-1]
        raise UsageFault(
            f"{program} gave no answer: {said}",
            f"needed is Python {OLDEST[0]}.{OLDEST[1]} or later",
        )
    version = tuple(int(part) for part in run.reply["version"])
    if version < OLDEST:
        raise UsageFault(
            f"{program} is Python {'.'.join(map(str, version))}",
            f"needed is Python {OLDEST[0]}.{OLDEST[1]} or later",
        )
    return Interpreter(program, environment, version, frozenset(run.reply["tags"]))
