"""Small stores: made-up releases of a package called vllm."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from vplug.contracts import ContractStore
from vplug.contracts.extract import extract
from vplug.contracts.make import history_of
from vplug.contracts.place import write_folder
from vplug.contracts.surface import Surface
from vplug.contracts.writing import write

IO = "plugins/io_processors/interface"
_OLD_IO = """\
from abc import ABC, abstractmethod
class IOProcessor(ABC):
    def __init__(self, vllm_config): ...
    @abstractmethod
    def parse_request(self, request): ...
"""
_NEW_IO = """\
from abc import ABC, abstractmethod
class IOProcessor(ABC):
    def __init__(self, vllm_config, renderer): ...
    @abstractmethod
    def parse_data(self, data): ...
    def merge(self, params=None): ...
"""
#: Release → file below vllm/, without .py → text.
RELEASES: dict[str, dict[str, str]] = {
    "0.9.0": {"a": "class C: pass\nGone = 1", IO: _OLD_IO},
    "0.10.0": {"a": "class C: pass\nif x:\n    Some = 1", "b": "from vllm.a import C", IO: _OLD_IO},
    "0.10.0.post1": {"a": "def back(): pass", "c": "class C: pass", "b": "from vllm.c import C",
                     IO: _NEW_IO},
    "0.11.0": {"c": "class C: pass\nfrom ctypes import *", "b": "from vllm.c import C", IO: _NEW_IO},
}  # fmt: skip


def surface(release: str, modules: dict[str, str]) -> Surface:
    """The surface of a made-up release."""
    files = {
        "vllm/__init__.py": b"",
        "PKG-INFO": f"Version: {release}\nRequires-Python: >=3.9\n".encode(),
    }
    files |= {f"vllm/{name}.py": text.encode() for name, text in modules.items()}
    return extract(files, release, "sdist", "0" * 64)


@pytest.fixture(scope="session")
def surfaces() -> list[Surface]:
    """Every made-up release."""
    return [surface(release, modules) for release, modules in RELEASES.items()]


@pytest.fixture
def folder(tmp_path: Path, surfaces: list[Surface]) -> Path:
    """A store's folder."""
    out = tmp_path / "data"
    write_folder(out, write(history_of(surfaces)))
    return out


@pytest.fixture
def store(folder: Path) -> ContractStore:
    """A small store."""
    return ContractStore.open(folder)


@pytest.fixture
def bundle(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Callable[[], ContractStore]:
    """The small store in the place of vplug's own, with a data folder for the user."""
    monkeypatch.setattr("vplug.contracts.place.BUNDLED", folder)
    monkeypatch.setenv("VPLUG_DATA_DIR", str(tmp_path / "user"))
    return ContractStore.bundled
