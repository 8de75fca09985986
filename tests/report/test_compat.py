"""A compatibility matrix as Markdown: one line for each change of state and of its cause."""

from __future__ import annotations

import pytest

from vplug.model import (
    CompatMatrix,
    CompatReason,
    Distribution,
    Origin,
    OriginKind,
    PluginCompat,
    Verdict,
)
from vplug.report.compat import compat_markdown

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


def changes(*releases: str) -> list[str]:
    """What Markdown tells of one plugin with these reasons in each release."""
    reasons = tuple(tuple(REASONS[letter] for letter in letters) for letters in releases)
    verdicts = tuple(found[0].verdict if found else Verdict.OK for found in reasons)
    matrix = CompatMatrix(
        "mine",
        Distribution("mine", "1", Origin(OriginKind.PROJECT, ".")),
        RELEASES,
        (PluginCompat("vllm.general_plugins:mine", verdicts, reasons),),
        verdicts,
    )
    told = [line for line in compat_markdown(matrix).splitlines() if "VP210" in line]
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
        # What only warns is no cause of a break.
        (("Aw", "Aw", "w", "w"), ["0.9.0 to 0.10.0 A", "0.11.0 to 0.12.0 w"]),
    ],
)
def test_a_line_for_each_change(releases: tuple[str, ...], told: list[str]) -> None:
    assert changes(*releases) == told
