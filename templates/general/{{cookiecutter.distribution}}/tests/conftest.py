"""A fresh registry for each test: what ran in this process is forgotten before and after."""

from collections.abc import Iterator

import pytest

from {{ cookiecutter.package }} import registry


@pytest.fixture(autouse=True)
def fresh_registry() -> Iterator[None]:
    registry._done.clear()
    yield
    registry._done.clear()
