"""A compatibility matrix as Markdown: one line for each change of state and of its cause."""

from __future__ import annotations

from io import StringIO

import pytest
from rich.console import Console

from vplug.model import (
    CompatMatrix,
    CompatReason,
    Distribution,
    Origin,
    OriginKind,
    PluginCompat,
    Verdict,
)
from vplug.report.compat import compat_markdown, print_compat

RELEASES = ("0.9.0", "0.10.0", "0.11.0", "0.12.0")
REASONS = {
    letter: CompatReason("VP210", verdict, f"no {letter}")
    for letter, verdict in {
        "A": Verdict.BROKEN,
        "B": Verdict.BROKEN,
        "C": Verdict.BROKEN,
        "w": Verdict.WARN,
        "x": Verdict.WARN,
    }.items()
}
#: Names taken from a module that is not there: each a reason of its own, and read alike.
REASONS |= {
    letter: CompatReason("VP210", Verdict.BROKEN, "no N", None, f"vllm.n.{letter}", hint)
    for letter, hint in {
        "1": "vLLM 0.12.0 has vllm.a.One",
        "2": None,
        "3": "vLLM 0.12.0 has vllm.b.Three",
        "4": "vLLM 0.11.0 has vllm.c.Four",
    }.items()
}


def matrix_of(*releases: str) -> CompatMatrix:
    """The matrix of one plugin with these reasons in each release."""
    reasons = tuple(tuple(REASONS[letter] for letter in letters) for letters in releases)
    verdicts = tuple(found[0].verdict if found else Verdict.OK for found in reasons)
    return CompatMatrix(
        "mine",
        Distribution("mine", "1", Origin(OriginKind.PROJECT, ".")),
        RELEASES,
        (PluginCompat("vllm.general_plugins:mine", verdicts, reasons),),
        verdicts,
    )


def changes(*releases: str, wide: bool = False) -> list[str]:
    """What Markdown tells of one plugin with these reasons in each release."""
    told = compat_markdown(matrix_of(*releases), wide=wide).splitlines()
    told = [line for line in told if "VP210" in line]
    return [line.removeprefix("- ").replace(", mine: VP210 no", "") for line in told]


@pytest.mark.parametrize(
    ("releases", "told"),
    [
        (("", "", "", ""), []),
        (("A", "A", "A", "A"), ["0.9.0 to 0.12.0 A"]),
        (("A", "A", "", ""), ["0.9.0 to 0.10.0 A"]),
        # The cause changes while the state does not.
        (("A", "A", "B", "B"), ["0.9.0 to 0.10.0 A", "0.11.0 to 0.12.0 B"]),
        (("w", "x", "x", "A"), ["0.9.0 w", "0.10.0 to 0.11.0 x", "0.12.0 A"]),
        # The cause that holds longest is the one told.
        (("AB", "B", "B", "B"), ["0.9.0 to 0.12.0 B (+1 more)"]),
        (("AB", "AB", "AB", "AB"), ["0.9.0 to 0.12.0 A (+1 more)"]),
        (("AB", "BC", "CA", "C"), ["0.9.0 to 0.10.0 B (+1 more)", "0.11.0 to 0.12.0 C (+1 more)"]),
        # What reads alike is one cause.
        (("12", "12", "", ""), ["0.9.0 to 0.10.0 N"]),
        (("1234A", "1234A", "", ""), ["0.9.0 to 0.10.0 N (+1 more)"]),
        # What only warns is no cause of a break.
        (("Aw", "Aw", "w", "w"), ["0.9.0 to 0.10.0 A", "0.11.0 to 0.12.0 w"]),
    ],
)
def test_a_line_for_each_change(releases: tuple[str, ...], told: list[str]) -> None:
    assert changes(*releases) == told


def test_a_line_for_all_that_reads_alike() -> None:
    assert changes("1234", "1234", "A", "", wide=True) == ["0.9.0 to 0.10.0 N", "0.11.0 A"]
    assert changes("12", "1", "", "", wide=True) == ["0.9.0 to 0.10.0 N"]


def test_hints_of_what_reads_alike() -> None:
    console = Console(file=StringIO(), width=200)
    print_compat(matrix_of("1234", "", "", ""), console, wide=True)
    text = console.file.getvalue()
    assert "vLLM 0.12.0 has vllm.a.One and vllm.b.Three; vLLM 0.11.0 has vllm.c.Four" in text
    assert text.count("no N") == 1
