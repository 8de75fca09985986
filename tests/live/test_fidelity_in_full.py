"""vplug's model of the loader against the loader itself, over hundreds of random environments."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from tests.live.fidelity import RELEASES, compare

pytestmark = pytest.mark.live

#: Seeds for the engine's release, and for each older one.
NUMBERS, OLDER_NUMBERS = range(1000, 1200), range(1000, 1060)


@pytest.mark.parametrize("release", RELEASES)
def test_foretold_and_real_loader_agree(
    release: str | None, live: Any, unpacked: Any, tmp_path: Path
) -> None:
    folder = unpacked(release) if release is not None else None
    numbers = NUMBERS if release is None else OLDER_NUMBERS
    found = compare(numbers, live.python, folder, tmp_path)
    print(f"\n{release or 'engine'}: {dict(sorted(found.counts.items()))}")
    assert not found.wrong, "\n".join(found.wrong[:20])
    assert found.decided > len(numbers) * 0.8, "too much that cannot be told to call it a forecast"
