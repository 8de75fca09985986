"""The vLLM range of each type is true: held to the contracts by docs/ranges.py."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from vplug.contracts.store import ContractStore
from vplug.model import Verdict
from vplug.scaffold import TYPES

SCRIPT = Path(__file__).parents[2] / "docs" / "ranges.py"
RELEASES = ("0.1.0", "0.1.1", "0.2.0", "0.3.0", "0.3.1")


@pytest.fixture(scope="module")
def script() -> Any:
    spec = importlib.util.spec_from_file_location("ranges", SCRIPT)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["ranges"] = module
    spec.loader.exec_module(module)
    yield module
    del sys.modules["ranges"]


@pytest.mark.parametrize("plugin_type", TYPES, ids=[found.name for found in TYPES])
def test_the_declared_range_is_true(script: Any, plugin_type: Any, home: Path) -> None:
    for found in script.ranges((plugin_type,)):
        paste = f"{found.name}: vllm={found.computed!r} is to be declared"
        assert not found.faults, "\n".join([paste, *found.faults])
        assert found.computed == found.declared, paste


def test_every_type_works_with_the_newest_known_release() -> None:
    newest = ContractStore.bundled().newest
    from packaging.specifiers import SpecifierSet

    assert all(SpecifierSet(found.vllm).contains(newest) for found in TYPES)


def matrix(verdicts: str) -> Any:
    """A matrix over RELEASES: "o" works, "w" warns, "b" is broken, "?" cannot be told."""
    told = {"o": Verdict.OK, "w": Verdict.WARN, "b": Verdict.BROKEN, "?": Verdict.UNKNOWN}
    reason = SimpleNamespace(code="VP210", message="there is no module vllm.x")
    reasons = tuple(() if letter == "o" else (reason,) for letter in verdicts)
    return SimpleNamespace(
        releases=RELEASES,
        verdicts=tuple(told[letter] for letter in verdicts),
        plugins=(SimpleNamespace(reasons=reasons),),
    )


@pytest.mark.parametrize(
    ("verdicts", "declared", "since", "computed", "fault"),
    [
        ("ooooo", ">=0.1,<0.4", "", ">=0.1,<0.4", None),
        ("bbooo", ">=0.2,<0.4", "", ">=0.2,<0.4", None),
        ("ooooo", ">=0.2,<0.4", "a reason", ">=0.2,<0.4", None),
        ("ooobb", ">=0.1,<0.3", "", ">=0.1,<0.3", None),
        ("ooboo", ">=0.3,<0.4", "", ">=0.3,<0.4", None),
        # A release broke it, warns, or cannot be told.
        ("oooob", ">=0.1,<0.4", "", ">=0.1,<0.3.1", "it declares 0.3.1: VP210 there is no module"),
        ("wwooo", ">=0.1,<0.4", "", ">=0.2,<0.4", "it declares 0.1.0 to 0.1.1: VP210"),
        ("oo?oo", ">=0.1,<0.4", "", ">=0.3,<0.4", "it declares 0.1.0 to 0.2.0: it works there"),
        # A release came that works.
        ("ooooo", ">=0.1,<0.3", "", ">=0.1,<0.4", "0.3.0 to 0.3.1 works too"),
        ("ooooo", ">=0.2,<0.3", "a reason", ">=0.2,<0.4", "0.3.0 to 0.3.1 works too"),
        # Narrower without a reason, and a reason without being narrower.
        ("ooooo", ">=0.2,<0.4", "", ">=0.1,<0.4", "0.1.0 to 0.1.1 would work too"),
        ("bbooo", ">=0.2,<0.4", "a reason", ">=0.2,<0.4", "its reason is none: a reason"),
        # More than anybody has read.
        ("ooooo", ">=0.1", "", ">=0.1,<0.4", "it declares 0.4.0, which nobody has read"),
        ("bbbbb", ">=0.1,<0.4", "", None, "it declares 0.1.0 to 0.3.1"),
    ],
)
def test_a_row_is_judged(
    script: Any, verdicts: str, declared: str, since: str, computed: str | None, fault: str | None
) -> None:
    found = script.range_of("x", declared, since, matrix(verdicts))
    assert found.computed == computed
    if fault is None:
        assert found.faults == ()
    else:
        assert any(fault in said for said in found.faults), found.faults


def test_the_script_says_what_to_paste(
    script: Any, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    wrong = script.range_of("x", ">=0.1,<0.3", "", matrix("ooooo"))
    monkeypatch.setattr(script, "ranges", lambda: [wrong])
    assert script.main() == 1
    assert "to paste: vllm='>=0.1,<0.4'" in capsys.readouterr().out
    right = script.range_of("x", ">=0.1,<0.4", "", matrix("ooooo"))
    monkeypatch.setattr(script, "ranges", lambda: [right])
    assert script.main() == 0
