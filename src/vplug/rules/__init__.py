"""Judgements: one rule is a code, a name, a severity, an explanation, and a function."""

from __future__ import annotations

from vplug.rules.engine import judge, run_rules
from vplug.rules.registry import Rule, all_rules, find_rule

__all__ = ["Rule", "all_rules", "find_rule", "judge", "run_rules"]
