"""Judgements: one rule is a code, a name, a severity, an explanation, and a function."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from vplug.rules.engine import judge, run_rules
    from vplug.rules.registry import Rule, all_rules, find_rule

__all__ = ["Rule", "all_rules", "find_rule", "judge", "run_rules"]


def __getattr__(name: str) -> Any:
    # Not at the top: completing a rule's code needs the table of codes, and not the analyses too.
    if name in __all__:
        from importlib import import_module

        room = "engine" if name in {"judge", "run_rules"} else "registry"
        return getattr(import_module(f"vplug.rules.{room}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
