"""vplug's model of the loader against the loader itself: a share of what ``test_fidelity_in_full`` asks."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from tests.live.fidelity import RELEASES, compare

pytestmark = pytest.mark.live

#: Environments for the engine's release, and for each older one.
COUNT, OLDER_COUNT = 40, 15


@pytest.mark.parametrize("release", RELEASES)
def test_foretold_and_real_loader_agree(
    release: str | None, live: Any, unpacked: Any, tmp_path: Path
) -> None:
    folder = unpacked(release) if release is not None else None
    numbers = range(COUNT if release is None else OLDER_COUNT)
    found = compare(numbers, live.python, folder, tmp_path)
    assert not found.wrong, "\n".join(found.wrong)
    assert found.decided > len(numbers) * 0.8
