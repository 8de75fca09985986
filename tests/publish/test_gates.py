"""What the gates of ``vplug publish`` say when they let files through."""

from __future__ import annotations

from pathlib import Path

from tests.publish.made import PYPROJECT, wheel
from tests.support import write

from vplug.model import OutcomeKind
from vplug.release.publish.choose import choose
from vplug.release.publish.gates import compat_gate


def test_what_ignores_keep_quiet_is_told_by_the_gate_that_passes(tmp_path: Path) -> None:
    lost = "from vllm.gone import thing{}\n\n\ndef register():\n    pass\n"
    write(tmp_path, {"pyproject.toml": PYPROJECT, "demo/__init__.py": lost.format("")})
    wheel(tmp_path / "dist")
    gate, _ = compat_gate(choose([str(tmp_path)]))
    assert gate.outcome is OutcomeKind.FAIL
    write(tmp_path, {"demo/__init__.py": lost.format("  # vplug: ignore[VP210]")})
    gate, newest = compat_gate(choose([str(tmp_path)]))
    assert (gate.outcome, newest) == (OutcomeKind.PASS, "0.33.0")
    assert gate.details == ("kept quiet by ignore comments or [tool.vplug]: VP210",)
