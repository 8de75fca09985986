"""``vplug compat``: which vLLM releases a plugin works with, told without vLLM."""

from __future__ import annotations

import sys
from enum import StrEnum
from typing import Annotated

import typer

from vplug.cli.output import console, print_json
from vplug.cli.where import PrefixOption, PythonOption, environment_from
from vplug.errors import ExitStatus

HELP = """Tell which vLLM releases a plugin works with, from its sources and vplug's contracts.

Exit status 1 where a release that the plugin declares (or that --vllm asks for) breaks it.

\b
Example:
  vplug compat .
  vplug compat dist/my_plugin-0.1.0-py3-none-any.whl --vllm ">=0.20"
"""


class CompatFormat(StrEnum):
    """How the matrix is printed."""

    TABLE = "table"
    JSON = "json"
    MARKDOWN = "markdown"


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
    output: Annotated[
        CompatFormat, typer.Option("--format", help="How to print the matrix.")
    ] = CompatFormat.TABLE,
    json: Annotated[bool, typer.Option("--json", help="Short for --format json.")] = False,
) -> None:
    """Show the matrix."""
    from functools import cache

    from vplug.contracts.store import ContractStore
    from vplug.discovery.installed import scan
    from vplug.discovery.open import Surroundings, open_target
    from vplug.fit.masks import Masks
    from vplug.model import Verdict
    from vplug.report.compat import SCHEMA, compat_json, compat_markdown, print_compat
    from vplug.rules.compat import compat
    from vplug.rules.config import project_settings
    from vplug.rules.validate import patient_collector

    environment = environment_from(python, prefix)

    @cache
    def surroundings() -> Surroundings:
        chosen = environment()
        return Surroundings(chosen, scan(chosen))

    store = ContractStore.bundled()
    masks = Masks(store)
    selected = store.select(vllm) if vllm is not None else store.everything
    with patient_collector():
        matrices = []
        for opened in open_target(target, surroundings):
            project_settings(opened.config, opened.label)
            matrices.append(compat(opened, masks, selected))
    if json or output is CompatFormat.JSON:
        print_json({"schema": SCHEMA, "targets": [compat_json(matrix) for matrix in matrices]})
    elif output is CompatFormat.MARKDOWN:
        sys.stdout.write("\n".join(compat_markdown(matrix) for matrix in matrices))
    else:
        out = console()
        for number, matrix in enumerate(matrices):
            if number:
                out.print()
            print_compat(matrix, out)
    broken = any(
        matrix.too_much or (vllm is not None and Verdict.BROKEN in matrix.verdicts)
        for matrix in matrices
    )
    raise typer.Exit(ExitStatus.FINDINGS if broken else ExitStatus.CLEAN)
