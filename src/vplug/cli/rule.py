"""``vplug rule``: explains one rule, or lists them all."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from vplug.cli.output import FormatOption, JsonOption, OutputFormat, console, print_json, wants_json
from vplug.errors import UsageFault

if TYPE_CHECKING:
    from vplug.rules import Rule

HELP = """Explain one rule, or list them all with their severity.

\b
Example:
  vplug rule VP104
  vplug rule
"""

SCHEMA = "vplug.rule/1"


def command(
    name: Annotated[
        str | None,
        typer.Argument(metavar="[CODE|NAME]", help="A rule's code or name.", show_default=False),
    ] = None,
    output: FormatOption = OutputFormat.TABLE,
    json: JsonOption = False,
) -> None:
    """Explain rules."""
    from vplug.rules import all_rules, find_rule

    if name is None:
        chosen = list(all_rules())
    else:
        rule = find_rule(name)
        if rule is None:
            import difflib

            names = [r.name for r in all_rules()] + [r.code for r in all_rules()]
            close = difflib.get_close_matches(name, names, n=2, cutoff=0.5)
            raise UsageFault(
                f"there is no rule {name!r}",
                f"did you mean {' or '.join(close)}?" if close else "`vplug rule` lists them all",
            )
        chosen = [rule]
    if wants_json(output, json):
        print_json({"schema": SCHEMA, "rules": [_as_json(rule) for rule in chosen]})
    elif name is None:
        _print_all(chosen)
    else:
        _print_one(chosen[0])


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
