"""Values of ``VLLM_PLUGINS`` to be copied out of a report."""

from __future__ import annotations

import shlex
from collections.abc import Sequence

from vplug.model import AnswerKind, Diagnosis, WinRule


def mend_and_setting(hint: str) -> tuple[str, str | None]:
    """Return a hint's words and the setting that it ends in, which is there to be copied; or ``None``."""
    words, sign, value = hint.partition(": VLLM_PLUGINS=")
    return (f"{words}:", f"VLLM_PLUGINS={value}") if sign else (hint, None)


def settings(diagnosis: Diagnosis) -> list[tuple[str, str]]:
    """Return what to set ``VLLM_PLUGINS`` to, ready to be copied, each with what it loads.

    "All but" is told of plugins with something against them; JSON has it of all. Where platform plugins
    clash, no value names two of them.
    """
    plan = diagnosis.load_plan
    lines = []
    if plan.meant is not None:
        lines.append((f"what you seem to mean{_without(plan.left_out)}", _setting(plan.meant)))
    if plan.exactly is None:
        return lines
    choice = diagnosis.platform.choice
    if choice.rule is WinRule.TWO_OUT_OF_TREE:
        for name in choice.possible:
            others = {other for other in choice.possible if other != name}
            kept = [item for item in plan.exactly.split(",") if item not in others]
            lines.append(
                (f"{name} alone of the platform plugins that clash", _setting(",".join(kept)))
            )
        return lines
    failing = [name for name in plan.failing if name in plan.all_but]
    lines.append((f"load exactly what loads now{_without(failing)}", _setting(plan.exactly)))
    suspects = {
        item.plugin.name for item in plan.plugins if item.loads is False or item.raises is not None
    }
    suspects |= {
        item.name
        for item in diagnosis.platform.candidates
        if not item.built_in and item.answer.kind not in (AnswerKind.NONE, AnswerKind.UNKNOWN)
    }
    for name, value in plan.all_but.items():
        if name in suspects and len(plan.all_but) > 1 and value != plan.exactly:
            lines.append((f"all but {name}", _setting(value)))
    return lines


def _without(names: Sequence[str]) -> str:
    return f", without what fails ({', '.join(names)})" if names else ""


def _setting(value: str) -> str:
    return f"VLLM_PLUGINS={shlex.quote(value)}"
