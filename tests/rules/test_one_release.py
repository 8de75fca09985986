"""What is judged for one release alone is what is judged for all of them, as seen in that release."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

import pytest
from tests.rules import conftest

from vplug.contracts import ContractStore
from vplug.discovery.open import open_target
from vplug.fit.fault import ReleaseFault
from vplug.fit.judge import Asked
from vplug.fit.masks import Masks
from vplug.rules.evidence import Evidence
from vplug.rules.verdict import CannotTell

if TYPE_CHECKING:
    from pathlib import Path

    from tests.rules.conftest import Case

    from vplug.discovery.open import Surroundings

STORE = ContractStore.bundled()
#: Those of the rules about releases, and about the base classes that releases have.
CASES = [case for case in conftest.CASES if case.code.startswith("VP2")]
#: Releases far apart, between which every interface changed.
RELEASES = ("0.10.0", "0.16.0", "0.24.0", "0.33.0")


@pytest.mark.parametrize("judged", CASES, ids=[case.id for case in CASES])
def test_faults_of_one_release(judged: Case, tmp_path: Path) -> None:
    label, _ = judged.set_up(tmp_path)
    everything = faults(label, Masks(STORE), RELEASES[-1])
    for release in RELEASES:
        bit = 1 << STORE.index(release)
        alone = faults(label, Masks(STORE, bit), release)
        assert seen(alone, bit) == seen(everything, bit), release


def faults(label: str, masks: Masks, release: str) -> tuple[tuple[str, ReleaseFault], ...]:
    """Every fault of a target; none where it holds vLLM itself."""
    (target,) = open_target(label, no_surroundings)
    with suppress(CannotTell):
        return Evidence(target, None, lambda: Asked(masks, release)).faults
    return ()


def no_surroundings() -> Surroundings:
    raise AssertionError("a path needs none")


def seen(found: tuple[tuple[str, ReleaseFault], ...], bit: int) -> set[tuple[object, ...]]:
    return {
        (name, fault.code, fault.severity, fault.message, fault.location)
        for name, fault in found
        if fault.releases & bit
    }
