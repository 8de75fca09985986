"""``vplug compat``: which vLLM releases a plugin works with, told without vLLM."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Annotated

import typer

from vplug import __version__
from vplug.cli import complete
from vplug.cli.documents import (
    OutputsOption,
    ReportFormat,
    ReportFormatOption,
    destinations,
    emit,
    json_text,
)
from vplug.cli.output import JsonOption, progress, telling
from vplug.cli.where import PrefixOption, PythonOption, environment_from
from vplug.errors import ExitStatus, VplugError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from rich.console import Console

    from vplug.cli.documents import Maker
    from vplug.discovery.open import Surroundings
    from vplug.discovery.target import Target
    from vplug.fit.masks import Masks
    from vplug.model import CompatMatrix, Report, RuleText, TargetReport

HELP = """Tell which vLLM releases plugins work with, from their sources and vplug's contracts.

Exit status 1 where a release that the plugin declares (or that --vllm asks for) breaks one.

\b
Example:
  vplug compat
  vplug compat my-plugin other-plugin --prefix .venv
  vplug compat dist/my_plugin-0.1.0-py3-none-any.whl --vllm ">=0.20"
  vplug compat --format markdown
"""


def command(
    targets: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[TARGET]...",
            help="Project folders, wheels, sdists, or names of installed distributions or plugins. "
            "The current folder when none is given.",
            show_default=False,
        ),
    ] = None,
    vllm: Annotated[
        str | None,
        typer.Option(
            "--vllm",
            metavar="SPEC",
            help="Only these releases, e.g. '>=0.20,<0.33' or 0.32.0; exit 1 where one breaks a target.",
            autocompletion=complete.releases,
        ),
    ] = None,
    wide: Annotated[
        bool,
        typer.Option(
            "--wide", "-w", help="Tell every cause, where the table tells the longest-lived."
        ),
    ] = False,
    python: PythonOption = None,
    prefix: PrefixOption = None,
    output: ReportFormatOption = None,
    outputs: OutputsOption = None,
    json: JsonOption = False,
) -> None:
    """Show the matrices."""
    from functools import cache

    from vplug.contracts.store import ContractStore
    from vplug.discovery.installed import scan
    from vplug.discovery.open import Surroundings
    from vplug.fit.masks import Masks
    from vplug.model import Verdict
    from vplug.rules.fingerprint import with_fingerprints
    from vplug.rules.validate import patient_collector, worst

    places = destinations(output, json, outputs)
    environment = environment_from(python, prefix)

    @cache
    def surroundings() -> Surroundings:
        chosen = environment()
        return Surroundings(chosen, scan(chosen))

    store = ContractStore.bundled()
    masks = Masks(store)
    asked = vllm is not None
    selected, note = store.select_noted(vllm) if vllm is not None else (store.everything, None)
    if note:
        typer.echo(f"note: {note}", err=True)
    judged: list[tuple[CompatMatrix, Target]] = []
    failures: list[TargetReport] = []
    labels = list(targets or ()) or ["."]
    with patient_collector(), progress("judging", labels) as done:
        for label in labels:
            _judge(label, surroundings, masks, selected, judged, failures)
            done(label)
    matrices = [matrix for matrix, _ in judged]

    def findings() -> Report:
        from vplug.cli.repository import anchored, repository_root
        from vplug.report.compat_findings import compat_report

        report = compat_report(matrices, _rules(), asked)
        marked = [
            replace(item, findings=with_fingerprints(item.findings, found))
            for item, (_, found) in zip(report.targets, judged, strict=True)
        ]
        return anchored(replace(report, targets=(*marked, *failures)), repository_root())

    makers = _makers(matrices, failures, findings, asked, wide, note)
    broken = any(
        matrix.too_much or (asked and Verdict.BROKEN in matrix.verdicts) for matrix in matrices
    )
    told = [ExitStatus.FINDINGS if broken else ExitStatus.CLEAN] if matrices else []
    status = worst([*told, *(item.status for item in failures)])
    with telling(status):
        emit(places, makers, lambda out: _show(matrices, out, wide))
    for item in failures:
        _complain(item, alone=len(labels) == 1)
    raise typer.Exit(status)


def _judge(
    label: str,
    surroundings: Callable[[], Surroundings],
    masks: Masks,
    selected: int,
    judged: list[tuple[CompatMatrix, Target]],
    failures: list[TargetReport],
) -> None:
    """Add the matrices of one target to ``judged``, or why there is none to ``failures``."""
    from vplug.discovery.open import open_target
    from vplug.rules.compat import compat
    from vplug.rules.config import project_settings
    from vplug.rules.validate import failed, fault

    try:
        for found in open_target(label, surroundings):
            project_settings(found.config, found.label)
            judged.append((compat(found, masks, selected), found))
    except VplugError as error:
        failures.append(failed(label, error))
    except Exception as error:  # one broken target must not hide the others
        failures.append(failed(label, fault(error)))


def _complain(item: TargetReport, *, alone: bool) -> None:
    message = item.error or ""
    who = "" if alone or item.target in message else f"{item.target}: "
    typer.echo(f"error: {who}{message}", err=True)
    if item.hint:
        typer.echo(f"hint: {item.hint}", err=True)


def _rules() -> list[RuleText]:
    """The rules that the matrix is made of: of the plugin itself and of releases."""
    from vplug.rules import all_rules
    from vplug.rules.compat import CODES_ASKED

    return [rule.text for rule in all_rules() if rule.code in CODES_ASKED]


def _show(matrices: Sequence[CompatMatrix], out: Console, wide: bool) -> None:
    from vplug.report.compat import print_compat

    for number, matrix in enumerate(matrices):
        if number:
            out.print()
        print_compat(matrix, out, wide=wide)


def _makers(
    matrices: Sequence[CompatMatrix],
    failures: Sequence[TargetReport],
    findings: Callable[[], Report],
    asked: bool,
    wide: bool,
    note: str | None,
) -> dict[ReportFormat, Maker]:
    def as_json() -> str:
        from vplug.report.compat import SCHEMA, compat_json, failures_json

        return json_text(
            {
                "schema": SCHEMA,
                "vllm_note": note,
                "targets": [compat_json(item) for item in matrices],
                "errors": failures_json(failures),
            }
        )

    def as_sarif() -> str:
        from vplug.report.sarif import sarif

        return json_text(sarif(findings(), _rules(), __version__, "compat"))

    def as_github() -> str:
        from vplug.report.github import workflow_commands

        return workflow_commands(findings())

    def as_junit() -> str:
        from vplug.report.compat_findings import compat_junit

        return compat_junit(matrices, asked, failures)

    def as_markdown() -> str:
        from vplug.report.compat import compat_markdown, failures_markdown

        told = [compat_markdown(item, wide=wide) for item in matrices]
        return "\n".join([*told, *failures_markdown(failures)])

    return {
        ReportFormat.JSON: as_json,
        ReportFormat.SARIF: as_sarif,
        ReportFormat.GITHUB: as_github,
        ReportFormat.JUNIT: as_junit,
        ReportFormat.MARKDOWN: as_markdown,
    }
