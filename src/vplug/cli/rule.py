"""``vplug rule``: explains one rule, or lists them all."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from vplug.cli import complete
from vplug.cli.output import FormatOption, JsonOption, OutputFormat, console, print_json, wants_json
from vplug.errors import UsageFault

if TYPE_CHECKING:
    from vplug.rules import Rule

HELP = """Explain one rule, or list some or all with their severity.

\b
Example:
  vplug rule VP104
  vplug rule VP2
  vplug rule
"""

SCHEMA = "vplug.rule/1"


def command(
    name: Annotated[
        str | None,
        typer.Argument(
            metavar="[CODE|NAME]",
            help="A rule's code or name, or the beginning of codes, e.g. VP2.",
            show_default=False,
            autocompletion=complete.rules,
        ),
    ] = None,
    output: FormatOption = OutputFormat.TABLE,
    json: JsonOption = False,
) -> None:
    """Explain rules."""
    from vplug.rules import all_rules, find_rule
    from vplug.rules.registry import near_rules

    one = find_rule(name) if name is not None else None
    wanted = (name or "").strip().upper()
    chosen = [one] if one is not None else list(all_rules())
    if name is not None and one is None:
        chosen = [rule for rule in chosen if wanted and rule.code.startswith(wanted)]
        if not chosen:
            raise UsageFault(f"there is no rule {name!r}", near_rules(name))
    if wants_json(output, json):
        print_json({"schema": SCHEMA, "rules": [_as_json(rule) for rule in chosen]})
    elif one is not None:
        _print_one(one)
    else:
        _print_all(chosen)


def _as_json(rule: Rule) -> dict[str, Any]:
    return {
        "code": rule.code,
        "name": rule.name,
        "severity": str(rule.severity),
        "since": rule.since,
        "summary": rule.summary,
        "documentation": rule.documentation,
    }


def _print_all(rules: list[Rule]) -> None:
    from rich.table import Table

    from vplug.report.as_text import SEVERITY_STYLES

    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    for heading in ("code", "severity", "name", "summary"):
        table.add_column(heading, no_wrap=heading != "summary")
    for rule in rules:
        from rich.text import Text

        severity = Text(str(rule.severity), style=SEVERITY_STYLES[rule.severity])
        table.add_row(rule.code, severity, rule.name, rule.summary)
    console().print(table)


def _print_one(rule: Rule) -> None:
    out = console()
    title = f"{rule.code} {rule.name}"
    text = (
        f"# {title}\n\n{rule.documentation}\n\nSeverity: {rule.severity}. Since vplug {rule.since}."
    )
    if not out.is_terminal:
        out.print(text, soft_wrap=True)
        return
    from rich.markdown import Markdown

    out.print(Markdown(text))
