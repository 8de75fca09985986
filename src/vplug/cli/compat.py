"""``vplug compat``: which vLLM releases a plugin works with, told without vLLM."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Annotated

import typer

from vplug import __version__
from vplug.cli.documents import (
    OutputsOption,
    ReportFormat,
    ReportFormatOption,
    destinations,
    emit,
    json_text,
)
from vplug.cli.output import JsonOption
from vplug.cli.where import PrefixOption, PythonOption, environment_from
from vplug.errors import ExitStatus

if TYPE_CHECKING:
    from collections.abc import Callable

    from rich.console import Console

    from vplug.cli.documents import Maker
    from vplug.discovery.target import Target
    from vplug.model import CompatMatrix, Report, RuleText

HELP = """Tell which vLLM releases a plugin works with, from its sources and vplug's contracts.

Exit status 1 where a release that the plugin declares (or that --vllm asks for) breaks it.

\b
Example:
  vplug compat .
  vplug compat dist/my_plugin-0.1.0-py3-none-any.whl --vllm ">=0.20"
  vplug compat --format markdown
"""


def command(
    target: Annotated[
        str,
        typer.Argument(help="A project folder, wheel, sdist, or an installed distribution's name."),
    ] = ".",
    vllm: Annotated[
        str | None,
        typer.Option("--vllm", metavar="SPEC", help="Only these releases, e.g. '>=0.20,<0.33'."),
    ] = None,
    python: PythonOption = None,
    prefix: PrefixOption = None,
    output: ReportFormatOption = None,
    outputs: OutputsOption = None,
    json: JsonOption = False,
) -> None:
    """Show the matrix."""
    from functools import cache

    from vplug.contracts.store import ContractStore
    from vplug.discovery.installed import scan
    from vplug.discovery.open import Surroundings, open_target
    from vplug.fit.masks import Masks
    from vplug.model import Verdict
    from vplug.rules.compat import compat
    from vplug.rules.config import project_settings
    from vplug.rules.fingerprint import with_fingerprints
    from vplug.rules.validate import patient_collector

    places = destinations(output, json, outputs)
    environment = environment_from(python, prefix)

    @cache
    def surroundings() -> Surroundings:
        chosen = environment()
        return Surroundings(chosen, scan(chosen))

    store = ContractStore.bundled()
    masks = Masks(store)
    selected = store.select(vllm) if vllm is not None else store.everything
    matrices: list[CompatMatrix] = []
    opened: list[Target] = []
    with patient_collector():
        for found in open_target(target, surroundings):
            project_settings(found.config, found.label)
            matrices.append(compat(found, masks, selected))
            opened.append(found)

    def findings() -> Report:
        from vplug.cli.repository import anchored, repository_root
        from vplug.report.compat_findings import compat_report

        report = compat_report(matrices, _rules(), vllm is not None)
        marked = [
            replace(item, findings=with_fingerprints(item.findings, found))
            for item, found in zip(report.targets, opened, strict=True)
        ]
        return anchored(replace(report, targets=tuple(marked)), repository_root())

    emit(places, _makers(matrices, findings, vllm is not None), lambda out: _show(matrices, out))
    broken = any(
        matrix.too_much or (vllm is not None and Verdict.BROKEN in matrix.verdicts)
        for matrix in matrices
    )
    raise typer.Exit(ExitStatus.FINDINGS if broken else ExitStatus.CLEAN)


def _rules() -> list[RuleText]:
    """The rules that the matrix is made of: of the plugin itself and of releases."""
    from vplug.rules import all_rules
    from vplug.rules.compat import CODES_ASKED

    return [rule.text for rule in all_rules() if rule.code in CODES_ASKED]


def _show(matrices: list[CompatMatrix], out: Console) -> None:
    from vplug.report.compat import print_compat

    for number, matrix in enumerate(matrices):
        if number:
            out.print()
        print_compat(matrix, out)


def _makers(
    matrices: list[CompatMatrix], findings: Callable[[], Report], asked: bool
) -> dict[ReportFormat, Maker]:
    def as_json() -> str:
        from vplug.report.compat import SCHEMA, compat_json

        return json_text({"schema": SCHEMA, "targets": [compat_json(item) for item in matrices]})

    def as_sarif() -> str:
        from vplug.report.sarif import sarif

        return json_text(sarif(findings(), _rules(), __version__, "compat"))

    def as_github() -> str:
        from vplug.report.github import workflow_commands

        return workflow_commands(findings())

    def as_junit() -> str:
        from vplug.report.compat_findings import compat_junit

        return compat_junit(matrices, asked)

    def as_markdown() -> str:
        from vplug.report.compat import compat_markdown

        return "\n".join(compat_markdown(matrix) for matrix in matrices)

    return {
        ReportFormat.JSON: as_json,
        ReportFormat.SARIF: as_sarif,
        ReportFormat.GITHUB: as_github,
        ReportFormat.JUNIT: as_junit,
        ReportFormat.MARKDOWN: as_markdown,
    }
