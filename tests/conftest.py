"""What every test starts from."""

from __future__ import annotations

import pytest


@pytest.fixture(autouse=True)
def no_foreign_width(monkeypatch: pytest.MonkeyPatch) -> None:
    """Some test runners give their workers a width; vplug would honour it."""
    monkeypatch.delenv("COLUMNS", raising=False)
