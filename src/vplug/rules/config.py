"""``[tool.vplug]``: what a project may set, and what the command line adds."""

from __future__ import annotations

import difflib
from dataclasses import dataclass, replace
from typing import Any

from vplug.errors import UsageFault
from vplug.model import KnownFinding, Severity
from vplug.rules.registry import command_of, near_rules, select_codes

#: Every key of the table: what it holds.
KEYS = {
    "select": "rule codes, names or beginnings of codes to run; all when absent",
    "ignore": "rule codes, names or beginnings of codes not to run",
    "fail-on": "the severity from which findings fail: error, warning or info",
    "strict": "true: fail on any finding, and where vplug cannot tell",
    "vllm": "the vLLM releases the plugin is for, as a version specifier; installs nothing",
    "verify": "a table: what `vplug verify --live` needs to know to use the plugin",
    "size-limit": "how large a built file may be, in MiB; 100 when absent",
    "baseline": "a file of findings that are known and kept quiet, relative to the project",
}


@dataclass(frozen=True, slots=True)
class Settings:
    """What to run and when to fail.

    Attributes:
        select: selectors; empty for all rules.
        ignore: selectors taken away again.
        fail_on: findings at least this bad fail; ``None`` where nobody said.
        strict: fail on any finding and on "cannot tell".
        baseline: the project's file of known findings, relative to it; ``None`` for none.
        known: the command line's known findings, in place of the file's; ``None`` where it gives none.
    """

    select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    fail_on: Severity | None = None
    strict: bool = False
    baseline: str | None = None
    known: tuple[KnownFinding, ...] | None = None

    @property
    def threshold(self) -> Severity:
        """The severity from which findings fail."""
        return Severity.INFO if self.strict else self.fail_on or Severity.ERROR

    def selected(self, where: str) -> tuple[str, ...]:
        """Return the codes that the selectors leave, whoever runs them.

        Raises:
            UsageFault: a selector fits no rule.
        """
        try:
            return select_codes(self.select, self.ignore)
        except ValueError as error:
            raise UsageFault(f"{where}: no rule {str(error)!r}", near_rules(str(error))) from error

    def codes(self, where: str, command: str = "validate") -> tuple[str, ...]:
        """Return the rule codes that a command runs; each leaves the others' rules out.

        Args:
            where: names the settings in messages.
            command: ``validate`` or ``verify``.

        Raises:
            UsageFault: a selector fits no rule, or all that are selected are another command's.
        """
        selected = self.selected(where)
        chosen = tuple(code for code in selected if command_of(code) == command)
        if selected and self.select and not chosen:
            other = command_of(selected[0])
            raise UsageFault(
                f"{where}: {', '.join(self.select)} selects rules of `vplug {other}` alone",
                f"run that, or select rules of `vplug {command}`: `vplug rule` lists them all",
            )
        return chosen

    def for_command(self, command: str) -> Settings:
        """Return these without selectors where they select nothing that the command runs."""
        selected = select_codes(self.select, ())
        named = any(command_of(code) == command for code in selected)
        return self if named else replace(self, select=())


def project_settings(table: Any, where: str) -> Settings:
    """Return the settings of a ``[tool.vplug]`` table.

    Raises:
        UsageFault: an unknown key, or a value of the wrong kind; ``where`` is in the message.
    """
    if not isinstance(table, dict):
        raise UsageFault(f"{where}: [tool.vplug] must be a table, not {table!r}")
    for key in table:
        if key not in KEYS:
            close = difflib.get_close_matches(key, KEYS, n=1)
            raise UsageFault(
                f"{where}: [tool.vplug] has no key {key!r}",
                f"did you mean {close[0]!r}?" if close else f"its keys are {', '.join(KEYS)}",
            )
    fail_on = table.get("fail-on")
    if fail_on is not None and fail_on not in list(Severity):
        raise UsageFault(f"{where}: fail-on must be error, warning or info, not {fail_on!r}")
    if not isinstance(table.get("strict", False), bool):
        raise UsageFault(f"{where}: strict must be true or false")
    _check_range(table.get("vllm"), where)
    _check_size(table.get("size-limit"), where)
    settings = Settings(
        _selectors(table, "select", where),
        _selectors(table, "ignore", where),
        Severity(fail_on) if fail_on is not None else None,
        bool(table.get("strict", False)),
        _baseline(table.get("baseline"), where),
    )
    settings.selected(where)
    return settings


def _check_range(value: Any, where: str) -> None:
    if value is None:
        return
    from packaging.specifiers import InvalidSpecifier, SpecifierSet

    try:
        if not isinstance(value, str):
            raise TypeError
        SpecifierSet(value)
    except (InvalidSpecifier, TypeError) as error:
        raise UsageFault(
            f"{where}: vllm = {value!r} is no version specifier", 'write it like ">=0.20,<0.34"'
        ) from error


def _check_size(value: Any, where: str) -> None:
    number = isinstance(value, (int, float)) and not isinstance(value, bool)
    if value is not None and not (number and 0 < value < 1e6):
        raise UsageFault(f"{where}: size-limit must be a number of MiB above 0, not {value!r}")


def _baseline(value: Any, where: str) -> str | None:
    if value is None:
        return None
    parts = value.replace("\\", "/").split("/") if isinstance(value, str) else []
    if not value or not parts or parts[0] == "" or ":" in parts[0] or ".." in parts:
        raise UsageFault(
            f"{where}: baseline = {value!r} is no path inside the project",
            'write it like "vplug-baseline.json"',
        )
    return "/".join(parts)


def _selectors(table: dict[str, Any], key: str, where: str) -> tuple[str, ...]:
    value = table.get(key, [])
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise UsageFault(f"{where}: {key} must be a list of rule codes")
    return tuple(value)


def combine(project: Settings, command_line: Settings) -> Settings:
    """Return the project's settings with the command line's laid over them, as ruff does it.

    ``--select`` and ``--fail-on`` replace; ``--ignore`` adds.
    """
    return replace(
        project,
        select=command_line.select or project.select,
        ignore=project.ignore + command_line.ignore,
        fail_on=command_line.fail_on or project.fail_on,
        strict=command_line.strict or project.strict,
        known=command_line.known,
    )
