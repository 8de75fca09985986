"""A diagnosis for a terminal: the findings, then one panel a section, within 80 columns."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vplug.model import Diagnosis
from vplug.report.as_text import SEVERITY_STYLES
from vplug.report.doctor_findings import merged
from vplug.report.doctor_lines import doubts, sections, verdict
from vplug.report.doctor_parts import Section
from vplug.report.doctor_settings import mend_and_setting, settings

if TYPE_CHECKING:
    from rich.console import Console, RenderableType

_MOODS = {
    "good": ("✓ ", "green"),
    "bad": ("✗ ", "red"),
    "doubt": ("? ", "yellow"),
    "off": ("○ ", "yellow"),
    "": ("", ""),
}
_KEY_WIDTH = 26


def print_diagnosis(diagnosis: Diagnosis, console: Console) -> None:
    """Print the diagnosis: panels on a terminal, indented lines in a pipe."""
    from rich.panel import Panel
    from rich.text import Text

    console.print(Text(verdict(diagnosis), style="bold"), soft_wrap=not console.is_terminal)
    _print_findings(diagnosis, console)
    console.print()
    for section in sections(diagnosis, short=True):
        if console.is_terminal:
            body = _body(section)
            width = min(console.width, 100)
            console.print(Panel(body, title=section.title, title_align="left", width=width))
        else:
            console.print(Text(section.title, style="bold"))
            _print_lines(section, console)
            console.print()
    trace = diagnosis.platform.traceback
    if trace is not None:
        console.print(Text("Traceback that vLLM ends in", style="bold"))
        console.print(Text(trace.rstrip(), style="dim"), soft_wrap=not console.is_terminal)
    for item in diagnosis.platform.candidates:
        if item.answer.traceback is not None and not item.built_in:
            console.print(Text(f"Traceback of platform plugin {item.name}", style="bold"))
            told = Text(item.answer.traceback.rstrip(), style="dim")
            console.print(told, soft_wrap=not console.is_terminal)
    ready = settings(diagnosis)
    traced = any(item.answer.traceback for item in diagnosis.platform.candidates) or trace
    if ready and (console.is_terminal or traced):
        console.print()
    if ready:
        console.print(Text("VLLM_PLUGINS, ready to be set", style="bold"))
    for what, line in ready:
        console.print(Text(f"# {what}", style="dim"), soft_wrap=True)
        # Never broken by us: it is there to be copied.
        console.print(Text(line), soft_wrap=True)
    # Where the findings have scrolled away, the end of the report says again what it comes to.
    console.print()
    console.print(Text(verdict(diagnosis), style="bold"), soft_wrap=not console.is_terminal)


def _print_lines(section: Section, console: Console) -> None:
    """Print a section for a pipe: keys in a column, no blanks at the end of a line."""
    from rich.text import Text

    width = max(len(line.key) for line in section.lines)
    for line in section.lines:
        told = f"{line.key:<{width}} {_MOODS[line.mood][0]}{line.value}"
        console.print(Text(told.rstrip()), soft_wrap=True)


def _body(section: Section) -> RenderableType:
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, pad_edge=False, padding=(0, 1, 0, 0), show_header=False)
    table.add_column(max_width=_KEY_WIDTH, overflow="fold")
    table.add_column(overflow="fold")
    for line in section.lines:
        sign, style = _MOODS[line.mood]
        table.add_row(Text(line.key, style="dim"), Text(sign + line.value, style=style))
    return table


def _print_findings(diagnosis: Diagnosis, console: Console) -> None:
    from rich.text import Text

    plain = not console.is_terminal
    for finding in merged(diagnosis.findings):
        console.print(
            Text.assemble(
                (f"{finding.severity} ", SEVERITY_STYLES[finding.severity]),
                (f"{finding.code} ", "magenta"),
                finding.message,
                (f"  [{finding.rule}]", "dim"),
            ),
            soft_wrap=plain or _is_long(finding.message, console),
        )
        if finding.location is not None:
            console.print(Text(f"    {finding.location}", style="dim"), soft_wrap=True)
        if finding.hint:
            words, value = mend_and_setting(finding.hint)
            told = Text.assemble(("  → ", "dim"), words)
            console.print(told, soft_wrap=plain or _is_long(words, console))
            if value is not None:  # never broken by us: it is there to be copied
                console.print(Text(f"    {value}"), soft_wrap=True)
    for sentence in doubts(diagnosis):
        console.print(Text.assemble(("? ", "yellow"), sentence), soft_wrap=plain)


def _is_long(text: str, console: Console) -> bool:
    """Whether a word, a path or a setting, would be broken where a terminal's own wrapping keeps it."""
    return any(len(word) > console.width - 4 for word in text.split())
