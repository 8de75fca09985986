"""A small store: made-up releases of a package called vllm."""

from __future__ import annotations

from pathlib import Path

import pytest

from vplug.contracts import ContractStore
from vplug.contracts.extract import extract
from vplug.contracts.make import history_of
from vplug.contracts.place import write_folder
from vplug.contracts.writing import write
from vplug.fit.masks import Masks

#: Release → module below vllm, with its text. "a" moves to "b"; "c" ends as one that answers any name.
RELEASES: dict[str, dict[str, str]] = {
    "0.9.0": {"a": "A = B = 1", "c": "X = 1"},
    "0.10.0": {"a": "A = 1", "b": "A = 1", "c": "X = 1\nif x:\n    Y = 1"},
    "0.10.0.post1": {
        "b": "A = 1",
        "c": "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from vllm.b import A as X",
    },
    "0.11.0": {"b": "A = 1", "c": "from ctypes import *"},
}


@pytest.fixture(scope="session")
def store(tmp_path_factory: pytest.TempPathFactory) -> ContractStore:
    surfaces = []
    for release, modules in RELEASES.items():
        files = {
            "vllm/__init__.py": b"",
            "PKG-INFO": f"Version: {release}\nRequires-Python: >=3.9\n".encode(),
        }
        files |= {f"vllm/{name}.py": text.encode() for name, text in modules.items()}
        surfaces.append(extract(files, release, "sdist", "0" * 64))
    folder = Path(tmp_path_factory.mktemp("store")) / "data"
    write_folder(folder, write(history_of(surfaces)))
    return ContractStore.open(folder)


@pytest.fixture(scope="session")
def masks(store: ContractStore) -> Masks:
    return Masks(store)
