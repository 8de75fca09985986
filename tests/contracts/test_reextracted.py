"""Two releases extracted anew from the index's sources give what the store says of them."""

from __future__ import annotations

import pytest

from vplug.contracts.make import main
from vplug.contracts.store import ContractStore

pytestmark = pytest.mark.real

RELEASES = ("0.9.2", "0.30.0")


@pytest.fixture(scope="module")
def again(tmp_path_factory: pytest.TempPathFactory) -> ContractStore:
    folder = tmp_path_factory.mktemp("again")
    assert main(["--releases", ",".join(RELEASES), "--out", str(folder)]) == 0
    return ContractStore.open(folder)


@pytest.mark.parametrize("release", RELEASES)
def test_every_name_is_as_the_store_has_it(again: ContractStore, release: str) -> None:
    store = ContractStore.bundled()
    old, new = 1 << store.index(release), 1 << again.index(release)
    compared = 0
    for module in sorted({*store.modules(), *again.modules()}):
        mine, theirs = store.module(module), again.module(module)
        assert bool(mine.present & old) == bool(theirs.present & new), module
        if not theirs.present & new:
            continue
        for name in sorted({*store.names(module), *again.names(module)}):
            first, second = store.name(module, name), again.name(module, name)
            for part in ("present", "conditional", "typing_only", "open"):
                in_store = bool(getattr(first, part) & old)
                assert in_store == bool(getattr(second, part) & new), (module, name, part)
            compared += 1
    assert compared > 10_000


@pytest.mark.parametrize("release", RELEASES)
def test_every_signature_is_as_the_store_has_it(again: ContractStore, release: str) -> None:
    store = ContractStore.bundled()
    old, new = 1 << store.index(release), 1 << again.index(release)
    for key in store.class_keys:
        first = [c for c in store.classes(key) if c.releases & old]
        second = (
            [c for c in again.classes(key) if c.releases & new] if key in again.class_keys else []
        )
        assert [(c.name, c.bases, c.members) for c in first] == [
            (c.name, c.bases, c.members) for c in second
        ], key
    for key in store.function_keys:
        first_functions = [f for f in store.functions(key) if f.releases & old]
        second_functions = (
            [f for f in again.functions(key) if f.releases & new]
            if key in again.function_keys
            else []
        )
        assert [(f.name, f.signature, f.duplicate) for f in first_functions] == [
            (f.name, f.signature, f.duplicate) for f in second_functions
        ], key
