"""What changed between two releases: each kind of change once, on small stores."""

from __future__ import annotations

import pytest
from tests.contracts.conftest import IO, surface

from vplug.contracts import ContractStore, place
from vplug.contracts.diff import What, diff
from vplug.contracts.make import history_of
from vplug.contracts.writing import write

_HEAD = "from abc import ABC, abstractmethod\nclass IOProcessor(ABC):\n"
_ABSTRACT = "    @abstractmethod\n"

CASES = [
    ("    def f(self): ...", "    def f(self): ...", []),
    ("    def f(self): ...", "    x = 1", [(What.IGNORED, "f"), (What.ADDED, "x")]),
    ("    x = 1", f"{_ABSTRACT}    def f(self): ...\n    x = 1", [(What.REQUIRED, "f")]),
    ("    def f(self): ...", "    def f(self, a): ...", [(What.CHANGED, "f")]),
    ("    def f(self, a): ...", "    def f(self, a=1): ...", [(What.CHANGED, "f")]),
    ("    def f(self): ...", "    async def f(self): ...", [(What.CHANGED, "f")]),
    (
        "    def f(self): ...",
        f"{_ABSTRACT}    def f(self): ...",
        [(What.REQUIRED, "f"), (What.CHANGED, "f")],
    ),
    (
        "    def parse_data(self, d): return d",
        "    def parse_data(self, d): raise NotImplementedError",
        [(What.REQUIRED, "parse_data")],
    ),
    (
        "    def other(self, d): return d",
        "    def other(self, d): raise NotImplementedError",
        [],
    ),
    ("    def _own(self): ...", "    def _own(self, a): ...", []),
    ("    def __init__(self): ...", "    def __init__(self, r): ...", [(What.CHANGED, "__init__")]),
]


@pytest.mark.parametrize(("old", "new", "expected"), CASES)
def test_changes_of_a_class(
    tmp_path_factory: pytest.TempPathFactory, old: str, new: str, expected: list[tuple[What, str]]
) -> None:
    made = [surface("0.9.0", {IO: _HEAD + old}), surface("0.10.0", {IO: _HEAD + new})]
    folder = tmp_path_factory.mktemp("store") / "data"
    place.write_folder(folder, write(history_of(made)))
    found = diff(ContractStore.open(folder), "0.9.0", "0.10.0")
    assert [(c.what, c.symbol.rpartition(".")[2]) for c in found.changes] == expected


def test_a_class_that_went_names_where_its_like_is(store: ContractStore) -> None:
    found = diff(store, "0.10.0", "0.11.0")
    assert found.names is not None
    assert found.modules_added == ("vllm.c",)
    assert found.modules_removed == ("vllm.a",)
    # C and Some of vllm.a, and vllm.a itself; C was found again in vllm.c.
    assert (found.names.removed, found.names.moved) == (3, 1)


def test_a_move_says_where_to(tmp_path_factory: pytest.TempPathFactory) -> None:
    old = {"platforms/interface": "", "v1/attention/backend": "",
           "attention/backends/abstract": "class AttentionBackend: ..."}  # fmt: skip
    new = {"v1/attention/backend": "class AttentionBackend: ..."}
    folder = tmp_path_factory.mktemp("store") / "data"
    place.write_folder(folder, write(history_of([surface("0.9.0", old), surface("0.10.0", new)])))
    (change,) = diff(ContractStore.open(folder), "0.9.0", "0.10.0", "attention-backend").changes
    assert change.what is What.MOVED
    assert change.where == ("vllm.v1.attention.backend.AttentionBackend",)


def test_one_kind_only(store: ContractStore) -> None:
    assert diff(store, "0.10.0", "0.11.0", "platform").changes == ()
    found = diff(store, "0.10.0", "0.11.0", "io-processor")
    assert {c.kind for c in found.changes} == {"io-processor"}
    assert found.names is None
