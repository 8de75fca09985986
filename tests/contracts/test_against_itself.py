"""The store against vLLM's own imports: what vLLM imports of itself must be there.

Needs sources: give ``VPLUG_CONTRACTS_CACHE``, the maker's ``--cache`` folder; skipped without.
"""

from __future__ import annotations

import ast
import os
import warnings
from pathlib import Path

import pytest

from vplug.contracts import ContractStore, place
from vplug.contracts.files import unpack

CACHE = os.environ.get("VPLUG_CONTRACTS_CACHE")
#: Imports of vLLM that lead nowhere in the release itself, read there: left over by a move.
BROKEN_IN_VLLM = {
    "vllm.model_executor.guided_decoding.reasoner",
    "vllm.v1.kv_offload.backpressure",
}


def _imports(files: dict[str, bytes]) -> set[tuple[str, str, str]]:
    found: set[tuple[str, str, str]] = set()
    for path, source in files.items():
        if not path.endswith(".py"):
            continue
        folder = path.split("/")[:-1]
        try:
            tree = ast.parse(source)
        except SyntaxError:
            continue
        for node in ast.walk(tree):
            if isinstance(node, ast.ImportFrom):
                base = folder[: len(folder) - node.level + 1] if node.level else []
                module = ".".join([*base, *([node.module] if node.module else [])])
                if module.partition(".")[0] == "vllm":
                    found |= {(path, module, a.name) for a in node.names if a.name != "*"}
    return found


@pytest.mark.skipif(not CACHE, reason="VPLUG_CONTRACTS_CACHE names no cache of sources")
@pytest.mark.parametrize("release", ["0.7.3", "0.9.2", "0.11.1", "0.15.0", "0.24.0", "0.33.0"])
def test_what_vllm_imports_of_itself_is_there(release: str) -> None:
    folder = Path(CACHE or "", "sources")
    packed = next(
        p
        for p in folder.iterdir()
        if p.name.startswith((f"vllm-{release}.tar", f"vllm-{release}-"))
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        asked = _imports(unpack(packed))
    store = ContractStore.open(place.BUNDLED)
    bit = 1 << store.index(release)
    missing = [
        f"{path}: from {module} import {name}"
        for path, module, name in sorted(asked)
        if not (store.name(module, name).usable | store.name(module, name).typing_only) & bit
        and not any(module.startswith(broken) for broken in BROKEN_IN_VLLM)
    ]
    assert not missing
    assert len(asked) > 4_000
